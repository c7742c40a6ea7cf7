/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bitmap_tree.h - a set of bits that finds the next set bit fast
 *
 * A tree of words with 64 branches. Level 0 holds the n bits. A bit of level
 * l + 1 says that one word of level l has a set bit. The top level is one
 * word. A word is valid only if the bit above it is set; others are never
 * read. So init writes only the top word, however large n is.
 *
 * I1  bit i of level l + 1 is set <=> word i of level l, if valid, is not 0
 * I2  a word is valid <=> it is the top word, or the bit above it is set in a
 *     valid word
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

/** Set up an empty tree of @nr bits in @mem: 8-aligned, and as many bytes as
 *  xmem_bitmap_tree_bytes() says. */
void xmem_bitmap_tree_init(struct xmem_bitmap_tree *t, unsigned long nr,
			   void *mem);

/** Set bit @i < nr, which may be set already. */
void xmem_bitmap_tree_set(struct xmem_bitmap_tree *t, unsigned long i);

/** The same; quick if bit @near, which is set, lies in the same word. */
void xmem_bitmap_tree_set_near(struct xmem_bitmap_tree *t, unsigned long i,
			       unsigned long near);

/** Clear bit @i < nr, which is set. (Were it not, words that are not valid
 *  would be read.) Return: is any bit still set? */
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

/** First set bit after bit @i, or XMEM_NO_BIT. Bit @i is set, so all words on
 *  the way to it are valid and the search need not start at the top: a bit in
 *  the same word is found in a few instructions. */
unsigned long xmem_bitmap_tree_next(const struct xmem_bitmap_tree *t,
				    unsigned long i);

/** Last set bit before bit @i, which is set, or XMEM_NO_BIT. */
unsigned long xmem_bitmap_tree_prev(const struct xmem_bitmap_tree *t,
				    unsigned long i);

/** Is no bit set? */
bool xmem_bitmap_tree_empty(const struct xmem_bitmap_tree *t);

/** NULL, or which invariant is broken (bitmap_tree_check.c). Walks over the
 *  valid words. */
XMEM_MUST_CHECK const char *xmem_bitmap_tree_check(
	const struct xmem_bitmap_tree *t);

#endif /* LIB_BITMAP_TREE_H */
