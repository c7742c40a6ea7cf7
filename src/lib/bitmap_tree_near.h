/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bitmap_tree_near.h - steps in a bitmap tree from a bit known to be set
 *
 * A set bit vouches for the words above it: they need not be validated from
 * the top, as xmem_bitmap_tree_first() and _last() must do. A step climbs
 * only as far as the two bits are apart: within a word it costs a few
 * instructions, whatever the depth of the tree.
 */
#ifndef LIB_BITMAP_TREE_NEAR_H
#define LIB_BITMAP_TREE_NEAR_H

#include "lib/bitmap_tree.h"

/** The word of @level that holds position @at. */
static inline uint64_t xmem_bitmap_tree_word(const struct xmem_bitmap_tree *t,
					     unsigned int level,
					     unsigned long at)
{
	return t->level[level][at >> XMEM_WORD_SHIFT];
}

/** First set bit behind @i, or XMEM_NO_BIT. Bit @i must be set. */
static inline unsigned long xmem_bitmap_tree_next(
	const struct xmem_bitmap_tree *t, unsigned long i)
{
	unsigned int level = 0;
	uint64_t beyond;

	while (level < t->levels) {
		unsigned int bit = (unsigned int)i & (XMEM_WORD_BITS - 1);

		beyond = xmem_bitmap_tree_word(t, level, i) &
			 (xmem_bits_from(bit) << 1);
		if (beyond != 0) {
			i = i - bit + xmem_ffs64(beyond);
			break;
		}
		i >>= XMEM_WORD_SHIFT;
		level++;
	}
	if (level == t->levels) {
		return XMEM_NO_BIT;
	}
	while (level > 0) {
		level--;
		i = (i << XMEM_WORD_SHIFT) | xmem_ffs64(t->level[level][i]);
	}
	return i;
}

/** Last set bit before @i, or XMEM_NO_BIT. Bit @i must be set. */
static inline unsigned long xmem_bitmap_tree_prev(
	const struct xmem_bitmap_tree *t, unsigned long i)
{
	unsigned int level = 0;
	uint64_t before;

	while (level < t->levels) {
		unsigned int bit = (unsigned int)i & (XMEM_WORD_BITS - 1);

		before = xmem_bitmap_tree_word(t, level, i) &
			 ~xmem_bits_from(bit);
		if (before != 0) {
			i = i - bit + xmem_fls64(before);
			break;
		}
		i >>= XMEM_WORD_SHIFT;
		level++;
	}
	if (level == t->levels) {
		return XMEM_NO_BIT;
	}
	while (level > 0) {
		level--;
		i = (i << XMEM_WORD_SHIFT) | xmem_fls64(t->level[level][i]);
	}
	return i;
}

/** Set bit @i. Bit @near must be set: best in the same word. */
static inline void xmem_bitmap_tree_set_near(struct xmem_bitmap_tree *t,
					     unsigned long i,
					     unsigned long near)
{
	if (i >> XMEM_WORD_SHIFT == near >> XMEM_WORD_SHIFT) {
		t->level[0][i >> XMEM_WORD_SHIFT] |=
			xmem_bit((unsigned int)i & (XMEM_WORD_BITS - 1));
	} else {
		xmem_bitmap_tree_set(t, i);
	}
}

#endif /* LIB_BITMAP_TREE_NEAR_H */
