/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_check.c - the validator of the buddy
 *
 * Goes over the frames from left to right. At each position it comes down
 * the tree as far as nodes are mixtures and tests every group it enters: its
 * states by themselves and against the node above, and each finder bit
 * against the group below. Finds blocks in its own slow way, buddy by buddy,
 * not by the folding of buddy_priv.h.
 */
#include "buddy/buddy.h"

#include "buddy/buddy_priv.h"
#include "lib/align.h"
#include "lib/bits.h"

static unsigned long groups_of(const struct xmem_buddy *b, unsigned int level)
{
	unsigned long nr = xmem_words_for(b->end - b->base);

	for (unsigned int i = 0; i < level; i++) {
		nr = xmem_words_for(nr);
	}
	return nr;
}

static const char *check_shape(const struct xmem_buddy *b)
{
	if (b->start >= b->end || b->max_order > MAX_ORDER ||
	    b->end - b->start < 1UL << b->max_order) {
		return "buddy: span and max_order do not fit";
	}
	if (b->base != xmem_align_down(b->start, 1UL << b->max_order)) {
		return "buddy: base is not start rounded down";
	}
	if (b->top >= XMEM_BUDDY_LEVELS ||
	    b->top < b->max_order / XMEM_WORD_SHIFT ||
	    groups_of(b, b->top) != 1) {
		return "buddy: the levels do not fit the span";
	}
	if (b->orders >> b->max_order > 1) {
		return "buddy I3: an order above max_order";
	}
	return NULL;
}

/* The states of a group by themselves. */
static const char *check_states(const struct xmem_buddy *b, unsigned int level,
				struct xmem_buddy_group g)
{
	if (level * XMEM_WORD_SHIFT > b->max_order && g.free != 0) {
		return "buddy I2: a node above the largest block is free";
	}
	if (((g.free | g.dirty | g.mixed) & ~XMEM_WORD_FULL) != 0) {
		return "buddy: a bit beyond the width of a word";
	}
	if ((g.dirty & ~g.free) != 0) {
		return "buddy I1: a dirty frame is not free";
	}
	if ((g.dirty & g.mixed) != 0) {
		return "buddy I1: a node is both dirty and a mixture";
	}
	return NULL;
}

/* I1: what the node above group @w says of it. The group above is good. */
static const char *check_above(const struct xmem_buddy *b, unsigned int level,
			       unsigned long w, struct xmem_buddy_group g)
{
	struct xmem_buddy_group above;
	unsigned int state;

	if (level == b->top) {
		return NULL;
	}
	above = xmem_buddy_load(b, level + 1, w >> XMEM_WORD_SHIFT);
	state = xmem_buddy_node_state(b, level + 1,
				      xmem_buddy_state(g, XMEM_WORD_FULL));
	if (state == XMEM_BUDDY_USED || state == XMEM_BUDDY_CLEAN ||
	    state == XMEM_BUDDY_DIRTY ||
	    state != xmem_buddy_state(above, xmem_bit(xmem_buddy_bit(w)))) {
		return "buddy I1: a node does not say what is below it";
	}
	return NULL;
}

/* I5: frames outside the span. */
static const char *check_bounds(const struct xmem_buddy *b, unsigned int level,
				unsigned long w, uint64_t free)
{
	unsigned int shift = level * XMEM_WORD_SHIFT;
	unsigned long first = w << XMEM_WORD_SHIFT;

	if (free == 0) {
		return NULL;
	}
	if ((first + xmem_ffs64(free)) << shift < b->start - b->base ||
	    (first + xmem_fls64(free) + 1) << shift > b->end - b->base) {
		return "buddy I5: a frame outside the span is free";
	}
	return NULL;
}

static bool all_free(uint64_t free, unsigned int at, unsigned int nr)
{
	uint64_t run = xmem_bits_run(at, nr);

	return (free & run) == run;
}

