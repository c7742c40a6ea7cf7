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

/* The signs of blocks that a group of @level gets or loses, whose free word
 * @old becomes @new. Folds both words side by side. */
static unsigned int flipped_blocks(const struct xmem_buddy *b,
				   unsigned int level, uint64_t old,
				   uint64_t new)
{
	unsigned int higher = higher_tier_from(b, level);
	unsigned int order = level * XMEM_WORD_SHIFT;
	unsigned int flipped = 0;
	uint64_t old_sets = lower_nodes(b, level, old);
	uint64_t new_sets = lower_nodes(b, level, new);

	old = is_part(b, level, old) ? 0 : old;
	new = is_part(b, level, new) ? 0 : new;
	for (unsigned int i = 0; i < XMEM_WORD_SHIFT && order <= b->max_order;
	     i++, order++) {
		if (i == higher) {
			old_sets = old;
			new_sets = new;
		}
		if ((old_sets == 0) != (new_sets == 0)) {
			flipped |= XMEM_BUDDY_SIGN(order);
		}
		old_sets = xmem_buddy_pairs(old_sets, i);
		new_sets = xmem_buddy_pairs(new_sets, i);
		old = xmem_buddy_pairs(old, i);
		new = xmem_buddy_pairs(new, i);
	}
	return flipped;
}

/* The same of level 0, which has one tier only. */
static inline unsigned int flipped_frames(const struct xmem_buddy *b,
					  uint64_t old, uint64_t new)
{
	unsigned int flipped = 0;

	old = is_part(b, 0, old) ? 0 : old;
	new = is_part(b, 0, new) ? 0 : new;
	for (unsigned int i = 0; (old | new) != 0 && i <= b->max_order; i++) {
		if (old == 0 || new == 0) {
			flipped |= XMEM_BUDDY_SIGN(i);
		}
		if (i == XMEM_WORD_SHIFT - 1) {
			break;
		}
		old = xmem_buddy_pairs(old, i);
		new = xmem_buddy_pairs(new, i);
	}
	return flipped;
}

/* -- Signs that go up ------------------------------------------------------ */

/* The groups below the nodes @bit of group @w of @level have got or lost the
 * @signs. Return: those that the group itself has got or lost thereby. */
static inline unsigned int flip_signs(struct xmem_buddy *b, unsigned int level,
				      unsigned long w, uint64_t bit,
				      unsigned int signs)
{
	uint64_t *words = xmem_buddy_signs(b, level, w);
	unsigned int flipped = 0;

	for (; signs != 0; signs &= signs - 1) {
		uint64_t *word = &words[xmem_ffs32(signs)];
		uint64_t old = *word;

		*word = old ^ bit;
		if (old == 0 || old == bit) {
			flipped |= signs & -signs;
		}
	}
	return flipped;
}

/* Group @w of @level has got or lost the signs @flipped, but the node above it
 * stays in the state it is in: say so above. */
static XMEM_NOINLINE void raise_signs(struct xmem_buddy *b, unsigned int level,
				      unsigned long w, unsigned int flipped)
{
	while (level < b->top && flipped != 0) {
		uint64_t bit = xmem_bit(xmem_bit_of(w));

		level++;
		w >>= XMEM_WORD_SHIFT;
		flipped = flip_signs(b, level, w, bit, flipped);
	}
	b->orders ^= flipped >> 1;
}

/* struct change - nodes of a group that have got other states */
struct change {
	uint64_t nodes;
	uint64_t dirt;	    /* those of them with dirty frames below */
	unsigned int below; /* signs of the group below the only one of them */
	unsigned int had;   /* the same before */
};

/* The free word of group @w of @level, @old, becomes @new by @c. Return: the
 * signs that the group itself has got or lost. */
