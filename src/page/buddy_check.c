/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_check.c - the validator of the buddy
 *
 * Goes over the frames from left to right. At each position it comes down
 * the map as far as nodes are mixtures and tests every group it enters; for
 * each group and order it works out, buddy by buddy, whether there is a
 * maximal free block, and asks the index for the same. Then the counters and
 * index trees are compared with what was seen. Finds blocks in its own slow
 * way, not by the folding of buddy_map.h.
 */
#include "page/buddy.h"

#include "lib/align.h"
#include "page/buddy_map.h"

/* What the walk has seen. */
struct tally {
	unsigned long nr_free;
	unsigned long groups[MAX_ORDER + 1]; /* with a block of the order */
};

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
	    b->end - b->start < 1UL << b->max_order ||
	    b->top != b->max_order / XMEM_WORD_SHIFT) {
		return "buddy: span, max_order and top do not fit";
	}
	if (b->base != xmem_align_down(b->start, 1UL << b->max_order)) {
		return "buddy: base is not start rounded down";
	}
	if (b->orders >> b->max_order > 1) {
		return "buddy I3: an order above max_order";
	}
	for (unsigned int order = 0; order <= b->max_order; order++) {
		if (b->index[order].nr !=
		    groups_of(b, order / XMEM_WORD_SHIFT)) {
			return "buddy: index does not fit the map";
		}
	}
	return NULL;
}

/* The words of a group by themselves. */
static const char *check_words(struct xmem_buddy_group g)
{
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
	uint64_t bit = xmem_bit(xmem_buddy_bit(w));

	if (level == b->top) {
		return NULL;
	}
	above = xmem_buddy_load(b, level + 1, w >> XMEM_WORD_SHIFT);
	state = (above.free & bit) != 0 ? XMEM_BUDDY_VARIED : XMEM_BUDDY_PARTLY;
	return xmem_buddy_state(g, XMEM_WORD_FULL) == state
		       ? NULL
		       : "buddy I1: a node does not say what is below it";
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

/* I3: the index of every order of @level, as to group @w. */
static const char *check_index(const struct xmem_buddy *b, unsigned int level,
			       unsigned long w, uint64_t free,
			       struct tally *tally)
{
	unsigned int order = level * XMEM_WORD_SHIFT;

	for (unsigned int i = 0; i < XMEM_WORD_SHIFT; i++, order++) {
		if (order > b->max_order) {
			return NULL;
		}
		bool has = has_block(b, free, order);

		if (has != xmem_bitmap_tree_test(&b->index[order], w)) {
			return has ? "buddy I3: a free block is not indexed"
				   : "buddy I3: the index has a block that "
				     "is not free or not maximal";
		}
		tally->groups[order] += has;
	}
	return NULL;
}

/* Group @w of @level, which has meaning. */
static const char *check_group(const struct xmem_buddy *b, unsigned int level,
			       unsigned long w, struct tally *tally)
{
	struct xmem_buddy_group g = xmem_buddy_load(b, level, w);
	const char *broken = check_words(g);

	if (broken == NULL) {
		broken = check_above(b, level, w, g);
	}
	if (broken == NULL) {
		broken = check_bounds(b, level, w, g.free);
	}
	if (broken == NULL) {
		broken = check_index(b, level, w, g.free, tally);
	}
	tally->nr_free += (unsigned long)xmem_popcount64(g.free & ~g.mixed)
			  << (level * XMEM_WORD_SHIFT);
	return broken;
}

/* Every group that has meaning. */
static const char *check_map(const struct xmem_buddy *b, struct tally *tally)
{
	unsigned long groups = groups_of(b, b->top);
	unsigned int level = b->top;
	unsigned long at = 0; /* node of @level */
	const char *broken = NULL;

	while (broken == NULL &&
	       (level < b->top || at >> XMEM_WORD_SHIFT < groups)) {
		unsigned long w = at >> XMEM_WORD_SHIFT;
		unsigned int bit = xmem_buddy_bit(at);

		if (bit == 0) {
			broken = check_group(b, level, w, tally);
		}
		if (broken == NULL && level > 0 &&
		    (xmem_buddy_load(b, level, w).mixed >> bit & 1) != 0) {
			level--;
			at <<= XMEM_WORD_SHIFT;
			continue;
		}
		at++;
		/* Behind the last node of a group: on to the group above. */
		while (xmem_buddy_bit(at) == 0 && level < b->top) {
			at >>= XMEM_WORD_SHIFT;
			level++;
		}
	}
	return broken;
}

/* The index of @order has no bits but those of groups that were seen. */
static const char *check_order(const struct xmem_buddy *b, unsigned int order,
			       const struct tally *tally)
{
	const struct xmem_bitmap_tree *index = &b->index[order];
	unsigned long w = xmem_bitmap_tree_first(index, 0);
	unsigned long nr = 0;

	while (w != XMEM_NO_BIT) {
		nr++;
		w = xmem_bitmap_tree_first(index, w + 1);
	}
	if (nr != tally->groups[order]) {
		return "buddy I3: the index has a group without meaning";
	}
	if ((b->orders >> order & 1) != (nr != 0)) {
		return "buddy I3: `orders` and index disagree";
	}
	return NULL;
}

const char *xmem_buddy_check(const struct xmem_buddy *b)
{
	struct tally tally = {0, {0}};
	const char *broken = check_shape(b);

	for (unsigned int k = 0; broken == NULL && k <= b->max_order; k++) {
		broken = xmem_bitmap_tree_check(&b->index[k]);
	}
	if (broken == NULL) {
		broken = check_map(b, &tally);
	}
	for (unsigned int k = 0; broken == NULL && k <= b->max_order; k++) {
		broken = check_order(b, k, &tally);
	}
	if (broken == NULL && tally.nr_free != b->nr_free) {
		broken = "buddy I4: nr_free is not the number of free frames";
	}
	return broken;
}
