/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_init.c - size the tree of a span and make it empty
 *
 * The largest block is no longer than the span. `base` is the start of the
 * span rounded down to that length, so that blocks are aligned by frame
 * number. The words for [base, start) are never used: at most as many as the
 * span needs. Only the top group is written, as no other one is valid yet.
 */
#include "buddy/buddy.h"

#include "buddy/buddy_priv.h"
#include "lib/align.h"
#include "lib/mem.h"

/* The order of the largest block that [@start, @end) can have. */
static unsigned int max_order_of(unsigned long start, unsigned long end,
				 unsigned int limit_order)
{
	unsigned int order = xmem_log2(end - start);

	order = order < limit_order ? order : limit_order;
	return order < MAX_ORDER ? order : MAX_ORDER;
}

/* Number of groups of @level for @nr frames. */
static unsigned long groups_of(unsigned long nr, unsigned int level)
{
	do {
		nr = xmem_words_for(nr);
	} while (level-- > 0);
	return nr;
}

/* The level that has one group, and is not below that of @max_order, nor 0: so
 * every word of frames has a group above it. */
static unsigned int top_of(unsigned long nr, unsigned int max_order)
{
	unsigned int level = max_order / XMEM_WORD_SHIFT;

	level = level > 0 ? level : 1;
	while (groups_of(nr, level) > 1) {
		level++;
	}
	return level;
}

/* Number of words in a group of @level. */
static unsigned int words_of(unsigned int level, unsigned int max_order)
{
	unsigned int orders = level * XMEM_WORD_SHIFT;

	if (level == 0) {
		return 2;
	}
	return XMEM_BUDDY_SIGNS + 1 +
	       (orders <= max_order ? orders : max_order + 1);
}

/* How many orders of @level are of the tier of the level below it. */
static unsigned char lower_of(unsigned int level)
{
	unsigned int first = level * XMEM_WORD_SHIFT;
	unsigned int end = 0; /* of that tier */

	while (end < first) {
		end += XMEM_BUDDY_SUPER;
	}
	return (unsigned char)(end - first);
}

unsigned long xmem_buddy_bytes(unsigned long start, unsigned long end,
			       unsigned int limit_order)
{
	unsigned int max_order = max_order_of(start, end, limit_order);
	unsigned long nr = end - xmem_align_down(start, 1UL << max_order);
	unsigned int top = top_of(nr, max_order);
	unsigned long words = 0;

	for (unsigned int level = 0; level <= top; level++) {
		words += groups_of(nr, level) * words_of(level, max_order);
	}
	return words * sizeof(uint64_t);
}

void xmem_buddy_init(struct xmem_buddy *b, unsigned long start,
		     unsigned long end, unsigned int limit_order, void *mem)
{
	uint64_t *next = mem;
	unsigned long nr;

	memset(b, 0, sizeof(*b));
	b->max_order = max_order_of(start, end, limit_order);
	b->base = xmem_align_down(start, 1UL << b->max_order);
	b->start = start;
	b->end = end;
	nr = end - b->base;
	b->top = top_of(nr, b->max_order);
	b->untold = XMEM_BUDDY_NONE;
	for (unsigned int level = 0; level <= b->top; level++) {
		b->words[level] = (unsigned short)words_of(level, b->max_order);
		b->lower[level] = lower_of(level);
		b->map[level] = next;
		next += groups_of(nr, level) * b->words[level];
	}
	memset(b->map[b->top], 0, b->words[b->top] * sizeof(uint64_t));
}
