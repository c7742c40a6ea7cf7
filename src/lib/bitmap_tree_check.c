/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bitmap_tree_check.c - check the invariants of a bitmap tree
 *
 * Walks over the bits in ascending order, goes down wherever a bit is set and
 * checks every word it enters. Uses none of the functions under test.
 */
#include "lib/bitmap_tree.h"

static const char *check_shape(const struct xmem_bitmap_tree *t)
{
	unsigned long words = t->nr;
	unsigned int level = 0;

	if (t->nr == 0 || t->levels == 0 ||
	    t->levels > XMEM_BITMAP_TREE_LEVELS) {
		return "bitmap tree: number of bits or levels is impossible";
	}
	do {
		words = xmem_words_for(words);
		level++;
	} while (words > 1);
	return level == t->levels ? NULL
				  : "bitmap tree: levels do not fit the bits";
}

/* Check word @at of @level, which is valid. */
static const char *check_word(const struct xmem_bitmap_tree *t,
			      unsigned int level, unsigned long at)
{
	unsigned long nr = t->nr;
	uint64_t word = t->level[level][at];

	for (unsigned int i = 0; i < level; i++) {
		nr = xmem_words_for(nr);
	}
	if (word == 0 && level + 1 < t->levels) {
		return "bitmap tree I1: a bit stands for a word that is 0";
	}
	if ((word & ~XMEM_WORD_FULL) != 0) {
		return "bitmap tree: a bit beyond the width of a word";
	}
	nr -= at << XMEM_WORD_SHIFT;
	if (nr < XMEM_WORD_BITS && word >> nr != 0) {
		return "bitmap tree I3: a bit at or beyond nr is set";
	}
	return NULL;
}

const char *xmem_bitmap_tree_check(const struct xmem_bitmap_tree *t)
{
	const char *broken = check_shape(t);
	unsigned int level = t->levels - 1;
	unsigned long at = 0; /* the bit of @level to look at next */

	while (broken == NULL && level < t->levels) {
		unsigned int bit = (unsigned int)at & (XMEM_WORD_BITS - 1);
		unsigned long word = at >> XMEM_WORD_SHIFT;

		if (bit == 0) {
			broken = check_word(t, level, word);
		}
		if (broken == NULL && level > 0 &&
		    (t->level[level][word] >> bit & 1) != 0) {
			level--;
			at <<= XMEM_WORD_SHIFT;
			continue;
		}
		at++;
		/* After the last bit of a word: back to the word above. */
		while ((at & (XMEM_WORD_BITS - 1)) == 0 && level < t->levels) {
			at >>= XMEM_WORD_SHIFT;
			level++;
		}
	}
	return broken;
}
