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

/* If one of @old and @new, free words of a group of @level, is part of a larger
 * block and the other one is so but for one node: the bit of that node. Then
 * the other one has one block of each order. Else 0. */
static inline uint64_t only_hole(const struct xmem_buddy *b, unsigned int level,
				 uint64_t old, uint64_t new)
{
	uint64_t holes = XMEM_WORD_FULL & ~(old & new);

	return (is_part(b, level, old) || is_part(b, level, new)) &&
			       (holes & (holes - 1)) == 0
		       ? holes
		       : 0;
}

/* struct blocks - the free blocks of a group of level 1 or more, by tier */
struct blocks {
	uint64_t lower;	  /* nodes in blocks of the tier of the level below */
	uint64_t higher;  /* first nodes of aligned free sets of 2^i nodes */
	unsigned int i;	  /* of those, which are of the next tier */
	unsigned int end; /* 2^end nodes is too many for a block */
};

static struct blocks blocks_of(const struct xmem_buddy *b, unsigned int level,
			       uint64_t free)
{
	unsigned int first = level * XMEM_WORD_SHIFT;
	unsigned int orders = b->max_order + 1 - first;
	struct blocks s = {.i = xmem_buddy_next_tier(first - 1) - first};

	s.end = orders < XMEM_WORD_SHIFT ? orders : XMEM_WORD_SHIFT;
	if (is_part(b, level, free)) {
		return s;
	}
	if (s.i >= s.end) {
		s.i = s.end;
		s.lower = free;
		return s;
	}
	s.higher = xmem_buddy_sets(free, s.i);
	/* The runs of 2^i bits that begin there are not of the lower tier. */
	s.lower = free & ~((s.higher << (1U << s.i)) - s.higher);
	return s;
}

/* The aligned set of 2^@i nodes that has the node @bit in it; a word at most.
 */
static inline uint64_t set_around(uint64_t bit, unsigned int i)
{
	unsigned int size = 1U << (i < XMEM_WORD_SHIFT ? i : XMEM_WORD_SHIFT);

	return xmem_bits_run(xmem_ffs64(bit) & ~(size - 1), size);
}

/*
 * @old, the first nodes of all aligned free sets of 2^@i nodes in a word,
 * becomes
 * @new. Return: which sizes of sets, below 2^@end nodes, the word gets or loses
 * thereby: @sign, shifted by each i.
 */
static inline unsigned int flipped_sets(uint64_t old, uint64_t new,
					unsigned int sign, unsigned int i,
					unsigned int end)
{
	unsigned int flipped = 0;

	for (; old != new &&i < end; i++) {
		if (old == 0 || new == 0) {
			flipped |= sign << i;
		}
		old = xmem_buddy_pairs(old, i);
		new = xmem_buddy_pairs(new, i);
	}
	return flipped;
}

/* The signs of blocks that a group of level 0 gets or loses, whose free word
 * @old becomes @new. All are of one tier. */
static inline unsigned int flipped_frames(const struct xmem_buddy *b,
					  uint64_t old, uint64_t new)
{
	unsigned int end = b->max_order < XMEM_WORD_SHIFT ? b->max_order + 1
							  : XMEM_WORD_SHIFT;

	return flipped_sets(old, new, XMEM_BUDDY_SIGN(0), 0, end);
}

/* -- Signs that go up ------------------------------------------------------ */

/* The @signs of the nodes @nodes of group @at change. Return: those that the
 * group itself gets or loses thereby. */
static inline unsigned int flip_signs(uint64_t *at, uint64_t nodes,
				      unsigned int signs)
{
	unsigned int flipped = 0;

	while (signs != 0) {
		unsigned int lowest = signs & -signs;
		uint64_t *word = at + XMEM_BUDDY_SIGNS + xmem_ffs32(signs);

		/* Most often they are neighbours. */
		do {
			uint64_t old = *word;

			*word++ = old ^ nodes;
			if (old == 0 || old == nodes) {
				flipped |= lowest;
			}
			signs ^= lowest;
			lowest <<= 1;
		} while ((signs & lowest) != 0);
	}
	return flipped;
}

/* The same, where many signs may change. */
static XMEM_NOINLINE unsigned int flip_many(uint64_t *at, uint64_t nodes,
					    unsigned int signs)
{
	return flip_signs(at, nodes, signs);
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
		flipped =
			flip_many(xmem_buddy_words(b, level, w), bit, flipped);
	}
	b->orders ^= flipped >> 1;
}

