/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_priv.h - groups of nodes, their states, and the blocks in a word
 *
 * The bit level of the buddy, private to the buddy*.c files. Small functions
 * without side effects, except xmem_buddy_store().
 *
 * The states of a group are three words, at level 0 two, as a frame cannot
 * be a mixture:
 *
 *	free dirty mixed   state of the node
 *	  0    0     0     used
 *	  1    0     0     free, clean
 *	  1    1     0     free, dirty
 *	  1    0     1     all frames free, some dirty and some clean
 *	  0    0     1     some frames used, some free
 *
 * No other combination occurs. Finder words follow, one for each order below
 * the level, up to max_order.
 */
#ifndef BUDDY_PRIV_H
#define BUDDY_PRIV_H

#include "buddy/buddy.h"

struct xmem_buddy_group {
	uint64_t free;
	uint64_t dirty;
	uint64_t mixed;
};

/* No frame, node or group. */
#define XMEM_BUDDY_NONE (~0UL)

/* The states; their bits say which words hold a 1. */
#define XMEM_BUDDY_FREE	  1U
#define XMEM_BUDDY_DIRT	  2U
#define XMEM_BUDDY_MIXED  4U
#define XMEM_BUDDY_USED	  0U
#define XMEM_BUDDY_CLEAN  XMEM_BUDDY_FREE
#define XMEM_BUDDY_DIRTY  (XMEM_BUDDY_FREE | XMEM_BUDDY_DIRT)
#define XMEM_BUDDY_VARIED (XMEM_BUDDY_FREE | XMEM_BUDDY_MIXED)
#define XMEM_BUDDY_PARTLY XMEM_BUDDY_MIXED

/* In a group of level 1 or more: the word `mixed`, the first finder word. */
#define XMEM_BUDDY_MIXTURES 2
#define XMEM_BUDDY_FINDERS  3

/** The words of group @w of @level. */
static inline uint64_t *xmem_buddy_words(const struct xmem_buddy *b,
					 unsigned int level, unsigned long w)
{
	return b->map[level] + w * b->words[level];
}

/** Group @w of @level >= 1: its finder words, by order. */
static inline uint64_t *xmem_buddy_finders(const struct xmem_buddy *b,
					   unsigned int level, unsigned long w)
{
	return xmem_buddy_words(b, level, w) + XMEM_BUDDY_FINDERS;
}

/** The states of group @w of @level. */
static inline struct xmem_buddy_group xmem_buddy_load(
	const struct xmem_buddy *b, unsigned int level, unsigned long w)
{
	const uint64_t *at = xmem_buddy_words(b, level, w);

	return (struct xmem_buddy_group){
		.free = at[0],
		.dirty = at[1],
		.mixed = level == 0 ? 0 : at[2],
	};
}

/** The states of group @w of @level become @g. */
static inline void xmem_buddy_store(struct xmem_buddy *b, unsigned int level,
				    unsigned long w, struct xmem_buddy_group g)
{
	uint64_t *at = xmem_buddy_words(b, level, w);

	at[0] = g.free;
	at[1] = g.dirty;
	if (level > 0) {
		at[2] = g.mixed;
	}
}

/** The state of all frames under the nodes @mask, not 0, of @g together. */
static inline unsigned int xmem_buddy_state(struct xmem_buddy_group g,
					    uint64_t mask)
{
	if ((g.free & mask) != mask) {
		return ((g.free | g.mixed) & mask) == 0 ? XMEM_BUDDY_USED
							: XMEM_BUDDY_PARTLY;
	}
	if (((g.dirty | g.mixed) & mask) == 0) {
		return XMEM_BUDDY_CLEAN;
	}
	return (g.dirty & mask) == mask ? XMEM_BUDDY_DIRTY : XMEM_BUDDY_VARIED;
}

/** The state of a node of @level whose group has the common state @state: a
 *  node that is larger than the largest block is never uniformly free. */
static inline unsigned int xmem_buddy_node_state(const struct xmem_buddy *b,
						 unsigned int level,
						 unsigned int state)
{
	if (level * XMEM_WORD_SHIFT > b->max_order &&
	    state != XMEM_BUDDY_USED) {
		return XMEM_BUDDY_PARTLY;
	}
	return state;
}

/** @word with the bits @mask set if @flag is 1, cleared if it is 0. */
static inline uint64_t xmem_buddy_put_bits(uint64_t word, uint64_t mask,
					   unsigned int flag)
{
	return (word & ~mask) | (mask & (0 - (uint64_t)flag));
}

