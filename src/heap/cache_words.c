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

/* I4, after the frames of @word have become free, or used. Those of the first
 * word lie in several zones. */
XMEM_REQUIRES(H)
static void count_word(struct node_heap *heap,
		       const struct xmem_buddy_word *word, bool is_free)
{
	uint64_t left = word->frames;
	unsigned long nr = xmem_popcount64(left);

	heap->nr_free += is_free ? nr : 0 - nr;
	if (word->first != 0) {
		heap->zone_free[xmem_log2(word->first)] +=
			is_free ? nr : 0 - nr;
		return;
	}
	for (; left != 0; left &= left - 1) {
		heap->zone_free[xmem_log2(xmem_ffs64(left))] +=
			is_free ? 1UL : ~0UL;
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
	count_word(heap, word, false);
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

/* The frames of @word that are in @arena. */
XMEM_REQUIRES(H)
static uint64_t frames_in(const struct heap_arena *arena,
			  const struct xmem_buddy_word *word)
{
	unsigned long last = arena->buddy.end - 1 - word->first;
	uint64_t frames = word->frames;

	if (arena->buddy.start > word->first) {
		frames &= xmem_bits_from(
			(unsigned int)(arena->buddy.start - word->first));
	}
	return last < XMEM_WORD_BITS
		       ? frames & xmem_bits_upto((unsigned int)last)
		       : frames;
}

/* Give those frames of *@left that are in the span of the lowest one, and
 * remove them from *@left. */
XMEM_REQUIRES(H)
static int give_to_arena(struct heap_node *node, struct xmem_buddy_word *left)
{
	struct node_heap *heap;
	struct heap_arena *a = heap_arena_of(
		node, left->first + xmem_ffs64(left->frames), &heap);
	struct xmem_buddy_word now = *left;
	unsigned int before;
	int rc;

	if (a == NULL) {
		return -XMEM_ENOENT;
	}
	before = a->buddy.orders;
	now.frames = frames_in(a, left);
	now.dirty &= now.frames;
	rc = xmem_buddy_give_word(&a->buddy, &now, true);
	if (rc == 0) {
		heap_arena_sync(a, before);
		count_word(heap, &now, true);
		left->frames &= ~now.frames;
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