/* The free word of group @w of @level becomes @new, from @old. Return: the
 * signs that the group gets or loses thereby. */
static XMEM_NOINLINE unsigned int change_blocks(struct xmem_buddy *b,
						unsigned int level,
						unsigned long w, uint64_t old,
						uint64_t new)
{
	unsigned int first = level * XMEM_WORD_SHIFT;
	unsigned int end = xmem_buddy_next_tier(first - 1);
	uint64_t hole = only_hole(b, level, old, new);
	unsigned int flipped;
	uint64_t lower;

	if (hole != 0) {
		flipped = XMEM_BUDDY_SIGN(first + XMEM_WORD_SHIFT) -
			  XMEM_BUDDY_SIGN(first);
		lower = set_around(hole, end - first) ^ hole;
	} else {
		struct blocks was = blocks_of(b, level, old);
		struct blocks now = blocks_of(b, level, new);

		flipped = flipped_sets(was.lower, now.lower,
				       XMEM_BUDDY_SIGN(first), 0, was.i);
		flipped |= flipped_sets(was.higher, now.higher,
					XMEM_BUDDY_SIGN(first), was.i, was.end);
		lower = was.lower ^ now.lower;
	}
	if (lower != 0) {
		unsigned int signs = XMEM_BUDDY_SIGN(first) -
				     XMEM_BUDDY_SIGN(end - XMEM_BUDDY_SUPER);

		flipped ^=
			flip_many(xmem_buddy_words(b, level, w), lower, signs);
	}
	return flipped;
}

/*
 * A node of group @w of @level, which is not free, gets the @state, no free
 * one, and the signs below it @flipped; another node is partly free or free, so
 * nothing else changes but signs. Return: false, with nothing changed, if that
 * is not so.
 */
static inline bool change_one(struct xmem_buddy *b, unsigned int level,
			      unsigned long w, uint64_t bit, unsigned int state,
			      unsigned int flipped)
{
	uint64_t *at = xmem_buddy_words(b, level, w);

	if ((at[0] & bit) != 0 || (state & XMEM_BUDDY_FREE) != 0 ||
	    ((at[0] | (at[XMEM_BUDDY_MIXTURES] & ~at[1])) & ~bit) == 0) {
		return false;
	}
	at[1] = xmem_buddy_put_bits(at[1], bit, state >> 1 & 1);
	at[XMEM_BUDDY_MIXTURES] =
		xmem_buddy_put_bits(at[XMEM_BUDDY_MIXTURES], bit, state >> 2);
	flipped = flip_signs(at, bit, flipped);
	if (flipped != 0) {
		raise_signs(b, level, w, flipped);
	}
	return true;
}

/* Node @bit of group @w of @level gets the @state; the group below it has got
 * or lost the signs *@flipped. These become those of the group itself. Return:
 * its common state. */
static unsigned int change_node(struct xmem_buddy *b, unsigned int level,
				unsigned long w, uint64_t bit,
				unsigned int state, unsigned int *flipped)
{
	struct xmem_buddy_group old = xmem_buddy_load(b, level, w);
	struct xmem_buddy_group g = xmem_buddy_set_nodes(old, bit, state);

	xmem_buddy_store(b, level, w, g);
	*flipped = flip_many(xmem_buddy_words(b, level, w), bit, *flipped);
	if (g.free != old.free) {
		*flipped ^= change_blocks(b, level, w, old.free, g.free);
	}
	return xmem_buddy_state(g, XMEM_WORD_FULL);
}

/* The common state of group @w of @level has become @state, and the group has
 * got or lost the signs @flipped: say so above it. */
static XMEM_NOINLINE void climb(struct xmem_buddy *b, unsigned int level,
				unsigned long w, unsigned int state,
				unsigned int flipped)
{
	while (level < b->top) {
		uint64_t bit = xmem_bit(xmem_bit_of(w));

		level++;
		w >>= XMEM_WORD_SHIFT;
		state = xmem_buddy_node_state(b, level, state);
		if (change_one(b, level, w, bit, state, flipped)) {
			return;
		}
		state = change_node(b, level, w, bit, state, &flipped);
	}
	b->orders ^= flipped >> 1;
}

/* The common state of the frames @f. */
static inline unsigned int state_of_frames(struct xmem_buddy_frames f)
{
	return xmem_buddy_state(
		(struct xmem_buddy_group){.free = f.free, .note = f.note},
		XMEM_WORD_FULL);
}

