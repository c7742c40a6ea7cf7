/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cache_words.c - whole words of frames out of the heap, and into it
 *
 * A word is XMEM_WORD_BITS neighbouring frames, or some of them. Taking and
 * giving them together costs the engine little more than one frame does. The
 * port is told nothing: of what caches take and give the frames stay free; of
 * lists of frames the fronts tell.
 *
 * Words       Those of a take are the engine's. Those of a give are aligned by
 *             frame number. They are the same but in spans of less than a
 *             word: there, and where a span ends, first_part() cuts a word into
 *             parts that are of one word of one engine.
 * Locking     The caller holds (H).
 */
#include "heap/cache_priv.h"
#include "lib/assert.h"
#include "lib/attr.h"

/* The frames of @word below frame @end. */
static uint64_t frames_below(const struct xmem_buddy_word *word,
			     unsigned long end)
{
	unsigned long last = end - 1 - word->first;

	return last < XMEM_WORD_BITS
		       ? word->frames & xmem_bits_upto((unsigned int)last)
		       : word->frames;
}

/* By zone: low words may lie in several. */
XMEM_REQUIRES(H)
static XMEM_NOINLINE void count_zones(struct node_heap *heap,
				      struct xmem_buddy_word word, bool is_free)
{
	while (word.frames != 0) {
		unsigned int zone =
			xmem_log2(word.first + xmem_ffs64(word.frames));
		uint64_t in_zone = frames_below(&word, 2UL << zone);
		unsigned long nr = xmem_popcount64(in_zone);

		heap->zone_free[zone] += is_free ? nr : 0 - nr;
		word.frames &= ~in_zone;
	}
}

