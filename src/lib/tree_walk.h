/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tree_walk.h - the walk through a lazy tree of words: the nearest set bit
 *
 * Model       A bit of level l + 1 stands for a word of level l, and the top
 *             level is one word. The bits of the bottom level are what is
 *             searched; a position is the number of one. The words of a
 *             level need not be neighbours: a view says where each level
 *             begins and how far apart its words are. So one walk serves the
 *             bitmap tree, whose words lie side by side, and the buddy, where
 *             every group has a word of each of several trees.
 * Operations  under goes down from a set bit, to the first or the last
 *             position it stands for. reach goes down the way to a position
 *             as far as the bits are set. beyond climbs from a word that has
 *             meaning until one has a bit further on, and goes under that.
 *             seek is reach, then beyond from where it ended. At most
 *             3 * levels words are read.
 * Invariants  W1  a set bit above the bottom stands for a word that is not 0
 *             W2  all other words below the top have no meaning. So the walk
 *                 reads a word only if it came through the bit that stands
 *                 for it, or if the caller vouches for it
 *             Whoever writes the words keeps W1: I1 of bitmap_tree.h, I3 of
 *             buddy.h. reach does without it.
 * Locking     none here: the caller owns the tree.
 * Trade-offs  Everything is inline, so that to the compiler a view is a few
 *             constants: the bitmap tree pays for no stride. In return each
 *             place that walks is a copy. Let few functions do it.
 */
#ifndef LIB_TREE_WALK_H
#define LIB_TREE_WALK_H

#include "lib/bits.h"

struct xmem_tree_view {
	uint64_t *const *level;	    /* by level: where it begins */
	const unsigned int *stride; /* by level: from one word to the next;
				     * NULL: they lie side by side */
	unsigned int offset;	    /* of the first word of each level */
	unsigned int bottom;	    /* the lowest level */
	unsigned int top;	    /* the highest, of one word; or bottom - 1:
				     * position 0 is all there is, and set */
};

/* Which set bit is meant, where there are several. */
enum xmem_tree_end {
	XMEM_TREE_LOWEST,
	XMEM_TREE_HIGHEST,
};

/** Word @w of @level. */
static inline uint64_t xmem_tree_word(struct xmem_tree_view v,
				      unsigned int level, unsigned long w)
{
	if (v.stride != NULL) {
		w *= v.stride[level];
	}
	return v.level[level][v.offset + w];
}

/** The set bit of @word, not 0, at @end. */
static inline unsigned int xmem_tree_pick(uint64_t word, enum xmem_tree_end end)
{
	return end == XMEM_TREE_LOWEST ? xmem_ffs64(word) : xmem_fls64(word);
}

/** The lowest or highest set position under bit @at of @level, which is set.
 *  All of a tree that is not empty is under bit 0 of level `top` + 1. */
static inline unsigned long xmem_tree_under(struct xmem_tree_view v,
					    unsigned int level,
					    unsigned long at,
					    enum xmem_tree_end end)
{
	while (level > v.bottom) {
		level--;
		uint64_t word = xmem_tree_word(v, level, at);

		at = (at << XMEM_WORD_SHIFT) + xmem_tree_pick(word, end);
	}
	return at;
}

/** The level of the last set bit on the way from the top to position @at:
 *  `bottom` if the position is set, `top` + 1 if not even the first bit is.
 *  The word under that bit, one level below, has meaning. */
static inline unsigned int xmem_tree_reach(struct xmem_tree_view v,
					   unsigned long at)
{
	unsigned int level = v.top + 1;
	unsigned int shift = (level - v.bottom) * XMEM_WORD_SHIFT;

	while (level > v.bottom) {
		shift -= XMEM_WORD_SHIFT;
		unsigned long here = at >> shift;
		uint64_t word =
			xmem_tree_word(v, level - 1, here >> XMEM_WORD_SHIFT);

		if ((word >> xmem_bit_of(here) & 1) == 0) {
			break;
		}
		level--;
	}
	return level;
}

/** The lowest set position above all those under bit @at of @level, or the
 *  highest below them; or XMEM_NO_BIT. The word of that bit has meaning. */
static inline unsigned long xmem_tree_beyond(struct xmem_tree_view v,
					     unsigned int level,
					     unsigned long at,
					     enum xmem_tree_end end)
{
	while (level <= v.top) {
		unsigned int bit = xmem_bit_of(at);
		uint64_t further = end == XMEM_TREE_LOWEST
					   ? xmem_bits_from(bit) << 1
					   : ~xmem_bits_from(bit);
		uint64_t word = xmem_tree_word(v, level, at >> XMEM_WORD_SHIFT);

		if ((word & further) != 0) {
			at -= bit;
			at += xmem_tree_pick(word & further, end);
			return xmem_tree_under(v, level, at, end);
		}
		at >>= XMEM_WORD_SHIFT;
		level++;
	}
	return XMEM_NO_BIT;
}

/** The lowest set position >= @at, or the highest <= @at; or XMEM_NO_BIT.
 *  The top word has a bit, set or clear, for @at. */
static inline unsigned long xmem_tree_seek(struct xmem_tree_view v,
					   unsigned long at,
					   enum xmem_tree_end end)
{
	unsigned int level = xmem_tree_reach(v, at);

	if (level == v.bottom) {
		return at;
	}
	level--;
	at >>= (level - v.bottom) * XMEM_WORD_SHIFT;
	return xmem_tree_beyond(v, level, at, end);
}

#endif /* LIB_TREE_WALK_H */