/** @g with the nodes @mask in @state. */
static inline struct xmem_buddy_group xmem_buddy_with(struct xmem_buddy_group g,
						      uint64_t mask,
						      unsigned int state)
{
	g.free = xmem_buddy_put_bits(g.free, mask, state & 1);
	g.dirty = xmem_buddy_put_bits(g.dirty, mask, state >> 1 & 1);
	g.mixed = xmem_buddy_put_bits(g.mixed, mask, state >> 2);
	return g;
}

/**
 * @blocks: heads of all wholly free blocks of 2^@i nodes in a word, one bit
 * each. Return: those that are the lower one of two free buddies, which is:
 * the heads of all wholly free blocks of 2^(@i+1) nodes.
 */
static inline uint64_t xmem_buddy_pairs(uint64_t blocks, unsigned int i)
{
	static const uint64_t lower_buddies[6] = {
		0x5555555555555555ULL, 0x1111111111111111ULL,
		0x0101010101010101ULL, 0x0001000100010001ULL,
		0x0000000100000001ULL, 0x0000000000000001ULL,
	};

	return blocks & (blocks >> (1U << i)) & lower_buddies[i];
}

/** @blocks as above, without those that are half of a pair in @pairs. */
static inline uint64_t xmem_buddy_lone(uint64_t blocks, uint64_t pairs,
				       unsigned int i)
{
	return blocks ^ (pairs | (pairs << (1U << i)));
}

/**
 * The maximal free blocks of 2^@i nodes in the free word @free; @largest: is
 * that the largest order there is? Return: their heads.
 */
static inline uint64_t xmem_buddy_blocks(uint64_t free, unsigned int i,
					 bool largest)
{
	for (unsigned int k = 0; k < i; k++) {
		free = xmem_buddy_pairs(free, k);
	}
	return largest ? free
		       : xmem_buddy_lone(free, xmem_buddy_pairs(free, i), i);
}

/** The bit of position @i in its word. */
static inline unsigned int xmem_buddy_bit(unsigned long i)
{
	return (unsigned int)i & (XMEM_WORD_BITS - 1);
}

/**
 * An aligned block of nodes in one group: 2^@i of them from node @bit of
 * group @word of @level on; @mask has their bits. From level @live upwards
 * the groups on the way have meaning: depth_of().
 */
struct xmem_buddy_spot {
	unsigned long word;
	uint64_t mask;
	unsigned int bit;
	unsigned int i;
	unsigned int level;
	unsigned int live;
};

/** The spot of the aligned block of @order at @idx, relative to base. */
static inline struct xmem_buddy_spot xmem_buddy_spot_of(unsigned long idx,
							unsigned int order)
{
	unsigned int level = order / XMEM_WORD_SHIFT;
	unsigned int i = order - level * XMEM_WORD_SHIFT;
	unsigned long node = idx >> (level * XMEM_WORD_SHIFT);
	unsigned int bit = xmem_buddy_bit(node);

	return (struct xmem_buddy_spot){
		.word = node >> XMEM_WORD_SHIFT,
		.mask = xmem_bits_run(bit, 1U << i),
		.bit = bit,
		.i = i,
		.level = level,
	};
}

/** The state of all frames of @s together; sets s->live. Groups from level
 *  @from upwards are known to have meaning (buddy_find.c). */
unsigned int xmem_buddy_probe_from(const struct xmem_buddy *b,
				   struct xmem_buddy_spot *s,
				   unsigned int from);

/** The same, from the top. */
static inline unsigned int xmem_buddy_probe(const struct xmem_buddy *b,
					    struct xmem_buddy_spot *s)
{
	return xmem_buddy_probe_from(b, s, b->top);
}

/** What a take looks for; frames relative to base. */
struct xmem_buddy_request {
	unsigned long nr;
	unsigned long lo;
	unsigned long hi;
	unsigned int order; /* of the smallest block that will do */
	unsigned int align; /* log2 */
	enum xmem_buddy_end from_end;
};

/** First frame for @r, relative to base, or XMEM_BUDDY_NONE (buddy_find.c).
 *  r->order becomes the order of the free block it is in. */
unsigned long xmem_buddy_find(const struct xmem_buddy *b,
			      struct xmem_buddy_request *r);

#endif /* BUDDY_PRIV_H */