/* I2: does @free, a word of the level of @order, have a block of @order? */
static bool has_block(const struct xmem_buddy *b, uint64_t free,
		      unsigned int order)
{
	unsigned int nr = 1U << (order % XMEM_WORD_SHIFT);

	for (unsigned int at = 0; at < XMEM_WORD_BITS; at += nr) {
		if (all_free(free, at, nr) &&
		    (order == b->max_order || !all_free(free, at ^ nr, nr))) {
			return true;
		}
	}
	return false;
}

/* Is there a block of @order at or below group @w, which has meaning, as far
 * as that group tells? */
static bool tells_block(const struct xmem_buddy *b, unsigned int level,
			unsigned long w, unsigned int order)
{
	if (order / XMEM_WORD_SHIFT == level) {
		return has_block(b, xmem_buddy_load(b, level, w).free, order);
	}
	return xmem_buddy_finders(b, level, w)[order] != 0;
}

/* I3: the finder of @order, bit by bit, against the groups below. */
static const char *check_finder(const struct xmem_buddy *b, unsigned int level,
				unsigned long w, unsigned int order)
{
	uint64_t mixed = xmem_buddy_load(b, level, w).mixed;
	uint64_t finder = xmem_buddy_finders(b, level, w)[order];

	if ((finder & ~mixed) != 0) {
		return "buddy I3: a finder leads to a group without meaning";
	}
	while (mixed != 0) {
		unsigned int bit = xmem_ffs64(mixed);
		bool told = tells_block(b, level - 1,
					(w << XMEM_WORD_SHIFT) + bit, order);

		if (told != (finder >> bit & 1)) {
			return told ? "buddy I3: no finder for a free block"
				    : "buddy I3: a finder leads to no block";
		}
		mixed &= mixed - 1;
	}
	return NULL;
}

/* Group @w of @level, which has meaning; adds its free frames to *@nr_free. */
static const char *check_group(const struct xmem_buddy *b, unsigned int level,
			       unsigned long w, unsigned long *nr_free)
{
	struct xmem_buddy_group g = xmem_buddy_load(b, level, w);
	unsigned int below = level * XMEM_WORD_SHIFT;
	const char *broken = check_states(b, level, g);

	if (broken == NULL) {
		broken = check_above(b, level, w, g);
	}
	if (broken == NULL) {
		broken = check_bounds(b, level, w, g.free);
	}
	for (unsigned int k = 0; k < below && k <= b->max_order; k++) {
		if (broken == NULL) {
			broken = check_finder(b, level, w, k);
		}
	}
	*nr_free += (unsigned long)xmem_popcount64(g.free & ~g.mixed)
		    << (level * XMEM_WORD_SHIFT);
	return broken;
}

/* Every group that has meaning. */
static const char *check_map(const struct xmem_buddy *b, unsigned long *nr_free)
{
	unsigned int level = b->top;
	unsigned long at = 0; /* node of @level */
	const char *broken = NULL;

	while (broken == NULL && level <= b->top) {
		unsigned long w = at >> XMEM_WORD_SHIFT;
		unsigned int bit = xmem_buddy_bit(at);

		if (bit == 0) {
			broken = check_group(b, level, w, nr_free);
		}
		if (broken == NULL &&
		    (xmem_buddy_load(b, level, w).mixed >> bit & 1) != 0) {
			level--;
			at <<= XMEM_WORD_SHIFT;
			continue;
		}
		at++;
		/* Behind the last node of a group: on to the group above. */
		while (xmem_buddy_bit(at) == 0 && level <= b->top) {
			at >>= XMEM_WORD_SHIFT;
			level++;
		}
	}
	return broken;
}

const char *xmem_buddy_check(const struct xmem_buddy *b)
{
	unsigned long nr_free = 0;
	const char *broken = check_shape(b);

	if (broken == NULL) {
		broken = check_map(b, &nr_free);
	}
	for (unsigned int k = 0; broken == NULL && k <= b->max_order; k++) {
		if ((b->orders >> k & 1) != tells_block(b, b->top, 0, k)) {
			broken = "buddy I3: `orders` and the top group differ";
		}
	}
	if (broken == NULL && nr_free != b->nr_free) {
		broken = "buddy I4: nr_free is not the number of free frames";
	}
	return broken;
}
