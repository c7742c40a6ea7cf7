/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_check.c - check the invariants of a buddy engine
 *
 * Walks over the frames in ascending order and goes down as far as nodes are
 * mixtures. Checks each group it enters: its states by themselves and against
 * the node above, and each bit of its signs against the node it is about. It
 * looks for blocks in a slow way of its own, node by node, so that an error in
 * the bit tricks of buddy_priv.h and buddy_tree.c does not hide here too.
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

/* Do base, levels and largest order of @b belong to its span? */
static bool is_shaped(const struct xmem_buddy *b)
{
	return b->max_order <= MAX_ORDER && b->start < b->end &&
	       b->end - b->start >= 1UL << b->max_order &&
	       b->base == xmem_align_down(b->start, 1UL << b->max_order) &&
	       b->top > 0 && b->top < XMEM_BUDDY_LEVELS &&
	       b->top >= b->max_order / XMEM_WORD_SHIFT &&
	       groups_of(b, b->top) == 1;
}

/* I1 and I2: the states of one group by themselves. */
static const char *check_states(const struct xmem_buddy *b, unsigned int level,
				struct xmem_buddy_group g)
{
	if (level * XMEM_WORD_SHIFT > b->max_order && g.free != 0) {
		return "buddy I2: a node above the largest block is free";
	}
	if (((g.free | g.note | g.mixed) & ~XMEM_WORD_FULL) != 0) {
		return "buddy: a bit beyond the width of a word";
	}
	if ((g.free & g.note & g.mixed) != 0) {
		return "buddy I1: a node is both dirty and a mixture";
	}
	return NULL;
}

/* Is group @w of @level the one that those above it know nothing new of? */
static bool is_untold(const struct xmem_buddy *b, unsigned int level,
		      unsigned long w)
{
	return level == 0 && w == b->untold;
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
	if (xmem_buddy_all_used(state) && is_untold(b, level, w)) {
		state = XMEM_BUDDY_PARTLY;
	}
	if ((state & XMEM_BUDDY_MIXED) == 0 ||
	    state != xmem_buddy_state(above, xmem_bit(xmem_bit_of(w)))) {
		return "buddy I1: a node does not say what is below it";
	}
	return NULL;
}

/* I5: frames outside the span are plain. Of a node that is a mixture the groups
 * below it tell. */
static const char *check_bounds(const struct xmem_buddy *b, unsigned int level,
				unsigned long w, struct xmem_buddy_group g)
{
	unsigned int shift = level * XMEM_WORD_SHIFT;
	unsigned long first = w << XMEM_WORD_SHIFT;
	uint64_t inside = g.free | (g.note & ~g.mixed);

	if (inside == 0) {
		return NULL;
	}
	if ((first + xmem_ffs64(inside)) << shift < b->start - b->base ||
	    (first + xmem_fls64(inside) + 1) << shift > b->end - b->base) {
		return "buddy I5: a frame outside the span is not plain";
	}
	return NULL;
}

/* The order of the block that free node @bit of a group of @level with the free
 * word @free is part of, or begins; MAX_ORDER + 1 if that is of a higher
 * level. */
static unsigned int order_of_node(const struct xmem_buddy *b,
				  unsigned int level, uint64_t free,
				  unsigned int bit)
{
	unsigned int order = level * XMEM_WORD_SHIFT;
	unsigned int nr = 1;

	while (order < b->max_order) {
		unsigned int first = bit & ~(2 * nr - 1);

		for (unsigned int i = first; i < first + 2 * nr; i++) {
			if ((free >> i & 1) == 0) {
				return order;
			}
		}
		nr *= 2;
		order++;
		if (nr == XMEM_WORD_BITS) {
			return order <= b->max_order ? MAX_ORDER + 1 : order;
		}
	}
	return order;
}

/* Is a block of order @has what a finder of order @order leads to? */
static bool is_such(unsigned int has, unsigned int order)
{
	return has >= order && has <= MAX_ORDER &&
	       has / XMEM_BUDDY_SUPER == order / XMEM_BUDDY_SUPER;
}

/* Sign number @s, of dirt or of an order, asks for a node of @level or below.
 * Do sign words say so of a group of @level? */
static bool is_below(unsigned int level, unsigned int s)
{
	return level > 0 && s < 1 + level * XMEM_WORD_SHIFT;
}

