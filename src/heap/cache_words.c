/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cache_words.c - whole words of frames out of the heap, and into it
 *
 * A word is XMEM_WORD_BITS neighbouring frames, or some of them. Taking and
 * giving them together costs the engine little more than one frame does. The
 * port is told nothing: for its user the frames stay free.
 *
 * Locking     The caller holds (H).
 */
#include "heap/cache_priv.h"
#include "lib/assert.h"

/* The frames of @word below frame @end. */
static uint64_t frames_below(const struct xmem_buddy_word *word,
			     unsigned long end)
{
	unsigned long last = end - 1 - word->first;

	return last < XMEM_WORD_BITS
		       ? word->frames & xmem_bits_upto((unsigned int)last)
		       : word->frames;
}

/* I4, after the frames of @word have become free, or used. Low words may lie in
 * several zones. */
XMEM_REQUIRES(H)
static void count_word(struct node_heap *heap, struct xmem_buddy_word word,
		       bool is_free)
{
	/* Most words are in one. */
	if (word.first >= XMEM_WORD_BITS && xmem_bit_of(word.first) == 0) {
		unsigned long nr = xmem_popcount64(word.frames);

		nr = is_free ? nr : 0 - nr;
		heap->nr_free += nr;
		heap->zone_free[xmem_log2(word.first)] += nr;
		word.frames = 0;
	}
	while (word.frames != 0) {
		unsigned int zone =
			xmem_log2(word.first + xmem_ffs64(word.frames));
		uint64_t in_zone = frames_below(&word, 2UL << zone);
		unsigned long nr = xmem_popcount64(in_zone);

		nr = is_free ? nr : 0 - nr;
		heap->nr_free += nr;
		heap->zone_free[zone] += nr;
		word.frames &= ~in_zone;
	}
	if (is_free) {
		heap_given(heap);
	}
}

XMEM_REQUIRES(H)
static bool take_from_arena(struct node_heap *heap, struct heap_arena *arena,
			    struct bounds in, struct xmem_buddy_word *word)
{
	unsigned int before = arena->buddy.orders;
	struct xmem_buddy_request req = {.lo = in.lo,
					 .hi = in.hi,
					 .prefer = XMEM_BUDDY_HIGH,
					 .described = true};

	if (!xmem_buddy_take_word(&arena->buddy, &req, word)) {
		return false;
	}
	heap_arena_sync(arena, before);
	count_word(heap, *word, false);
	return true;
}

bool xmem_heap_take_word(struct heap_node *node, bool xen, struct bounds in,
			 struct xmem_buddy_word *word)
{
	struct node_heap *heap = node_heap_of(node, xen);
	struct heap_arena *a;
	unsigned int order = 0;

	while ((a = heap_next_arena(heap, &order, in)) != NULL) {
		if (take_from_arena(heap, a, in, word)) {
			return true;
		}
		in = heap_without(in, a);
	}
	return false;
}

/* Those frames of @word that are in the word of @arena in which the lowest one
 * lies: words of small spans begin anywhere. */
XMEM_REQUIRES(H)
static struct xmem_buddy_word word_of(const struct heap_arena *arena,
				      const struct xmem_buddy_word *word)
{
	const struct xmem_buddy *b = &arena->buddy;
	unsigned long low = word->first + xmem_ffs64(word->frames);
	struct xmem_buddy_word own = *word;

	own.frames = frames_below(word, b->end);
	own.first = low - xmem_bit_of(low - b->base);
	if (own.first > word->first) {
		own.frames >>= own.first - word->first;
		own.dirty >>= own.first - word->first;
	} else {
		own.frames <<= word->first - own.first;
		own.dirty <<= word->first - own.first;
	}
	own.frames &= XMEM_WORD_FULL;
	own.dirty &= own.frames;
	return own;
}

/* Give those frames of *@left that are in the span of the lowest one, or some
 * of them, and remove them from *@left. */
XMEM_REQUIRES(H)
static int give_to_arena(struct heap_node *node, struct xmem_buddy_word *left)
{
	unsigned long low = left->first + xmem_ffs64(left->frames);
	struct node_heap *heap;
	struct heap_arena *a = heap_arena_of(node, low, &heap);
	struct xmem_buddy_word own;
	unsigned int before;
	unsigned long end;
	int rc;

	if (a == NULL) {
		return -XMEM_ENOENT;
	}
	before = a->buddy.orders;
	own = *left;
	own.dirty &= own.frames;
	end = left->first + XMEM_WORD_BITS;
	if (left->first < a->buddy.start || end > a->buddy.end ||
	    xmem_bit_of(left->first - a->buddy.base) != 0) {
		own = word_of(a, left);
		end = own.first + XMEM_WORD_BITS;
		end = end < a->buddy.end ? end : a->buddy.end;
	}
	rc = xmem_buddy_give_word(&a->buddy, &own, true);
	if (rc == 0) {
		heap_arena_sync(a, before);
		count_word(heap, own, true);
		left->frames &= ~frames_below(left, end);
	}
	return rc;
}

void xmem_heap_give_word(struct heap_node *node,
			 const struct xmem_buddy_word *word)
{
	struct xmem_buddy_word left = *word;
	int rc = 0;

	while (left.frames != 0 && rc == 0) {
		rc = give_to_arena(node, &left);
	}
	if (XMEM_UNLIKELY(rc != 0)) {
		xmem_heap_refuse(rc, left.first + xmem_ffs64(left.frames), 0,
				 XMEM_CALLER());
	}
}
