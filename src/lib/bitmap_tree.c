/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bitmap_tree.c - a 64-ary tree of words over n bits
 *
 * Model       The header states it: a bit above stands for a word below, and
 *             a word is read only where the bit above it is set.
 * Operations  set goes top-down: below the first clear bit it meets, words
 *             are assigned, not ORed, for they have no meaning yet. clear
 *             goes bottom-up and stops at the first word that stays
 *             non-zero. first and last go down along the start position,
 *             remember the deepest word that has a bit beyond it, and then
 *             go down from there: at most 2 * levels words are read.
 * Invariants  I1..I3 of the header; bitmap_tree_check.c tests them.
 * Locking     none here: the caller owns the tree.
 * Trade-offs  set never stops early, as a lazy tree must read from the top;
 *             in return nothing has to be zeroed, whatever n is.
 */
#include "lib/bitmap_tree.h"

#define BIT_OF(i) ((unsigned int)(i) & (XMEM_WORD_BITS - 1))

_Static_assert(XMEM_WORD_SHIFT *(XMEM_BITMAP_TREE_LEVELS - 1) < 32,
	       "a position is shifted by less than the bits of a long");

unsigned long xmem_bitmap_tree_bytes(unsigned long nr)
{
	unsigned long words = 0;

	do {
		nr = xmem_words_for(nr);
		words += nr;
	} while (nr > 1);
	return words * sizeof(uint64_t);
}

void xmem_bitmap_tree_init(struct xmem_bitmap_tree *t, unsigned long nr,
			   void *mem)
{
	uint64_t *next = mem;
	unsigned long words = nr;

	t->nr = nr;
	t->levels = 0;
	do {
		words = xmem_words_for(words);
		t->level[t->levels] = next;
		t->levels++;
		next += words;
	} while (words > 1);
	t->level[t->levels - 1][0] = 0;
}

void xmem_bitmap_tree_set(struct xmem_bitmap_tree *t, unsigned long i)
{
	unsigned int level = t->levels;
	unsigned int shift = level * XMEM_WORD_SHIFT;
	uint64_t live = 1;

	/* Down to the first clear bit. */
	while (level > 0 && live != 0) {
		level--;
		shift -= XMEM_WORD_SHIFT;
		unsigned long at = i >> shift;
		uint64_t *word = &t->level[level][at >> XMEM_WORD_SHIFT];

		live = *word >> BIT_OF(at) & 1;
		*word |= xmem_bit(BIT_OF(at));
	}
	/* The words below it have no meaning yet. */
	while (level > 0) {
		level--;
		shift -= XMEM_WORD_SHIFT;
		unsigned long at = i >> shift;

		t->level[level][at >> XMEM_WORD_SHIFT] = xmem_bit(BIT_OF(at));
	}
}

bool xmem_bitmap_tree_clear(struct xmem_bitmap_tree *t, unsigned long i)
{
	for (unsigned int level = 0; level < t->levels; level++) {
		uint64_t *word = &t->level[level][i >> XMEM_WORD_SHIFT];

		*word &= ~xmem_bit(BIT_OF(i));
		if (*word != 0) {
			return true;
		}
		i >>= XMEM_WORD_SHIFT;
	}
	return false;
}

bool xmem_bitmap_tree_test(const struct xmem_bitmap_tree *t, unsigned long i)
{
	unsigned int level = t->levels;

	while (level > 0) {
		level--;
		unsigned long at = i >> (level * XMEM_WORD_SHIFT);
		uint64_t word = t->level[level][at >> XMEM_WORD_SHIFT];

		if ((word & xmem_bit(BIT_OF(at))) == 0) {
			return false;
		}
	}
	return true;
}

bool xmem_bitmap_tree_empty(const struct xmem_bitmap_tree *t)
{
	return t->level[t->levels - 1][0] == 0;
}

/* First bit of level 0 under bit @at of @level, which is set. */
static unsigned long lowest_under(const struct xmem_bitmap_tree *t,
				  unsigned long at, unsigned int level)
{
	while (level > 0) {
		level--;
		at = (at << XMEM_WORD_SHIFT) | xmem_ffs64(t->level[level][at]);
	}
	return at;
}

/* Last bit of level 0 under bit @at of @level, which is set. */
static unsigned long highest_under(const struct xmem_bitmap_tree *t,
				   unsigned long at, unsigned int level)
{
	while (level > 0) {
		level--;
		at = (at << XMEM_WORD_SHIFT) | xmem_fls64(t->level[level][at]);
	}
	return at;
}

unsigned long xmem_bitmap_tree_first(const struct xmem_bitmap_tree *t,
				     unsigned long from)
{
	unsigned long best = XMEM_NO_BIT;
	unsigned int best_level = 0;
	unsigned int level = t->levels;

	if (from == 0 && !xmem_bitmap_tree_empty(t)) {
		return lowest_under(t, 0, t->levels);
	}
	if (from >= t->nr) {
		return XMEM_NO_BIT;
	}
	while (level > 0) {
		level--;
		unsigned long at = from >> (level * XMEM_WORD_SHIFT);
		uint64_t word = t->level[level][at >> XMEM_WORD_SHIFT];
		uint64_t beyond = word & (xmem_bits_from(BIT_OF(at)) << 1);

		if (beyond != 0) {
			best = at - BIT_OF(at) + xmem_ffs64(beyond);
			best_level = level;
		}
		if ((word & xmem_bit(BIT_OF(at))) == 0) {
			return best == XMEM_NO_BIT
				       ? best
				       : lowest_under(t, best, best_level);
		}
	}
	return from;
}

unsigned long xmem_bitmap_tree_last(const struct xmem_bitmap_tree *t,
				    unsigned long upto)
{
	unsigned long best = XMEM_NO_BIT;
	unsigned int best_level = 0;
	unsigned int level = t->levels;

	if (upto >= t->nr - 1) {
		return xmem_bitmap_tree_empty(t)
			       ? XMEM_NO_BIT
			       : highest_under(t, 0, t->levels);
	}
	while (level > 0) {
		level--;
		unsigned long at = upto >> (level * XMEM_WORD_SHIFT);
		uint64_t word = t->level[level][at >> XMEM_WORD_SHIFT];
		uint64_t before = word & ~xmem_bits_from(BIT_OF(at));

		if (before != 0) {
			best = at - BIT_OF(at) + xmem_fls64(before);
			best_level = level;
		}
		if ((word & xmem_bit(BIT_OF(at))) == 0) {
			return best == XMEM_NO_BIT
				       ? best
				       : highest_under(t, best, best_level);
		}
	}
	return upto;
}

unsigned long xmem_bitmap_tree_highest(const struct xmem_bitmap_tree *t)
{
	return highest_under(t, 0, t->levels);
}