static bool node_has(const struct xmem_buddy *b, unsigned int level,
		     unsigned long node, unsigned int s);

/* Does group @w of @level, which is valid, have sign number @s: in itself or,
 * as its own sign words say, below it? */
static bool group_has(const struct xmem_buddy *b, unsigned int level,
		      unsigned long w, unsigned int s)
{
	uint64_t free = xmem_buddy_words(b, level, w)[0];

	if (is_untold(b, level, w)) {
		return (b->untold_signs >> s & 1) != 0;
	}
	if (is_below(level, s)) {
		return xmem_buddy_signs(b, level, w)[s] != 0;
	}
	for (unsigned int bit = 0; bit < XMEM_WORD_BITS; bit++) {
		if ((free >> bit & 1) != 0 &&
		    node_has(b, level, (w << XMEM_WORD_SHIFT) + bit, s)) {
			return true;
		}
	}
	return false;
}

/* Has node @node of @level, in a valid group, sign number @s, or is it part of
 * a block that has? */
static bool node_has(const struct xmem_buddy *b, unsigned int level,
		     unsigned long node, unsigned int s)
{
	struct xmem_buddy_group g =
		xmem_buddy_load(b, level, node >> XMEM_WORD_SHIFT);
	unsigned int bit = xmem_bit_of(node);
	unsigned int state = xmem_buddy_state(g, xmem_bit(bit));

	if (state == XMEM_BUDDY_PARTLY ||
	    (state == XMEM_BUDDY_VARIED && s == 0)) {
		return group_has(b, level - 1, node, s);
	}
	if (s == 0) {
		return state == XMEM_BUDDY_DIRTY;
	}
	return (state & XMEM_BUDDY_FREE) != 0 &&
	       is_such(order_of_node(b, level, g.free, bit), s - 1);
}

/* I3: sign word @s of group @w, of @level >= 1, against its nodes. */
static const char *check_sign(const struct xmem_buddy *b, unsigned int level,
			      unsigned long w, unsigned int s)
{
	uint64_t sign = xmem_buddy_signs(b, level, w)[s];

	if ((sign & ~XMEM_WORD_FULL) != 0) {
		return "buddy: a sign is wider than a word";
	}
	for (unsigned int bit = 0; bit < XMEM_WORD_BITS; bit++) {
		bool has = node_has(b, level, (w << XMEM_WORD_SHIFT) + bit, s);

		if (has != (sign >> bit & 1)) {
			return s == 0 ? "buddy I3: dirt and dirty frames differ"
			       : has  ? "buddy I3: no finder for a free block"
				      : "buddy I3: a finder leads to no block";
		}
	}
	return NULL;
}

/* Check group @w of @level, which is valid; add its free frames to
 * *@nr_free. */
static const char *check_group(const struct xmem_buddy *b, unsigned int level,
			       unsigned long w, unsigned long *nr_free)
{
	struct xmem_buddy_group g = xmem_buddy_load(b, level, w);
	const char *broken = check_states(b, level, g);

	if (broken == NULL) {
		broken = check_above(b, level, w, g);
	}
	if (broken == NULL) {
		broken = check_bounds(b, level, w, g);
	}
	for (unsigned int s = 0;
	     broken == NULL && s <= b->max_order + 1 && is_below(level, s);
	     s++) {
		broken = check_sign(b, level, w, s);
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

/* I3: do the orders that the engine says it has come out of the top group? */
static bool orders_are_right(const struct xmem_buddy *b)
{
	unsigned int orders = b->orders;

	for (unsigned int k = 0; k <= b->max_order; k++) {
		orders ^= (unsigned int)group_has(b, b->top, 0, k + 1) << k;
	}
	return orders == 0;
}

const char *xmem_buddy_check(const struct xmem_buddy *b)
{
	unsigned long nr_free = 0;
	const char *broken;

	if (!is_shaped(b)) {
		return "buddy: span, base, levels and max_order do not fit";
	}
	broken = check_map(b, &nr_free);
	if (broken == NULL && !orders_are_right(b)) {
		broken = "buddy I3: `orders` and the top group differ";
	}
	if (broken == NULL && nr_free != b->nr_free) {
		broken = "buddy I4: nr_free is not the number of free frames";
	}
	return broken;
}
