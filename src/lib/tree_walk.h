/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tree_walk.h - find the nearest set bit in a tree of words
 *
 * Model       A bit of level l + 1 stands for a word of level l, and the top
 *             level is one word. The search is for bits of level 0; a position
 *             is the number of such a bit.
 * Operations  under goes down from a set bit to the first or last position
 *             below it. reach goes down towards a position while the bits on
 *             the way are set. beyond climbs from a valid word until a word
 *             has a bit further on, and goes down from that one. seek is reach
 *             and then beyond. At most 3 * levels words are read.
 * Invariants  W1  a set bit above the bottom stands for a word that is not 0
 *             W2  all other words below the top are not valid: the walk reads
 *                 a word only after the bit that stands for it, or if the
 *                 caller knows that it is valid
 *             Whoever writes the words keeps W1: I1 of bitmap_tree.h. reach
 *             does not need it.
 * Locking     None here: the caller owns the tree.
 * Trade-offs  Everything is inline: each caller has a copy of the code. Keep
 *             callers few.
 */
#ifndef LIB_TREE_WALK_H
#define LIB_TREE_WALK_H

#include "lib/bits.h"

struct xmem_tree_view {
	uint64_t *const *level; /* by level: its words */
	unsigned int top;	/* the highest level, of one word */
};

/* Which one, where several bits are set. */
enum xmem_tree_end {
	XMEM_TREE_LOWEST,
	XMEM_TREE_HIGHEST,
};

/** Word @w of @level. */
static inline uint64_t xmem_tree_word(struct xmem_tree_view v,
				      unsigned int level, unsigned long w)
{
	return v.level[level][w];
}

/** The set bit of @word, not 0, at @end. */
static inline unsigned int xmem_tree_pick(uint64_t word, enum xmem_tree_end end)
{
	return end == XMEM_TREE_LOWEST ? xmem_ffs64(word) : xmem_fls64(word);
}

/** The lowest or highest set position under bit @at of @level, which is set.
 *  Bit 0 of level `top` + 1 counts as set if the tree is not empty, and has
 *  all of the tree under it. */
static inline unsigned long xmem_tree_under(struct xmem_tree_view v,
					    unsigned int level,
					    unsigned long at,
					    enum xmem_tree_end end)
{
	while (level > 0) {
		uint64_t word;

		level--;
		word = xmem_tree_word(v, level, at);
		at = (at << XMEM_WORD_SHIFT) + xmem_tree_pick(word, end);
	}
	return at;
}

/** The level of the last set bit on the way down from the top to position @at:
 *  0 if the position is set, `top` + 1 if the first bit is clear. The
 *  word under that bit, one level below, is valid. */
static inline unsigned int xmem_tree_reach(struct xmem_tree_view v,
					   unsigned long at)
{
	unsigned int level = v.top + 1;
	unsigned int shift = level * XMEM_WORD_SHIFT;

	while (level > 0) {
		unsigned long here;
		uint64_t word;

		shift -= XMEM_WORD_SHIFT;
		here = at >> shift;
		word = xmem_tree_word(v, level - 1, here >> XMEM_WORD_SHIFT);
		if ((word >> xmem_bit_of(here) & 1) == 0) {
			break;
		}
		level--;
	}
	return level;
}

/** The lowest set position above all positions under bit @at of @level, or the
 *  highest one below them; or XMEM_NO_BIT. The word of that bit is valid. */
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

/** The lowest set position >= @at, or the highest <= @at; or XMEM_NO_BIT. @at
 *  is not beyond the positions of the tree. */
static inline unsigned long xmem_tree_seek(struct xmem_tree_view v,
					   unsigned long at,
					   enum xmem_tree_end end)
{
	unsigned int level = xmem_tree_reach(v, at);

	if (level == 0) {
		return at;
	}
	level--;
	at >>= level * XMEM_WORD_SHIFT;
	return xmem_tree_beyond(v, level, at, end);
}

#endif /* LIB_TREE_WALK_H */
