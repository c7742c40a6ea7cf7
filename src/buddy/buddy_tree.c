/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_tree.c - write states into the tree, and keep what is above them true
 *
 * Model       buddy.h describes the tree of states and the signs that lead to
 *             blocks and dirt. By I2 the free frames determine the blocks. So
 *             nothing here splits or merges blocks one by one: an operation
 *             writes new states into one group, and comparing the signs of the
 *             group before and after says what changes above.
 * Operations  xmem_buddy_write() writes the states of a group. A sign goes up
 *             until a word that was not 0 stays so, and the common state of
 *             the group until a node has it already: both by one loop. Only a
 *             node that becomes free, or ceases to be, changes the blocks of
 *             its own group. xmem_buddy_set_state() writes a block of any
 *             order: one mask in one group. It first fills groups that were
 *             not valid until then, from the uniform node above them. So all
 *             costs are bounded by levels and orders. A run of frames is at
 *             most two blocks of each order; neighbouring blocks of the
 *             largest order in one group are written as one mask.
 * Invariants  I1 to I5 of buddy.h; buddy_check.c tests them.
 * Locking     None here: the caller owns the span.
 * Trade-offs  Dirty frames are not counted: an exact count at bounded cost
 *             would need a counter for each node of the tree. The words for
 *             [base, start) are allocated and never used.
 */
#include "buddy/buddy.h"

#include "buddy/buddy_priv.h"
#include "lib/attr.h"

/* -- The blocks of one group ----------------------------------------------- */

/* Are the nodes of a group of @level with the free word @free part of a block
 * of a higher level? */
static inline bool is_part(const struct xmem_buddy *b, unsigned int level,
			   uint64_t free)
{
	return free == XMEM_WORD_FULL &&
	       (level + 1) * XMEM_WORD_SHIFT <= b->max_order;
}

/* Of how many nodes, as a power of two, are the smallest blocks of @level that
 * are of a higher tier than the largest of the level below? A number above
 * those of a group if there are none. */
static inline unsigned int higher_tier_from(const struct xmem_buddy *b,
					    unsigned int level)
{
	unsigned int first = level * XMEM_WORD_SHIFT;
	unsigned int tier =
		level == 0 ? XMEM_BUDDY_SUPER : xmem_buddy_next_tier(first - 1);

	return tier > b->max_order ? XMEM_WORD_SHIFT : tier - first;
}

/* The nodes of @free, of a group of @level, in blocks of the tier that the
 * largest blocks of the level below belong to. */
static uint64_t lower_nodes(const struct xmem_buddy *b, unsigned int level,
			    uint64_t free)
{
	unsigned int i = higher_tier_from(b, level);
	uint64_t heads;

	if (is_part(b, level, free)) {
		return 0;
	}
	if (i >= XMEM_WORD_SHIFT) {
		return free;
	}
	heads = xmem_buddy_sets(free, i);
	/* The run of 2^i bits that begins at each of the heads. */
	return free & ~((heads << (1U << i)) - heads);
}

/* The signs of the blocks of a group of @level with the free word @free. */
static unsigned int block_signs(const struct xmem_buddy *b, unsigned int level,
				uint64_t free)
{
	unsigned int higher = higher_tier_from(b, level);
	unsigned int order = level * XMEM_WORD_SHIFT;
	uint64_t sets = free;
	unsigned int signs = 0;

	if (is_part(b, level, free)) {
		return 0;
	}
	if (higher < XMEM_WORD_SHIFT) {
		sets = lower_nodes(b, level, free);
	}
	for (unsigned int i = 0; i < XMEM_WORD_SHIFT && order <= b->max_order;
	     i++, order++) {
		if (i == higher) {
			sets = xmem_buddy_sets(free, i);
		}
		signs |= sets != 0 ? XMEM_BUDDY_SIGN(order) : 0;
		sets = xmem_buddy_pairs(sets, i);
	}
	return signs;
}

/* Number of signs that a group of @level has words for. */
static inline unsigned int nr_signs(const struct xmem_buddy *b,
				    unsigned int level)
{
	return b->words[level] - XMEM_BUDDY_SIGNS;
}

