/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_check.c - check the invariants of a buddy engine
 *
 * Walks over the frames in ascending order and goes down as far as nodes are
 * mixtures. Checks each group it enters: its states by themselves and against
 * the node above, and each finder bit against the group below. It looks for
 * blocks in a slow way of its own, buddy by buddy, so that an error in the
 * bit tricks of buddy_priv.h does not hide here too.
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

/* I1 and I2: the states of one group by themselves. */
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

/* I1: group @w against the node above it, whose own group has passed. */
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
	    state != xmem_buddy_state(above, xmem_bit(xmem_bit_of(w)))) {
		return "buddy I1: a node does not say what is below it";
	}
	return NULL;
}

/* I5: no frame outside the span is free. */
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

/* Does @free, a word of the level of @order, have a block of @order? */
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

/* Do the words of group @w, which is valid, say that there is a block of
 * @order in it or below it? */
static bool group_has_block(const struct xmem_buddy *b, unsigned int level,
			    unsigned long w, unsigned int order)
{
	if (order / XMEM_WORD_SHIFT == level) {
		return has_block(b, xmem_buddy_load(b, level, w).free, order);
	}
	return xmem_buddy_finders(b, level, w)[order] != 0;
}

/* I3: the finder of @order in group @w against the groups below. */
static const char *check_finder(const struct xmem_buddy *b, unsigned int level,
				unsigned long w, unsigned int order)
{
	uint64_t mixed = xmem_buddy_load(b, level, w).mixed;
	uint64_t finder = xmem_buddy_finders(b, level, w)[order];

	if ((finder & ~mixed) != 0) {
		return "buddy I3: a finder leads to a group that is not valid";
	}
	while (mixed != 0) {
		unsigned int bit = xmem_ffs64(mixed);
		bool block = group_has_block(
			b, level - 1, (w << XMEM_WORD_SHIFT) + bit, order);

		if (block != (finder >> bit & 1)) {
			return block ? "buddy I3: no finder for a free block"
				     : "buddy I3: a finder leads to no block";
		}
		mixed &= mixed - 1;
	}
	return NULL;
}

/* Check group @w of @level, which is valid; add its free frames to
 * *@nr_free. */
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

/* Check every valid group. */
static const char *check_map(const struct xmem_buddy *b, unsigned long *nr_free)
{
	unsigned int level = b->top;
	unsigned long at = 0; /* node of @level */
	const char *broken = NULL;

	while (broken == NULL && level <= b->top) {
		unsigned long w = at >> XMEM_WORD_SHIFT;
		unsigned int bit = xmem_bit_of(at);

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
		/* After the last node of a group: back to the group above. */
		while (xmem_bit_of(at) == 0 && level <= b->top) {
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
		if ((b->orders >> k & 1) != group_has_block(b, b->top, 0, k)) {
			broken = "buddy I3: `orders` and the top group differ";
		}
	}
	if (broken == NULL && nr_free != b->nr_free) {
		broken = "buddy I4: nr_free is not the number of free frames";
	}
	return broken;
}
