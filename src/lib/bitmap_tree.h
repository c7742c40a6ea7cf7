/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bitmap_tree.h - a 64-ary tree of words over n bits
 *
 * Level 0 holds the bits; a bit of level l+1 says "this word of level l has
 * a set bit"; the top level is one word. Metadata is lazy: a word means
 * something only if the bit above it is set, so that init touches only the
 * top level, whatever n is.
 *
 * I1  bit i of level l+1 is set  <=>  word i of level l, if reached, != 0
 * I2  a word whose bit above is clear has no meaning (counts as 0)
 * I3  bits at or beyond nr are never set
 */
#ifndef LIB_BITMAP_TREE_H
#define LIB_BITMAP_TREE_H

#include "lib/bits.h"

/* 64^6 bits are more than any machine has frames; small words need more. */
#define XMEM_BITMAP_TREE_LEVELS (XMEM_WORD_SHIFT >= 6 ? 6 : 12)

struct xmem_bitmap_tree {
	unsigned long nr;    /* bits */
	unsigned int levels; /* levels in use, at least 1 */
	uint64_t *level[XMEM_BITMAP_TREE_LEVELS];
};

/** Bytes of metadata for @nr bits (at least 1); a multiple of 8. */
unsigned long xmem_bitmap_tree_bytes(unsigned long nr);

/** Set up an empty tree of @nr bits in @mem (8-aligned, bytes as above). */
void xmem_bitmap_tree_init(struct xmem_bitmap_tree *t, unsigned long nr,
			   void *mem);

/** Set bit @i < nr; harmless if it is set. */
void xmem_bitmap_tree_set(struct xmem_bitmap_tree *t, unsigned long i);

/** Set bit @i < nr. Bit @near is set: best in the same word. */
void xmem_bitmap_tree_set_near(struct xmem_bitmap_tree *t, unsigned long i,
			       unsigned long near);

/** Clear bit @i < nr, which is set (else words without meaning are read).
 *  Return: is any bit of the tree left? */
bool xmem_bitmap_tree_clear(struct xmem_bitmap_tree *t, unsigned long i);

/** Is bit @i < nr set? */
bool xmem_bitmap_tree_test(const struct xmem_bitmap_tree *t, unsigned long i);

/** First set bit >= @from (any value), or XMEM_NO_BIT. */
unsigned long xmem_bitmap_tree_first(const struct xmem_bitmap_tree *t,
				     unsigned long from);

/** Last set bit <= @upto (any value), or XMEM_NO_BIT. */
unsigned long xmem_bitmap_tree_last(const struct xmem_bitmap_tree *t,
				    unsigned long upto);

/** First set bit; the tree is not empty. */
unsigned long xmem_bitmap_tree_lowest(const struct xmem_bitmap_tree *t);

/** First set bit behind bit @i, or XMEM_NO_BIT. Bit @i is set: it vouches for
 *  the words above it, so a step costs no more than the two bits are apart,
 *  in a word a few instructions, whatever the depth of the tree. */
unsigned long xmem_bitmap_tree_next(const struct xmem_bitmap_tree *t,
				    unsigned long i);

/** Last set bit before bit @i, which is set, or XMEM_NO_BIT. */
unsigned long xmem_bitmap_tree_prev(const struct xmem_bitmap_tree *t,
				    unsigned long i);

/** Is no bit set? */
bool xmem_bitmap_tree_empty(const struct xmem_bitmap_tree *t);

/** NULL, or the invariant broken (bitmap_tree_check.c). Walks what is set. */
XMEM_MUST_CHECK const char *xmem_bitmap_tree_check(
	const struct xmem_bitmap_tree *t);

#endif /* LIB_BITMAP_TREE_H */
