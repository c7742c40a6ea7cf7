/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bitmap_tree.c - a 64-ary tree of words over n bits
 *
 * Model       The header states it: a bit above stands for a word below, and
 *             a word is read only where the bit above it is set.
 * Operations  set goes top-down: below the first clear bit it meets, words
 *             are assigned, not ORed, for they have no meaning yet. clear
 *             goes bottom-up and stops at the first word that stays
 *             non-zero. All searches are the walk of tree_walk.h.
 * Invariants  I1..I3 of the header; bitmap_tree_check.c tests them.
 * Locking     none here: the caller owns the tree.
 * Trade-offs  set never stops early, as a lazy tree must read from the top;
 *             in return nothing has to be zeroed, whatever n is.
 */
#include "lib/bitmap_tree.h"

#include "lib/tree_walk.h"

_Static_assert(XMEM_WORD_SHIFT *(XMEM_BITMAP_TREE_LEVELS - 1) < 32,
	       "a position is shifted by less than the bits of a long");

/* The tree as the walk sees it. The words of a level lie side by side. */
static inline struct xmem_tree_view view_of(const struct xmem_bitmap_tree *t)
{
	return (struct xmem_tree_view){.level = t->level, .top = t->levels - 1};
}

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

		live = *word >> xmem_bit_of(at) & 1;
		*word |= xmem_bit(xmem_bit_of(at));
	}
	/* The words below it have no meaning yet. */
	while (level > 0) {
		level--;
		shift -= XMEM_WORD_SHIFT;
		unsigned long at = i >> shift;

		t->level[level][at >> XMEM_WORD_SHIFT] =
			xmem_bit(xmem_bit_of(at));
	}
}

void xmem_bitmap_tree_set_near(struct xmem_bitmap_tree *t, unsigned long i,
			       unsigned long near)
{
	if (i >> XMEM_WORD_SHIFT == near >> XMEM_WORD_SHIFT) {
		t->level[0][i >> XMEM_WORD_SHIFT] |= xmem_bit(xmem_bit_of(i));
	} else {
		xmem_bitmap_tree_set(t, i);
	}
}

bool xmem_bitmap_tree_clear(struct xmem_bitmap_tree *t, unsigned long i)
{
	for (unsigned int level = 0; level < t->levels; level++) {
		uint64_t *word = &t->level[level][i >> XMEM_WORD_SHIFT];

		*word &= ~xmem_bit(xmem_bit_of(i));
		if (*word != 0) {
			return true;
		}
		i >>= XMEM_WORD_SHIFT;
	}
	return false;
}

bool xmem_bitmap_tree_test(const struct xmem_bitmap_tree *t, unsigned long i)
{
	return xmem_tree_reach(view_of(t), i) == 0;
}

bool xmem_bitmap_tree_empty(const struct xmem_bitmap_tree *t)
{
	return t->level[t->levels - 1][0] == 0;
}

unsigned long xmem_bitmap_tree_first(const struct xmem_bitmap_tree *t,
				     unsigned long from)
{
	return from < t->nr ? xmem_tree_seek(view_of(t), from, XMEM_TREE_LOWEST)
			    : XMEM_NO_BIT;
}

unsigned long xmem_bitmap_tree_last(const struct xmem_bitmap_tree *t,
				    unsigned long upto)
{
	return xmem_tree_seek(view_of(t), upto < t->nr ? upto : t->nr - 1,
			      XMEM_TREE_HIGHEST);
}

unsigned long xmem_bitmap_tree_lowest(const struct xmem_bitmap_tree *t)
{
	return xmem_tree_under(view_of(t), t->levels, 0, XMEM_TREE_LOWEST);
}

unsigned long xmem_bitmap_tree_next(const struct xmem_bitmap_tree *t,
				    unsigned long i)
{
	return xmem_tree_beyond(view_of(t), 0, i, XMEM_TREE_LOWEST);
}

unsigned long xmem_bitmap_tree_prev(const struct xmem_bitmap_tree *t,
				    unsigned long i)
{
	return xmem_tree_beyond(view_of(t), 0, i, XMEM_TREE_HIGHEST);
}