/* All signs of group @w of @level, which has the states @g. */
static unsigned int signs_of(const struct xmem_buddy *b, unsigned int level,
			     unsigned long w, struct xmem_buddy_group g)
{
	unsigned int signs = block_signs(b, level, g.free);

	if (level == 0) {
		return signs | ((g.free & g.note) != 0 ? XMEM_BUDDY_DIRT : 0);
	}
	for (unsigned int s = 0; s < nr_signs(b, level); s++) {
		bool is_set = xmem_buddy_signs(b, level, w)[s] != 0;

		signs |= (unsigned int)is_set << s;
	}
	return signs;
}

/* -- Signs that go up ------------------------------------------------------ */

/* The groups below the nodes @bit of group @w of @level have other @signs than
 * before. Return: those that the group itself has got or lost thereby. */
static unsigned int flip_signs(struct xmem_buddy *b, unsigned int level,
			       unsigned long w, uint64_t bit,
			       unsigned int signs)
{
	uint64_t *words = xmem_buddy_signs(b, level, w);
	unsigned int flipped = 0;

	for (; signs != 0; signs &= signs - 1) {
		unsigned int s = xmem_ffs32(signs);
		uint64_t old = words[s];

		words[s] = old ^ bit;
		if (old == 0 || old == bit) {
			flipped |= 1U << s;
		}
	}
	return flipped;
}

/*
 * The nodes @changed of group @w of @level have got new states, and so have
 * some of @old become the blocks of @new. @below: the signs of the groups below
 * those nodes, if they are mixtures; @dirt: those of them that have dirt below.
 * Return: the signs that the group itself has got or lost.
 */
static XMEM_NOINLINE unsigned int rewrite_signs(
	struct xmem_buddy *b, unsigned int level, unsigned long w,
	uint64_t changed, unsigned int below, uint64_t dirt, uint64_t old,
	uint64_t new)
{
	uint64_t *words = xmem_buddy_signs(b, level, w);
	unsigned int first = level * XMEM_WORD_SHIFT;
	unsigned int tier = xmem_buddy_next_tier(first - 1) - XMEM_BUDDY_SUPER;
	uint64_t gone = lower_nodes(b, level, old) | changed;
	uint64_t here = lower_nodes(b, level, new);
	unsigned int flipped =
		block_signs(b, level, old) ^ block_signs(b, level, new);

	for (unsigned int s = 0; s < nr_signs(b, level); s++) {
		uint64_t was = words[s];
		uint64_t now = was & ~changed;

		if (s == 0) {
			now |= dirt;
		} else {
			now |= (below >> s & 1) != 0 ? changed : 0;
			if (s - 1 >= tier) {
				now = (now & ~(gone & ~changed)) | here;
			}
		}
		words[s] = now;
		if ((was == 0) != (now == 0)) {
			flipped |= 1U << s;
		}
	}
	return flipped;
}

/* Group @w of @level has got other states, and has got or lost the signs
 * @flipped: say so above it. */
static XMEM_NOINLINE void climb(struct xmem_buddy *b, unsigned int level,
				unsigned long w, unsigned int flipped)
{
	bool same = false; /* are the states above as they were? */

	while (level < b->top && (flipped != 0 || !same)) {
		uint64_t bit = xmem_bit(xmem_bit_of(w));
		struct xmem_buddy_group below = xmem_buddy_load(b, level, w);
		unsigned long up = w >> XMEM_WORD_SHIFT;
		struct xmem_buddy_group old, new;

		new = old = xmem_buddy_load(b, level + 1, up);
		if (!same) {
			unsigned int state = xmem_buddy_node_state(
				b, level + 1,
				xmem_buddy_state(below, XMEM_WORD_FULL));

			same = state == xmem_buddy_state(old, bit);
			new = xmem_buddy_set_nodes(old, bit, state);
			xmem_buddy_store(b, level + 1, up, new);
		}
		if (new.free == old.free) {
			flipped = flip_signs(b, level + 1, up, bit, flipped);
		} else {
			unsigned int signs = signs_of(b, level, w, below);

			flipped = rewrite_signs(
				b, level + 1, up, bit, signs,
				(signs & XMEM_BUDDY_DIRT) != 0 ? bit : 0,
				old.free, new.free);
		}
		level++;
		w = up;
	}
	b->orders ^= flipped >> 1;
}

void xmem_buddy_write(struct xmem_buddy *b, unsigned int level, unsigned long w,
		      struct xmem_buddy_group new)
{
	struct xmem_buddy_group old = xmem_buddy_load(b, level, w);
	unsigned int flipped;

