/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bitmap_tree.c - a set of bits that finds the next set bit fast
 *
 * Model       bitmap_tree.h describes the tree of words.
 * Operations  set goes down from the top. Below the first clear bit the words
 *             are not valid yet, so it assigns them instead of setting a bit.
 *             clear goes up and stops at the first word that is not 0 then.
 *             All searches use the walk of tree_walk.h.
 * Invariants  I1 to I3 of bitmap_tree.h; bitmap_tree_check.c tests them.
 * Locking     None here: the caller owns the tree.
 * Trade-offs  set always visits all levels, since it must learn from the top
 *             which words are valid. In return init zeroes one word only.
 */
#include "lib/bitmap_tree.h"

#include "lib/tree_walk.h"

_Static_assert(XMEM_WORD_SHIFT *(XMEM_BITMAP_TREE_LEVELS - 1) < 32,
	       "a position is shifted by less than the bits of a long");

/* The tree as tree_walk.h sees it. */
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
	uint64_t was_set = 1;

	/* Set the bits on the way down, to the first that was clear. */
	while (level > 0 && was_set != 0) {
		unsigned long at;
		uint64_t *word;

		level--;
		shift -= XMEM_WORD_SHIFT;
		at = i >> shift;
		word = &t->level[level][at >> XMEM_WORD_SHIFT];
		was_set = *word >> xmem_bit_of(at) & 1;
		*word |= xmem_bit(xmem_bit_of(at));
	}
	/* The words below that one become valid now. */
	while (level > 0) {
		unsigned long at;

		level--;
		shift -= XMEM_WORD_SHIFT;
		at = i >> shift;
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
