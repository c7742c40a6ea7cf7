/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_ask.c - what is known of a frame, and how many there are of a kind
 *
 * Nothing here changes the tree. Questions about one frame cost some steps for
 * each level and order; the counts walk over valid groups.
 */
#include "buddy/buddy.h"

#include "buddy/buddy_priv.h"
#include "lib/align.h"

/* The state of frame @mfn, any value; plain outside the span. */
static unsigned int state_at(const struct xmem_buddy *b, unsigned long mfn)
{
	struct xmem_buddy_place s;

	if (mfn < b->start || mfn >= b->end) {
		return XMEM_BUDDY_PLAIN;
	}
	s = xmem_buddy_place_of(mfn - b->base, 0);
	return xmem_buddy_probe(b, &s);
}

bool xmem_buddy_is_free(const struct xmem_buddy *b, unsigned long mfn,
			bool *dirty)
{
	unsigned int state = state_at(b, mfn);

	if ((state & XMEM_BUDDY_FREE) == 0) {
		return false;
	}
	if (dirty != NULL) {
		*dirty = state == XMEM_BUDDY_DIRTY;
	}
	return true;
}

bool xmem_buddy_is_described(const struct xmem_buddy *b, unsigned long mfn)
{
	return state_at(b, mfn) == XMEM_BUDDY_DESCRIBED;
}

unsigned int xmem_buddy_block_of(const struct xmem_buddy *b, unsigned long mfn,
				 unsigned long *head)
{
	unsigned int order = b->max_order;

	if (!xmem_buddy_is_free(b, mfn, NULL)) {
		return MAX_ORDER + 1;
	}
	/* Try each order from the largest: is the block around @mfn free? */
	for (;;) {
		unsigned long at = xmem_align_down(mfn - b->base, 1UL << order);
		struct xmem_buddy_place s = xmem_buddy_place_of(at, order);

		if ((xmem_buddy_probe(b, &s) & XMEM_BUDDY_FREE) != 0) {
			*head = b->base + at;
			return order;
		}
		order--;
	}
}

/* The highest dirty frame, relative to base; XMEM_BUDDY_NONE: there is none. */
static unsigned long last_dirty(const struct xmem_buddy *b)
{
	unsigned int level = b->top;
	unsigned long at = 0; /* a group of @level */
	uint64_t dirt;

	for (; level > 0; level--) {
		unsigned int bit;

		dirt = xmem_buddy_signs(b, level, at)[0];
		if (dirt == 0) {
			return XMEM_BUDDY_NONE;
		}
		bit = xmem_fls64(dirt);
		dirt = xmem_buddy_load(b, level, at).mixed;
		at = (at << XMEM_WORD_SHIFT) + bit;
		if ((dirt >> bit & 1) == 0) {
			return ((at + 1) << (level * XMEM_WORD_SHIFT)) - 1;
		}
	}
	dirt = xmem_buddy_load(b, 0, at).free & xmem_buddy_load(b, 0, at).note;
	return dirt == 0 ? XMEM_BUDDY_NONE
			 : (at << XMEM_WORD_SHIFT) + xmem_fls64(dirt);
}

unsigned long xmem_buddy_find_dirty(struct xmem_buddy *b, unsigned int limit,
				    unsigned int *order)
{
	unsigned long head, at;
	unsigned int most;

	xmem_buddy_settle(b);
	at = last_dirty(b);
	if (at == XMEM_BUDDY_NONE) {
		return XMEM_NO_MFN;
	}
	most = xmem_buddy_block_of(b, b->base + at, &head);
	*order = most < limit ? most : limit;
	return b->base + xmem_align_down(at, 1UL << *order);
}

/* -- Counts ---------------------------------------------------------------- */

/* The first group >= @w of the level of @order that has a block of @order, or a
 * larger one of its tier; XMEM_BUDDY_NONE if there is none. Begins at the top
 * again where it has to turn aside. */
static unsigned long next_group(const struct xmem_buddy *b, unsigned int order,
				unsigned long w)
{
	unsigned int bottom = order / XMEM_WORD_SHIFT;
	unsigned int all = (b->top - bottom) * XMEM_WORD_SHIFT;
	unsigned int level = b->top;

	while (level > bottom && w >> all == 0) {
		unsigned int shift = (level - bottom - 1) * XMEM_WORD_SHIFT;
		unsigned long node = w >> shift;
		unsigned long group = node >> XMEM_WORD_SHIFT;
		unsigned int bit = xmem_bit_of(node);
		uint64_t lead = xmem_buddy_finders(b, level, group)[order] &
				~xmem_buddy_words(b, level, group)[0] &
				xmem_bits_from(bit);

		if (lead == 0) {
			w = ((group + 1) << XMEM_WORD_SHIFT) << shift;
			level = b->top;
			continue;
		}
		if (xmem_ffs64(lead) != bit) {
			w = (node + xmem_ffs64(lead) - bit) << shift;
		}
		level--;
	}
	return w >> all == 0 ? w : XMEM_BUDDY_NONE;
}

unsigned long xmem_buddy_count(const struct xmem_buddy *b, unsigned int order)
{
	unsigned int level = order / XMEM_WORD_SHIFT;
	unsigned int i = order - level * XMEM_WORD_SHIFT;
	unsigned long nr = 0;
	unsigned long w = 0;

	if (order > b->max_order || (b->orders >> order & 1) == 0) {
		return 0;
	}
	while ((w = next_group(b, order, w)) != XMEM_BUDDY_NONE) {
		uint64_t heads = xmem_buddy_words(b, level, w)[0];

		heads = xmem_buddy_sets(heads, i);
		if (order < b->max_order) {
			heads = xmem_buddy_lone(heads,
						xmem_buddy_pairs(heads, i), i);
		}
		nr += xmem_popcount64(heads);
		w++;
	}
	return nr;
}

/* The number of frames of [@lo, @hi), relative to base, that are free, or, if
 * @dirty, dirty. One step for each uniform node or word of frames. */
static unsigned long count_frames(const struct xmem_buddy *b, unsigned long lo,
				  unsigned long hi, bool dirty)
{
	unsigned int wanted = dirty ? XMEM_BUDDY_DIRTY : XMEM_BUDDY_FREE;
	unsigned long nr = 0;

	while (lo < hi) {
		struct xmem_buddy_place s = xmem_buddy_place_of(lo, 0);
		unsigned int state = xmem_buddy_probe(b, &s);
		unsigned int level = s.valid_level > 0 ? s.valid_level : 1;
		unsigned long size = 1UL << (level * XMEM_WORD_SHIFT);
		unsigned long next = xmem_align_down(lo, size) + size;

		next = next < hi ? next : hi;
		if (s.valid_level > 0) {
			nr += (state & wanted) == wanted ? next - lo : 0;
		} else {
			struct xmem_buddy_group g =
				xmem_buddy_load(b, 0, s.word);
			uint64_t run = xmem_bits_run(xmem_bit_of(lo),
						     (unsigned int)(next - lo));

			run &= dirty ? g.free & g.note : g.free;
			nr += xmem_popcount64(run);
		}
		lo = next;
	}
	return nr;
}

unsigned long xmem_buddy_count_free(const struct xmem_buddy *b,
				    unsigned long lo, unsigned long hi)
{
	lo = lo > b->start ? lo : b->start;
	hi = hi < b->end ? hi : b->end;
	return lo < hi ? count_frames(b, lo - b->base, hi - b->base, false) : 0;
}

unsigned long xmem_buddy_count_dirty(const struct xmem_buddy *b)
{
	return count_frames(b, b->start - b->base, b->end - b->base, true);
}