unsigned long xmem_heap_count_word(struct node_heap *heap,
				   const struct xmem_buddy_word *word,
				   bool is_free)
{
	unsigned long nr = xmem_popcount64(word->frames);

	heap->nr_free += is_free ? nr : 0 - nr;
	if (word->first >= XMEM_WORD_BITS && xmem_bit_of(word->first) == 0) {
		heap->zone_free[xmem_log2(word->first)] +=
			is_free ? nr : 0 - nr; /* Most words are in one. */
	} else {
		count_zones(heap, *word, is_free);
	}
	if (is_free) {
		heap_given(heap);
	}
	return nr;
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
	(void)xmem_heap_count_word(heap, word, false);
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

/* ---- giving ---- */

/* What of a word lies in one word of one engine. */
struct part {
	struct node_heap *heap;
	struct heap_arena *arena; /* NULL: no span holds the frame */
	unsigned long first;	  /* frame of bit 0 of the engine's word */
	uint64_t frames;	  /* by the bits of the word that is cut */
};

/* @bits of a word that begins at frame @from, as those of one that begins at
 * @to. */
static uint64_t shift_bits(uint64_t bits, unsigned long from, unsigned long to)
{
	return from >= to ? bits << (from - to) : bits >> (to - from);
}

/* The first part of the frames @left, not 0, of the word at @first. */
XMEM_REQUIRES(H)
static inline struct part first_part(struct heap_node *node,
				     unsigned long first, uint64_t left)
{
	unsigned long mfn = first + xmem_ffs64(left);
	struct part p = {.first = first, .frames = left & -left};
	unsigned long room, nr;

	p.arena = heap_arena_of(node, mfn, &p.heap);
	if (p.arena == NULL) {
		return p;
	}
	if (XMEM_LAYOUT != XMEM_LAYOUT_SEPARATE &&
	    first >= p.arena->buddy.start &&
	    first + XMEM_WORD_BITS <= p.arena->buddy.end &&
	    xmem_bit_of(first - p.arena->buddy.base) == 0) {
		p.first = first; /* Nearly always. */
		p.frames = left;
		return p;
	}
	room = xmem_arena_room(node, p.arena, mfn);
	nr = XMEM_WORD_BITS - xmem_bit_of(mfn - p.arena->buddy.base);
	p.first = mfn - (XMEM_WORD_BITS - nr);
	nr = nr < room ? nr : room;
	p.frames = left & xmem_bits_run(0, (unsigned int)nr)
				  << xmem_ffs64(left);
	return p;
}

XMEM_REQUIRES(H)
static void look_at_part(const struct part *p, unsigned long first,
			 struct heap_look *look)
{
	struct xmem_buddy_word w = {.first = p->first};
	uint64_t described;

	if (p->arena == NULL) {
		look->unknown |= p->frames;
		return;
	}
	xmem_buddy_look_word(&p->arena->buddy, &w, &described);
	look->free |= shift_bits(w.frames, p->first, first) & p->frames;
	look->described |= shift_bits(described, p->first, first) & p->frames;
}

XMEM_NOINLINE struct heap_look xmem_heap_look(struct heap_node *node,
					      const struct xmem_buddy_word *w)
{
	struct heap_look look = {0, 0, 0};
	uint64_t left = w->frames;

	while (left != 0) {
		struct part p = first_part(node, w->first, left);

		look_at_part(&p, w->first, &look);
		left &= ~p.frames;
	}
	return look;
}

/* Give the frames of @p, of @w. Return: as xmem_buddy_give_word(); -ENOENT. */
XMEM_REQUIRES(H)
static int give_part(const struct part *p, const struct xmem_buddy_word *w,
		     bool described)
{
	struct xmem_buddy_word given = {
		.first = p->first,
		.frames = shift_bits(p->frames, w->first, p->first),
		.dirty = shift_bits(p->frames & w->dirty, w->first, p->first),
	};
	unsigned int before;
	int rc;

	if (p->arena == NULL) {
		return -XMEM_ENOENT;
	}
	before = p->arena->buddy.orders;
	rc = xmem_buddy_give_word(&p->arena->buddy, &given, described);
	if (rc == 0) {
		heap_arena_sync(p->arena, before);
		(void)xmem_heap_count_word(p->heap, &given, true);
	}
	return rc;
}

/* Give the frames @left of @w, part by part; what has been given is removed
 * from
 * *@left. */
XMEM_REQUIRES(H)
static inline int give_parts(struct heap_node *node,
			     const struct xmem_buddy_word *w, bool described,
			     uint64_t *left)
{
	int rc = 0;

	while (*left != 0 && rc == 0) {
		struct part p = first_part(node, w->first, *left);

		rc = give_part(&p, w, described);
		*left ^= rc == 0 ? p.frames : 0;
	}
	return rc;
}

int xmem_heap_give_frames(struct heap_node *node,
			  const struct xmem_buddy_word *w, bool described)
{
	uint64_t left = w->frames;
	int rc = give_parts(node, w, described, &left);

	if (XMEM_UNLIKELY(rc != 0)) {
		xmem_heap_take_back(node, w->first, w->frames ^ left,
				    described);
	}
	return rc;
}

void xmem_heap_give_word(struct heap_node *node,
			 const struct xmem_buddy_word *w)
{
	uint64_t left = w->frames;
	int rc = give_parts(node, w, true, &left);

	if (XMEM_UNLIKELY(rc != 0)) {
		xmem_heap_refuse(rc, w->first + xmem_ffs64(left), 0,
				 XMEM_CALLER());
	}
}

XMEM_NOINLINE void xmem_heap_take_back(struct heap_node *node,
				       unsigned long first, uint64_t frames,
				       bool described)
{
	for (; frames != 0; frames &= frames - 1) {
		struct xmem_buddy_word one = {first, frames & -frames, 0};
		struct part p = first_part(node, first, one.frames);
		unsigned long mfn = first + xmem_ffs64(frames);
		unsigned int before;
		int rc;

		if (p.arena == NULL) { /* It has just been given to one. */
			__builtin_unreachable();
		}
		before = p.arena->buddy.orders;
		rc = xmem_buddy_take_range(&p.arena->buddy, mfn, 1, NULL);
		if (rc == 0 && described) {
			rc = xmem_buddy_describe(&p.arena->buddy, mfn, 0, true);
		}
		XMEM_ASSERT(rc == 0);
		(void)rc;
		heap_arena_sync(p.arena, before);
		(void)xmem_heap_count_word(p.heap, &one, false);
	}
}