	if (level == 0) {
		flipped = signs_of(b, 0, w, old) ^ signs_of(b, 0, w, new);
	} else {
		uint64_t changed = (old.free ^ new.free) |
				   (old.note ^ new.note) |
				   (old.mixed ^ new.mixed);

		flipped = rewrite_signs(b, level, w, changed, 0,
					new.free &(new.note | new.mixed) &
						changed,
					old.free, new.free);
	}
	xmem_buddy_store(b, level, w, new);
	climb(b, level, w, flipped);
}

/* -- Places ---------------------------------------------------------------- */

/* One block, or several neighbours of the largest order in one group: those
 * have no buddies, so one mask may hold many. */
struct xmem_buddy_place xmem_buddy_place_at(const struct xmem_buddy *b,
					    unsigned long idx,
					    unsigned long *nr)
{
	unsigned int most = xmem_block_order(idx, *nr);
	unsigned int order = most < b->max_order ? most : b->max_order;
	struct xmem_buddy_place s = xmem_buddy_place_of(idx, order);
	unsigned long nodes = 1UL << s.i;

	if (order == b->max_order) {
		unsigned long room = XMEM_WORD_BITS - s.bit;

		nodes = *nr >> order << s.i;
		nodes = nodes < room ? nodes : room;
		s.mask = xmem_bits_run(s.bit, (unsigned int)nodes);
	}
	*nr = nodes << (order - s.i);
	return s;
}

/* The signs of such groups are those of one that is part of a larger block, or
 * used. */
XMEM_NOINLINE void xmem_buddy_fill_down(struct xmem_buddy *b,
					const struct xmem_buddy_place *s,
					unsigned int state)
{
	uint64_t free = (state & XMEM_BUDDY_FREE) != 0 ? XMEM_WORD_FULL : 0;
	uint64_t note = (state & XMEM_BUDDY_NOTE) != 0 ? XMEM_WORD_FULL : 0;
	unsigned int level = s->valid_level;

	while (level-- > s->level) {
		unsigned int shift = (level - s->level) * XMEM_WORD_SHIFT;
		uint64_t *at = xmem_buddy_words(b, level, s->word >> shift);

		at[0] = free;
		at[1] = note;
		for (unsigned int i = 2; i < b->words[level]; i++) {
			at[i] = i == XMEM_BUDDY_SIGNS ? free & note : 0;
		}
	}
}

void xmem_buddy_set_state(struct xmem_buddy *b,
			  const struct xmem_buddy_place *s, unsigned int from,
			  unsigned int to)
{
	struct xmem_buddy_group g;

	if (s->valid_level > s->level) {
		xmem_buddy_fill_down(b, s, from);
	}
	g = xmem_buddy_load(b, s->level, s->word);
	xmem_buddy_write(b, s->level, s->word,
			 xmem_buddy_set_nodes(g, s->mask, to));
}

/* -- Runs ------------------------------------------------------------------ */

int xmem_buddy_check_range(const struct xmem_buddy *b, unsigned long mfn,
			   unsigned long nr, bool free)
{
	unsigned long idx = mfn - b->base;
	int rc = 0;

	if (!xmem_buddy_in_span(b, mfn, nr)) {
		return -XMEM_EINVAL;
	}
	while (nr > 0 && rc != -XMEM_EBUSY) {
		unsigned long len = nr;
		struct xmem_buddy_place s = xmem_buddy_place_at(b, idx, &len);
		unsigned int state = xmem_buddy_probe(b, &s);

		if (free) {
			rc = (state & XMEM_BUDDY_FREE) != 0 ? 0 : -XMEM_EBUSY;
		} else if (state != XMEM_BUDDY_PLAIN) {
			rc = xmem_buddy_verdict(state, XMEM_BUDDY_PLAIN);
		}
		idx += len;
		nr -= len;
	}
	return rc;
}

bool xmem_buddy_set_run(struct xmem_buddy *b, unsigned long idx,
			unsigned long nr, unsigned int to)
{
	bool dirty = false;

	while (nr > 0) {
		unsigned long len = nr;
		struct xmem_buddy_place s = xmem_buddy_place_at(b, idx, &len);
		unsigned int from = xmem_buddy_probe(b, &s);

		xmem_buddy_set_state(b, &s, from, to);
		dirty |= from == XMEM_BUDDY_DIRTY || from == XMEM_BUDDY_VARIED;
		idx += len;
		nr -= len;
	}
	return dirty;
}
