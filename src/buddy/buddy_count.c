/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_count.c - how many frames and blocks there are of a kind
 *
 * Nothing here changes the tree. Blocks are counted by the finders, frames in
 * one step for each uniform node or word.
 */
#include "buddy/buddy.h"

#include "buddy/buddy_priv.h"
#include "lib/align.h"

/* Free blocks of exactly @order in group @w of @level, which is that of the
 * order. */
static unsigned int count_in_group(const struct xmem_buddy *b,
				   unsigned int level, unsigned long w,
				   unsigned int order)
{
	unsigned int i = order - level * XMEM_WORD_SHIFT;
	uint64_t heads = xmem_buddy_sets(xmem_buddy_words(b, level, w)[0], i);

	if (order < b->max_order) {
		heads = xmem_buddy_lone(heads, xmem_buddy_pairs(heads, i), i);
	}
	return xmem_popcount64(heads);
}

/* Goes to all groups of the level of @order that have a block of @order, or a
 * larger one of its tier. */
unsigned long xmem_buddy_count(const struct xmem_buddy *b, unsigned int order)
{
	unsigned int bottom = order / XMEM_WORD_SHIFT;
	unsigned int level = b->top;
	unsigned long w = 0;
	unsigned long nr = 0;
	unsigned int from = 0; /* the first node of the group that is left */

	if (order > b->max_order || (b->orders >> order & 1) == 0) {
		return 0;
	}
	for (;;) {
		uint64_t lead = 0;

		if (level == bottom) {
			nr += count_in_group(b, level, w, order);
		} else if (from < XMEM_WORD_BITS) {
			lead = xmem_buddy_finders(b, level, w)[order] &
			       ~xmem_buddy_words(b, level, w)[0] &
			       xmem_bits_from(from);
		}
		if (lead != 0) {
			w = (w << XMEM_WORD_SHIFT) + xmem_ffs64(lead);
			level--;
			from = 0;
		} else if (level < b->top) {
			from = xmem_bit_of(w) + 1;
			w >>= XMEM_WORD_SHIFT;
			level++;
		} else {
			return nr;
		}
	}
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
