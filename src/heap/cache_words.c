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
 *             frame number. They are the same but in spans of less than a word.
 * Holds       Nearly all words of a lock hold are of one arena and one zone. So
 *             the arena is looked up once, and what has gone and come is the
 *             difference of its engine's count (struct heap_hold). A word that
 *             is not wholly in both, as where a span ends, goes frame by frame.
 * Locking     The caller holds (H).
 */
#include "heap/heap_priv.h"
#include "lib/attr.h"

/* ---- the arena of a hold ---- */

/* Count what has gone and come until the engine had @nr_free frames free. */
XMEM_REQUIRES(H)
static void count(struct heap_hold *h, unsigned long nr_free)
{
	struct node_heap *heap = h->arena->heap;
	unsigned long nr = nr_free - h->nr_free;

	heap->nr_free += nr;
	heap->zone_free[h->zone] += nr;
	if ((long)nr > 0) {
		heap_given(heap);
	}
}

void xmem_hold_end(struct heap_hold *h)
{
	struct heap_arena *a = h->arena;

	if (a != NULL) {
		count(h, a->buddy.nr_free);
		heap_arena_sync(a);
		h->arena = NULL;
		h->nr = 0;
	}
}

/* Go on in @a, which has the frames from @lo to @last, and in the zone of
 * @mfn. */
XMEM_REQUIRES(H)
static XMEM_COLD XMEM_NOINLINE void enter(struct heap_hold *h,
					  struct heap_arena *a,
					  unsigned long mfn, unsigned long lo,
					  unsigned long last)
{
	unsigned int zone = xmem_log2(mfn);
	unsigned long zone_last = (2UL << zone) - 1;

	lo = lo > 1UL << zone ? lo : 1UL << zone;
	last = last < zone_last ? last : zone_last;
	h->arena = a;
	h->zone = zone;
	h->nr_free = a->buddy.nr_free;
	h->lo = lo;
	h->nr = 0;
	if (last - lo >= XMEM_WORD_BITS - 1 &&
	    xmem_bit_of(a->buddy.base) == 0) {
		h->nr = last - lo - (XMEM_WORD_BITS - 2);
	}
}

/* ---- taking ---- */

/* Of @w, which has just been taken, the frames are not of the zone of @h, or
 * not all of them. The engine had @nr_free before. */
XMEM_REQUIRES(H)
static XMEM_COLD void change_zone(struct heap_hold *h,
				  const struct xmem_buddy_word *w,
				  unsigned long nr_free)
{
	struct heap_arena *a = h->arena;

	count(h, nr_free);
	xmem_arena_sync(a);
	enter(h, a, w->first + xmem_fls64(w->frames), a->buddy.start,
	      a->buddy.end - 1);
	if (heap_hold_has(h, w->first)) {
		h->nr_free = nr_free;
		return;
	}
	for (uint64_t left = w->frames; left != 0; left &= left - 1) {
		a->heap->zone_free[xmem_log2(w->first + xmem_ffs64(left))]--;
		a->heap->nr_free--;
	}
}

/* Take a word, or the words of a block of @order, of the arena of @h. Return:
 * how many; 0: it has none inside @in. */
XMEM_REQUIRES(H)
static XMEM_COLD unsigned int take_here(struct heap_hold *h, struct bounds in,
					unsigned int order,
					struct xmem_buddy_word *w)
{
	struct xmem_buddy *b = &h->arena->buddy;
	unsigned long nr_free = b->nr_free;
	struct xmem_buddy_request req = {.lo = in.lo,
					 .hi = in.hi,
					 .order = order,
					 .prefer = XMEM_BUDDY_HIGH,
					 .described = h->described};

	if (order == 0 ? !xmem_buddy_take_word(b, &req, w)
		       : !xmem_buddy_take_as_words(b, &req, w)) {
		return 0;
	}
	if (XMEM_UNLIKELY(!heap_hold_has(h, w->first))) {
		change_zone(h, w, nr_free);
	}
	return order == 0 ? 1 : HEAP_BLOCK_WORDS;
}

/* An arena of which something has been taken is asked again, as no other one
 * can have become better. */
XMEM_COLD unsigned int xmem_hold_take(struct heap_hold *h, struct bounds in,
				      unsigned int order,
				      struct xmem_buddy_word *w)
{
	struct heap_arena *a = h->arena;
	unsigned int tier = order;
	unsigned int nr = 0;

	if (a != NULL && (a->buddy.orders >> order & 1) != 0) {
		nr = take_here(h, in, order, w);
	}
	while (nr == 0) {
		xmem_hold_end(h);
		a = heap_next_arena(h->heap, &tier, in);
		if (a == NULL) {
			break;
		}
		enter(h, a, a->buddy.end - 1, a->buddy.start, a->buddy.end - 1);
		nr = take_here(h, in, order, w);
		in = heap_without(in, a);
	}
	return nr;
}

/* ---- giving ---- */

uint64_t xmem_hold_enter(struct heap_hold *h, unsigned long first,
			 uint64_t left)
{
	unsigned long mfn = first + xmem_ffs64(left);
	struct heap_arena *a;

	xmem_hold_end(h);
	a = xmem_arena_of(h->node, mfn);
	if (a != NULL) {
		bool all = XMEM_LAYOUT != XMEM_LAYOUT_SEPARATE;
		unsigned long nr = heap_arena_room(h->node, a, mfn);

		enter(h, a, mfn, all ? a->buddy.start : mfn, mfn + nr - 1);
	}
	return heap_hold_has(h, first) ? left : left & -left;
}

/* Give the frames of @w, which are not all where @h is: where the lowest one
 * is, or one by one. */
XMEM_REQUIRES(H)
static XMEM_COLD int give_parts(struct heap_hold *h,
				const struct xmem_buddy_word *w)
{
	uint64_t left = w->frames;
	int rc = 0;

	while (left != 0) {
		uint64_t part = xmem_hold_enter(h, w->first, left);

		if (h->arena == NULL) {
			rc = -XMEM_ENOENT;
		} else if (heap_hold_has(h, w->first)) {
			rc = xmem_buddy_give_word(&h->arena->buddy, w,
						  h->described);
		} else {
			rc = xmem_buddy_give(
				&h->arena->buddy, w->first + xmem_ffs64(part),
				0, h->described, (w->dirty & part) != 0);
		}
		if (rc != 0) {
			h->refused = w->first + xmem_ffs64(left);
			break;
		}
		left ^= part;
	}
	return rc;
}

int xmem_hold_give(struct heap_hold *h, const struct xmem_buddy_word *w,
		   unsigned int nr)
{
	const struct xmem_buddy_word *end = w + nr;
	int rc = 0;

	for (; w != end && rc == 0; w++) {
		if (XMEM_UNLIKELY(!heap_hold_has(h, w->first))) {
			rc = give_parts(h, w);
		} else {
			rc = xmem_buddy_give_word(&h->arena->buddy, w,
						  h->described);
			if (XMEM_UNLIKELY(rc != 0)) {
				h->refused = w->first + xmem_ffs64(w->frames);
			}
		}
	}
	return rc;
}