static XMEM_NOINLINE unsigned int rewrite_signs(struct xmem_buddy *b,
						unsigned int level,
						unsigned long w,
						const struct change *c,
						uint64_t old, uint64_t new)
{
	uint64_t *words = xmem_buddy_signs(b, level, w);
	unsigned int first = level * XMEM_WORD_SHIFT;
	unsigned int tier = xmem_buddy_next_tier(first - 1) - XMEM_BUDDY_SUPER;
	unsigned int own = XMEM_BUDDY_SIGN(first) - XMEM_BUDDY_SIGN(tier);
	uint64_t gone = c->nodes;
	uint64_t here = 0;
	unsigned int flipped = 0;
	unsigned int signs;

	if (old != new) {
		flipped = flipped_blocks(b, level, old, new);
		gone |= lower_nodes(b, level, old);
		here = lower_nodes(b, level, new);
	} else {
		own = 0;
	}
	own &= XMEM_BUDDY_SIGN(b->max_order + 1) - 1;
	signs = own | c->below | c->had | XMEM_BUDDY_DIRT;
	for (; signs != 0; signs &= signs - 1) {
		unsigned int sign = signs & -signs;
		uint64_t *word = &words[xmem_ffs32(signs)];
		uint64_t was = *word;
		uint64_t now = was & ~((own & sign) != 0 ? gone : c->nodes);

		if (sign == XMEM_BUDDY_DIRT) {
			now |= c->dirt;
		} else {
			now |= (c->below & sign) != 0 ? c->nodes : 0;
			now |= (own & sign) != 0 ? here : 0;
		}
		*word = now;
		if ((was == 0) != (now == 0)) {
			flipped |= sign;
		}
	}
	return flipped;
}

/* The signs of a group whose nodes are all free or all used, by the @state of
 * the node above. */
static inline unsigned int signs_of_whole(unsigned int state)
{
	return state == XMEM_BUDDY_DIRTY || state == XMEM_BUDDY_VARIED
		       ? XMEM_BUDDY_DIRT
		       : 0;
}

/* Group @w of @level has got the states @g, and has got or lost the signs
 * @flipped: say so above it. */
static XMEM_NOINLINE void climb(struct xmem_buddy *b, unsigned int level,
				unsigned long w, struct xmem_buddy_group g,
				unsigned int flipped)
{
	while (level < b->top) {
		unsigned long up = w >> XMEM_WORD_SHIFT;
		uint64_t bit = xmem_bit(xmem_bit_of(w));
		struct xmem_buddy_group old = xmem_buddy_load(b, level + 1, up);
		unsigned int state = xmem_buddy_node_state(
			b, level + 1, xmem_buddy_state(g, XMEM_WORD_FULL));

		g = xmem_buddy_set_nodes(old, bit, state);
		if (((g.free ^ old.free) | (g.note ^ old.note) |
		     (g.mixed ^ old.mixed)) == 0) {
			raise_signs(b, level, w, flipped);
			return;
		}
		level++;
		w = up;
		xmem_buddy_store(b, level, w, g);
		if (g.free == old.free) {
			flipped = flip_signs(b, level, w, bit, flipped);
		} else {
			struct change c = {.nodes = bit};

			if (state == XMEM_BUDDY_PARTLY) {
				c.had = signs_of_whole(
					xmem_buddy_state(old, bit));
				c.below = c.had ^ flipped;
			} else {
				c.below = signs_of_whole(state);
				c.had = c.below ^ flipped;
			}
			c.dirt = (c.below & XMEM_BUDDY_DIRT) != 0 ? bit : 0;
			flipped = rewrite_signs(b, level, w, &c, old.free,
						g.free);
		}
	}
	b->orders ^= flipped >> 1;
}

void xmem_buddy_write_frames(struct xmem_buddy *b, unsigned long w,
			     uint64_t free, uint64_t note)
{
	uint64_t *at = xmem_buddy_words(b, 0, w);
	uint64_t old = at[0];
	bool was_dirty = (old & at[1]) != 0;
	unsigned int flipped = flipped_frames(b, old, free);

	if (was_dirty != ((free & note) != 0)) {
		flipped |= XMEM_BUDDY_DIRT;
	}
	at[0] = free;
	at[1] = note;
	/* Partly free before and after? */
	if (old != 0 && free != 0 && old != XMEM_WORD_FULL &&
	    free != XMEM_WORD_FULL) {
		if (flipped != 0) {
			raise_signs(b, 0, w, flipped);
		}
		return;
	}
	climb(b, 0, w, (struct xmem_buddy_group){.free = free, .note = note},
	      flipped);
}

void xmem_buddy_write(struct xmem_buddy *b, unsigned int level, unsigned long w,
		      struct xmem_buddy_group g)
{
	struct xmem_buddy_group old = xmem_buddy_load(b, level, w);
	struct change c;

	if (level == 0) {
		xmem_buddy_write_frames(b, w, g.free, g.note);
		return;
	}
	c = (struct change){
		.nodes = (old.free ^ g.free) | (old.note ^ g.note) |
			 (old.mixed ^ g.mixed),
	};
	c.dirt = g.free & (g.note | g.mixed) & c.nodes;
	xmem_buddy_store(b, level, w, g);
	climb(b, level, w, g, rewrite_signs(b, level, w, &c, old.free, g.free));
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