/* The frames of group @w of level 0 become @new; all of them are free, or were:
 * @old. */
static XMEM_NOINLINE void write_whole(struct xmem_buddy *b, unsigned long w,
				      struct xmem_buddy_frames old,
				      struct xmem_buddy_frames new)
{
	bool was_dirty = (old.free & old.note) != 0;
	bool is_dirty = (new.free &new.note) != 0;
	unsigned int flipped;

	if (only_hole(b, 0, old.free, new.free) != 0) {
		flipped = XMEM_BUDDY_SIGN(XMEM_WORD_SHIFT) - XMEM_BUDDY_SIGN(0);
	} else {
		old.free = is_part(b, 0, old.free) ? 0 : old.free;
		flipped = flipped_frames(
			b, old.free, is_part(b, 0, new.free) ? 0 : new.free);
	}
	flipped |= was_dirty ^ is_dirty ? XMEM_BUDDY_DIRT : 0;
	climb(b, 0, w, state_of_frames(new), flipped);
}

void xmem_buddy_write_frames(struct xmem_buddy *b, unsigned long w,
			     struct xmem_buddy_frames old,
			     struct xmem_buddy_frames new)
{
	uint64_t *at = b->map[0] + 2 * w;
	bool was_dirty = (old.free & old.note) != 0;
	bool is_dirty = (new.free &new.note) != 0;
	unsigned int flipped;

	at[0] = new.free;
	at[1] = new.note;
	if (old.free == XMEM_WORD_FULL || new.free == XMEM_WORD_FULL) {
		write_whole(b, w, old, new);
		return;
	}
	flipped = flipped_frames(b, old.free, new.free);
	flipped |= was_dirty ^ is_dirty ? XMEM_BUDDY_DIRT : 0;
	if (old.free != 0 && new.free != 0) {
		if (flipped != 0) {
			raise_signs(b, 0, w, flipped);
		}
		return;
	}
	if (b->top == 0 ||
	    !change_one(b, 1, w >> XMEM_WORD_SHIFT, xmem_bit(xmem_bit_of(w)),
			state_of_frames(new), flipped)) {
		climb(b, 0, w, state_of_frames(new), flipped);
	}
}

void xmem_buddy_write(struct xmem_buddy *b, unsigned int level, unsigned long w,
		      struct xmem_buddy_group g)
{
	struct xmem_buddy_group old = xmem_buddy_load(b, level, w);
	uint64_t was_dirty = old.free & (old.note | old.mixed);
	uint64_t is_dirty = g.free & (g.note | g.mixed);
	unsigned int flipped = 0;

	xmem_buddy_store(b, level, w, g);
	if (was_dirty != is_dirty) {
		flipped = flip_many(xmem_buddy_words(b, level, w),
				    was_dirty ^ is_dirty, XMEM_BUDDY_DIRT);
	}
	if (old.free != g.free) {
		flipped ^= change_blocks(b, level, w, old.free, g.free);
	}
	climb(b, level, w, xmem_buddy_state(g, XMEM_WORD_FULL), flipped);
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

	while (level-- > s->level && level > 0) {
		unsigned int shift = (level - s->level) * XMEM_WORD_SHIFT;
		uint64_t *at = xmem_buddy_words(b, level, s->word >> shift);

		at[0] = free;
		at[1] = note;
		at[XMEM_BUDDY_MIXTURES] = 0;
		at[XMEM_BUDDY_SIGNS] = free & note;
		for (unsigned int i = XMEM_BUDDY_FINDERS; i < b->words[level];
		     i++) {
			at[i] = 0;
		}
	}
}

void xmem_buddy_set_state(struct xmem_buddy *b,
			  const struct xmem_buddy_place *s, unsigned int from,
			  unsigned int to)
{
	if (s->level == 0) {
		struct xmem_buddy_frames f = xmem_buddy_enter(b, s, from);

		xmem_buddy_write_frames(b, s->word, f,
					xmem_buddy_set_frames(f, s->mask, to));
	} else {
		struct xmem_buddy_group g;

		if (s->valid_level > s->level) {
			xmem_buddy_fill_down(b, s, from);
		}
		g = xmem_buddy_load(b, s->level, s->word);
		xmem_buddy_write(b, s->level, s->word,
				 xmem_buddy_set_nodes(g, s->mask, to));
	}
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
