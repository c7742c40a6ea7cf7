/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_borrow.c - take a range such that it can be put back as it was
 *
 * Model       Who takes a range may have to put it back since another one is
 *             not free. Then each of its frames must be clean or dirty as
 *             before. All that need be remembered fits into metadata that
 *             nobody reads. A node of level 1 or more that is used has a
 *             group below it that is not valid; if all frames of the node are
 *             in the range, nobody makes that group valid meanwhile:
 *
 *             - a mixture of clean and dirty frames stays in the groups below
 *               the node as it is. The free word of its group is all ones;
 *             - of a clean or dirty node that word becomes 0 or 1.
 *
 *             That leaves the frames at the ends of the range that fill no
 *             word. Their dirty bits, two words, are given to the caller.
 * Cost        One word for each node, so for 64^level frames.
 * Locking     None here: the caller owns the span.
 * Trade-offs  Only for spans whose largest block is at least a word, or that
 *             lie in two words: no others exist where a word has 64 bits.
 */
#include "buddy/buddy.h"

#include "buddy/buddy_priv.h"

/* The free word of the group below @node, which is of @level >= 1. */
static uint64_t *word_below(const struct xmem_buddy *b, unsigned int level,
			    unsigned long node)
{
	return xmem_buddy_words(b, level - 1, node);
}

/* The states of the free nodes of @s, whose common state is @state. */
static struct xmem_buddy_group states_of(const struct xmem_buddy *b,
					 const struct xmem_buddy_place *s,
					 unsigned int state)
{
	struct xmem_buddy_group g = {
		.note = state == XMEM_BUDDY_DIRTY ? s->mask : 0,
	};

	if (s->valid_level == s->level) {
		g = xmem_buddy_load(b, s->level, s->word);
		g.note &= s->mask;
		g.mixed &= s->mask;
	}
	return g;
}

/* Which edge of a range that begins at frame @first is @s, of level 0? */
static unsigned int edge_of(const struct xmem_buddy_place *s,
			    unsigned long first)
{
	return s->word != first >> XMEM_WORD_SHIFT;
}

/* Remember the states @g of the nodes of @s below them. */
static void remember_below(struct xmem_buddy *b,
			   const struct xmem_buddy_place *s,
			   struct xmem_buddy_group g)
{
	uint64_t left = s->mask & ~g.mixed;

	while (left != 0) {
		unsigned int bit = xmem_ffs64(left);

		*word_below(b, s->level, (s->word << XMEM_WORD_SHIFT) + bit) =
			g.note >> bit & 1;
		left &= left - 1;
	}
}

/* What remember_below() has been told of the nodes of @s. */
static struct xmem_buddy_group recall_below(const struct xmem_buddy *b,
					    const struct xmem_buddy_place *s)
{
	struct xmem_buddy_group g = {0};

	for (uint64_t left = s->mask; left != 0; left &= left - 1) {
		unsigned int bit = xmem_ffs64(left);
		uint64_t word = *word_below(b, s->level,
					    (s->word << XMEM_WORD_SHIFT) + bit);

		g.mixed |= word == XMEM_WORD_FULL ? xmem_bit(bit) : 0;
		g.note |= word == 1 ? xmem_bit(bit) : 0;
	}
	return g;
}

/* Remember the states of all frames of [@idx, @idx + @nr). */
static void remember(struct xmem_buddy *b, unsigned long idx, unsigned long nr,
		     struct xmem_buddy_edges *edges)
{
	unsigned long first = idx;

	*edges = (struct xmem_buddy_edges){{0, 0}};
	while (nr > 0) {
		unsigned long len = nr;
		struct xmem_buddy_place s = xmem_buddy_place_at(b, idx, &len);
		unsigned int state = xmem_buddy_probe(b, &s);
		struct xmem_buddy_group g = states_of(b, &s, state);

		if (s.level == 0) {
			edges->dirty[edge_of(&s, first)] |= g.note;
		} else {
			remember_below(b, &s, g);
		}
		idx += len;
		nr -= len;
	}
}

/* Make the nodes @mask of @s, which are plain, free with the state @to. */
static void put_back(struct xmem_buddy *b, struct xmem_buddy_place s,
		     uint64_t mask, unsigned int to)
{
	if (mask != 0) {
		s.mask = mask;
		xmem_buddy_set_state(b, &s, xmem_buddy_probe(b, &s), to);
	}
}

int xmem_buddy_borrow(struct xmem_buddy *b, unsigned long mfn, unsigned long nr,
		      struct xmem_buddy_edges *edges, bool *dirty)
{
	int rc = xmem_buddy_check_range(b, mfn, nr, true);

	if (rc != 0) {
		return rc;
	}
	xmem_buddy_settle(b);
	remember(b, mfn - b->base, nr, edges);
	*dirty = xmem_buddy_set_run(b, mfn - b->base, nr, XMEM_BUDDY_PLAIN);
	b->nr_free -= nr;
	return 0;
}

int xmem_buddy_return(struct xmem_buddy *b, unsigned long mfn, unsigned long nr,
		      const struct xmem_buddy_edges *edges)
{
	unsigned long first = mfn - b->base;
	unsigned long idx = first;
	unsigned long left = nr;
	int rc;

	xmem_buddy_settle(b);
	rc = xmem_buddy_check_range(b, mfn, nr, false);
	if (rc != 0) {
		return rc;
	}
	while (left > 0) {
		unsigned long len = left;
		struct xmem_buddy_place s = xmem_buddy_place_at(b, idx, &len);
		struct xmem_buddy_group g;

		if (s.level == 0) {
			g = (struct xmem_buddy_group){0};
			g.note = edges->dirty[edge_of(&s, first)] & s.mask;
		} else {
			g = recall_below(b, &s);
		}
		put_back(b, s, g.note, XMEM_BUDDY_DIRTY);
		put_back(b, s, g.mixed, XMEM_BUDDY_VARIED);
		put_back(b, s, s.mask & ~(g.note | g.mixed), XMEM_BUDDY_CLEAN);
		idx += len;
		left -= len;
	}
	b->nr_free += nr;
	return 0;
}
