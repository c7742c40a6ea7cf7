/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_tree.c - write states into the tree, and keep what is above them true
 *
 * Model       buddy.h describes the tree of states and the signs that lead to
 *             blocks and dirt. By I2 the free frames determine the blocks. So
 *             nothing here splits or merges blocks one by one: an operation
 *             writes new states into one group, and comparing the signs of the
 *             group before and after says what changes above.
 * Operations  xmem_buddy_write_frames() writes a word of frames. If the group
 *             above it shows the signs of the new word, nothing else is to be
 *             done: most often it does. xmem_buddy_write() writes a group of
 *             level 1 or more, and compares its free words for the signs that
 *             its own blocks are. A sign goes up until a word that was not 0
 *             stays so, the common state of a group until it meets one that is
 *             partly free by another node (climb()). Where many levels change,
 *             each is written once: a group that becomes uniform not at all,
 *             since nobody reads it any more (close_groups()), and one below a
 *             node that ceases to be uniform as it will be (open_groups()).
 *             What a take has used up waits, untold (buddy.h). So all costs are
 *             bounded by levels and orders.
 * Invariants  I1 to I5 of buddy.h; buddy_check.c tests them.
 * Locking     None here: the caller owns the span.
 * Trade-offs  Dirty frames are not counted: an exact count at bounded cost
 *             would need a counter for each node of the tree. The words for
 *             [base, start) are allocated and never used.
 */
#include "buddy/buddy.h"

#include "buddy/buddy_priv.h"
#include "lib/attr.h"

/* The common state of all nodes of @g. */
static inline unsigned int state_of(struct xmem_buddy_group g)
{
	return xmem_buddy_state(g, XMEM_WORD_FULL);
}

/* -- The blocks of one group ----------------------------------------------- */

/* Are the nodes of a group of @level with the free word @free part of a block
 * of a higher level? */
static inline bool is_part(const struct xmem_buddy *b, unsigned int level,
			   uint64_t free)
{
	return free == XMEM_WORD_FULL &&
	       (level + 1) * XMEM_WORD_SHIFT <= b->max_order;
}

/* Is a group with the free word @free all free, or all used? */
static inline bool is_whole(uint64_t free)
{
	return free == 0 || free == XMEM_WORD_FULL;
}

/* The signs of orders @from to @to. */
static inline unsigned int signs_of_orders(unsigned int from, unsigned int to)
{
	return XMEM_BUDDY_SIGN(to + 1) - XMEM_BUDDY_SIGN(from);
}

/* The first nodes of all aligned free sets of 2^@i nodes in a word were @old
 * and are @new. Return: which sizes of sets, up to 2^@last nodes, the word has
 * got or lost thereby: @sign, shifted by each exponent. */
static inline unsigned int flipped_sets(uint64_t old, uint64_t new,
					unsigned int sign, unsigned int i,
					unsigned int last)
{
	unsigned int half = 1U << i;
	unsigned int flipped = 0;

	for (; old != new &&i <= last; i++, half += half) {
		if (old == 0 || new == 0) {
			flipped |= sign << i;
		}
		old &= (old >> half) & xmem_buddy_lower[i];
		new &= (new >> half) & xmem_buddy_lower[i];
	}
	return flipped;
}

/* The nodes of the aligned sets of 2^@i that begin at @heads. */
static inline uint64_t nodes_of_sets(uint64_t heads, unsigned int i)
{
	return (heads << (1U << i)) - heads;
}

/* The aligned set of 2^@i nodes that has the node @bit in it; a word at most.
 */
static inline uint64_t set_around(uint64_t bit, unsigned int i)
{
	unsigned int size = 1U << (i < XMEM_WORD_SHIFT ? i : XMEM_WORD_SHIFT);

	return xmem_bits_run(xmem_ffs64(bit) & ~(size - 1), size);
}

/* The signs of a group of level 0 with the frames @f. */
static unsigned int signs_of_frames(const struct xmem_buddy *b,
				    struct xmem_buddy_frames f)
{
	unsigned int dirt = (f.free & f.note) != 0 ? XMEM_BUDDY_DIRT : 0;

	if (f.free == 0 || is_part(b, 0, f.free)) {
		return dirt;
	}
	return dirt |
	       signs_of_orders(0, f.free == XMEM_WORD_FULL
					  ? xmem_buddy_last_of_frames(b)
					  : xmem_buddy_largest_of(b, f.free));
}

/* -- Signs that go up ------------------------------------------------------ */

/* The @signs of the nodes @nodes of group @at change. Return: those that the
 * group itself gets or loses thereby. */
static inline unsigned int flip_now(uint64_t *at, uint64_t nodes,
				    unsigned int signs)
{
	unsigned int flipped = 0;

	while (signs != 0) {
		unsigned int sign = signs & -signs;
		uint64_t *word = at + XMEM_BUDDY_SIGNS + xmem_ffs32(signs);

		/* Most often they are neighbours. */
		do {
			uint64_t old = *word;

			*word++ = old ^ nodes;
			flipped |= old == 0 || old == nodes ? sign : 0;
			signs ^= sign;
			sign <<= 1;
		} while ((signs & sign) != 0);
	}
	return flipped;
}

static XMEM_NOINLINE unsigned int flip_signs(uint64_t *at, uint64_t nodes,
					     unsigned int signs)
{
	return flip_now(at, nodes, signs);
}

/* Group @w of @level has got or lost the signs @flipped, but the node above it
 * stays in the state it is in: say so above. */
static XMEM_NOINLINE void raise_signs(struct xmem_buddy *b, unsigned int level,
				      unsigned long w, unsigned int flipped)
{
	while (level < b->top) {
		uint64_t bit = xmem_bit(xmem_bit_of(w));

		level++;
		w >>= XMEM_WORD_SHIFT;
		flipped = flip_now(xmem_buddy_words(b, level, w), bit, flipped);
		if (flipped == 0) {
			return;
		}
	}
	b->orders ^= flipped >> 1;
}

/* The first order of the tier of the level below @level. */
static inline unsigned int lower_tier(const struct xmem_buddy *b,
				      unsigned int level)
{
	return level * XMEM_WORD_SHIFT + b->lower[level] - XMEM_BUDDY_SUPER;
}

/* The signs of that tier, as far as their orders are below those of @level. */
static inline unsigned int lower_signs(const struct xmem_buddy *b,
				       unsigned int level)
{
	return XMEM_BUDDY_SIGN(level * XMEM_WORD_SHIFT) -
	       XMEM_BUDDY_SIGN(lower_tier(b, level));
}

/*
 * The free word of group @w of @level >= 1 becomes @new, from @old. Return: the
 * signs that the group gets or loses thereby.
 *
 * Of 2^i nodes on, blocks are of the next tier. Smaller ones, of the tier of
 * the level below, are signs for its orders, too: those of their nodes.
 */
static XMEM_NOINLINE unsigned int change_blocks(struct xmem_buddy *b,
						unsigned int level,
						unsigned long w, uint64_t old,
						uint64_t new)
{
	unsigned int first = level * XMEM_WORD_SHIFT;
	unsigned int last = b->max_order - first;
	unsigned int i = b->lower[level];
	unsigned int flipped = 0;

	last = last < XMEM_WORD_SHIFT ? last : XMEM_WORD_SHIFT - 1;
	old = is_part(b, level, old) ? 0 : old;
	new = is_part(b, level, new) ? 0 : new;
	if (i <= last) {
		uint64_t was = old, now = new;
		unsigned int half = 1;

		for (unsigned int k = 0; k < i; k++, half += half) {
			was &= (was >> half) & xmem_buddy_lower[k];
			now &= (now >> half) & xmem_buddy_lower[k];
		}
		flipped =
			flipped_sets(was, now, XMEM_BUDDY_SIGN(first), i, last);
		old &= ~nodes_of_sets(was, i);
		new &= ~nodes_of_sets(now, i);
		last = i - 1;
	}
	if (old != new) {
		flipped ^=
			flipped_sets(old, new, XMEM_BUDDY_SIGN(first), 0, last);
		flipped ^= flip_signs(xmem_buddy_words(b, level, w), old ^ new,
				      lower_signs(b, level));
	}
	return flipped;
}

/* The signs that a group of @level has if all its nodes are free but one, and
 * that one is part of no block: these are of the orders of the group itself,
 * and of lower ones of the same tier. */
static inline unsigned int signs_of_rest(const struct xmem_buddy *b,
					 unsigned int level)
{
	return XMEM_BUDDY_SIGN((level + 1) * XMEM_WORD_SHIFT) -
	       XMEM_BUDDY_SIGN(lower_tier(b, level));
}

/* Write the finders of group @at of @level, where node @bit has the signs
 * @signs, and all others are alike: @are_free, and then blocks where @bit is
 * part of none, or with no block below them. */
static XMEM_NOINLINE void write_finders(const struct xmem_buddy *b,
					uint64_t *at, unsigned int level,
					uint64_t bit, unsigned int signs,
					bool are_free)
{
	uint64_t lower = are_free ? set_around(bit, b->lower[level]) : 0;
	unsigned int tier = lower_tier(b, level);
	unsigned int nr = b->words[level];

	at += XMEM_BUDDY_FINDERS;
	for (unsigned int k = 0; k + XMEM_BUDDY_FINDERS < nr; k++) {
		signs >>= 1;
		at[k] = xmem_buddy_put_bits(k < tier ? 0 : lower, bit,
					    signs & 1);
	}
}

/* Node @bit of group @w of @level changes, so that the states @old become @g;
 * the group below it has got or lost the signs @flipped. Return: those that the
 * group itself gets or loses. */
static unsigned int change_node(struct xmem_buddy *b, unsigned int level,
				unsigned long w, uint64_t bit,
				struct xmem_buddy_group old,
				struct xmem_buddy_group g, unsigned int flipped)
{
	uint64_t *at = xmem_buddy_words(b, level, w);

	xmem_buddy_store(b, level, w, g);
	if (g.free != old.free && is_part(b, level, g.free | old.free)) {
		unsigned int orders = flipped & ~XMEM_BUDDY_DIRT;
		bool is_open = (g.free & bit) == 0;

		write_finders(b, at, level, bit, is_open ? orders : 0, is_open);
		return flip_signs(at, bit, flipped & XMEM_BUDDY_DIRT) | orders |
		       signs_of_rest(b, level);
	}
	flipped = flip_signs(at, bit, flipped);
	if (g.free != old.free) {
		flipped ^= change_blocks(b, level, w, old.free, g.free);
	}
	return flipped;
}

/* struct news - what has become of a group, for the groups above it */
struct news {
	unsigned int level;   /* of the group */
	unsigned long w;      /* its number */
	unsigned int state;   /* common to its nodes */
	unsigned int flipped; /* signs that it has got or lost */
};

/*
 * The group of @n is uniform, and was a mixture. If all other nodes of the
 * group above are in that state already, that group is uniform, too, and nobody
 * reads it any more; and so on.
 */
static inline void close_groups(const struct xmem_buddy *b, struct news *n)
{
	bool is_free = (n->state & XMEM_BUDDY_FREE) != 0;
	/* Of the group above. */
	unsigned int last = b->top;

	if (is_free && b->max_order / XMEM_WORD_SHIFT < last) {
		last = b->max_order / XMEM_WORD_SHIFT;
	}
	while (n->level + 1 < last) {
		const uint64_t *at = xmem_buddy_words(b, n->level + 1,
						      n->w >> XMEM_WORD_SHIFT);
		uint64_t bit = xmem_bit(xmem_bit_of(n->w));
		uint64_t rest = XMEM_WORD_FULL ^ bit;
		uint64_t free = is_free ? rest : 0;
		uint64_t note = (n->state & XMEM_BUDDY_NOTE) != 0 ? rest : 0;

		if (((at[0] ^ free) | (at[1] ^ note) |
		     (at[XMEM_BUDDY_MIXTURES] ^ bit)) != 0) {
			break;
		}
		n->level++;
		n->w >>= XMEM_WORD_SHIFT;
		if (is_free) {
			n->flipped |= signs_of_rest(b, n->level);
			n->flipped &= note != 0 ? ~XMEM_BUDDY_DIRT : ~0U;
		}
	}
}

/* As climb(), in all cases. */
static XMEM_NOINLINE void climb_on(struct xmem_buddy *b, unsigned int level,
				   unsigned long w, unsigned int state,
				   unsigned int flipped)
{
	while (level < b->top) {
		uint64_t bit = xmem_bit(xmem_bit_of(w));
		struct xmem_buddy_group old, g;

		level++;
		w >>= XMEM_WORD_SHIFT;
		old = xmem_buddy_load(b, level, w);
		g = xmem_buddy_set_nodes(
			old, bit, xmem_buddy_node_state(b, level, state));
		flipped = change_node(b, level, w, bit, old, g, flipped);
		state = state_of(g);
	}
	b->orders ^= flipped >> 1;
}

/* The common state of group @w of @level has become @state, and the group has
 * got or lost the signs @flipped: say so above it. */
static XMEM_NOINLINE void climb(struct xmem_buddy *b, unsigned int level,
				unsigned long w, unsigned int state,
				unsigned int flipped)
{
	uint64_t bit = xmem_bit(xmem_bit_of(w));
	uint64_t *at;

	if (level >= b->top) {
		b->orders ^= flipped >> 1;
		return;
	}
	at = xmem_buddy_words(b, level + 1, w >> XMEM_WORD_SHIFT);
	if (((at[0] & bit) | (state & XMEM_BUDDY_FREE)) != 0 ||
	    ((at[0] | (at[XMEM_BUDDY_MIXTURES] & ~at[1])) & ~bit) == 0) {
		climb_on(b, level, w, state, flipped);
		return;
	}
	/* No block changes, and the group is partly free as it was. */
	at[1] = xmem_buddy_put_bits(at[1], bit, state >> 1 & 1);
	at[XMEM_BUDDY_MIXTURES] =
		xmem_buddy_put_bits(at[XMEM_BUDDY_MIXTURES], bit, state >> 2);
	raise_signs(b, level, w, flipped);
}

/*
 * The group of @n, which is not all free, is below a node of @level that was
 * all of state @all: make the groups between them valid. All their other nodes
 * are of that state.
 */
static inline void open_groups(struct xmem_buddy *b, struct news *n,
			       unsigned int level, unsigned int all)
{
	bool was_free = (all & XMEM_BUDDY_FREE) != 0;
	uint64_t free = was_free ? XMEM_WORD_FULL : 0;
	uint64_t note = (all & XMEM_BUDDY_NOTE) != 0 ? XMEM_WORD_FULL : 0;
	unsigned int dirt = (free & note) != 0 ? XMEM_BUDDY_DIRT : 0;

	while (n->level + 1 < level) {
		uint64_t *at = xmem_buddy_words(b, n->level + 1,
						n->w >> XMEM_WORD_SHIFT);
		uint64_t bit = xmem_bit(xmem_bit_of(n->w));
		unsigned int signs = n->flipped ^ dirt;

		n->level++;
		n->w >>= XMEM_WORD_SHIFT;
		at[0] = free & ~bit;
		at[1] = xmem_buddy_put_bits(note, bit, n->state >> 1 & 1);
		at[XMEM_BUDDY_MIXTURES] =
			(n->state & XMEM_BUDDY_MIXED) != 0 ? bit : 0;
		at[XMEM_BUDDY_SIGNS] =
			xmem_buddy_put_bits(free & note, bit, signs & 1);
		write_finders(b, at, n->level, bit, signs, was_free);
		if (was_free) {
			n->flipped |= signs_of_rest(b, n->level);
			n->flipped &= ~dirt;
			n->state = XMEM_BUDDY_PARTLY;
		} else if (n->state != XMEM_BUDDY_PARTLY) {
			n->state = XMEM_BUDDY_MINGLED;
		}
	}
}

/* The common state of the frames @f. */
static inline unsigned int state_of_frames(struct xmem_buddy_frames f)
{
	return state_of(
		(struct xmem_buddy_group){.free = f.free, .note = f.note});
}

/* Most frames that come or go change few signs. That of order 0 is shown: the
 * group was partly free. */
XMEM_NOINLINE void xmem_buddy_show_signs(struct xmem_buddy *b, unsigned long w,
					 unsigned int k, bool dirt)
{
	const uint64_t *shown = xmem_buddy_signs(b, 1, w >> XMEM_WORD_SHIFT);
	unsigned int last = xmem_buddy_last_of_frames(b);
	unsigned int bit = xmem_bit_of(w);
	unsigned int flip = (shown[0] >> bit & 1) ^ dirt;

	for (unsigned int i = k; (shown[i + 1] >> bit & 1) == 0; i--) {
		flip |= XMEM_BUDDY_SIGN(i);
	}
	while (k < last && (shown[k + 2] >> bit & 1) != 0) {
		k++;
		flip |= XMEM_BUDDY_SIGN(k);
	}
	raise_signs(b, 0, w, flip);
}

/* Say above group @w of level 0, which was valid and had the signs @signs, that
 * its frames are @f. */
static XMEM_NOINLINE void change_frames(struct xmem_buddy *b, unsigned long w,
					unsigned int signs,
					struct xmem_buddy_frames f)
{
	struct news n = {
		.w = w,
		.state = state_of_frames(f),
		.flipped = signs ^ signs_of_frames(b, f),
	};

	if ((n.state & XMEM_BUDDY_MIXED) == 0) {
		close_groups(b, &n);
	}
	climb(b, n.level, n.w, n.state, n.flipped);
}

XMEM_NOINLINE void xmem_buddy_tell(struct xmem_buddy *b)
{
	unsigned long w = b->untold;

	b->untold = XMEM_BUDDY_NONE;
	change_frames(b, w, b->untold_signs, xmem_buddy_frames_of(b, w));
}

/* Do the @signs of group @w of level 0 go no further up than to a group of
 * which another node has them, too? Then `orders` does not change with them. */
static inline bool others_have(const struct xmem_buddy *b, unsigned long w,
			       unsigned int signs)
{
	/* Who has a block of the largest order serves the others, too. */
	unsigned int s = xmem_log2(signs);

	for (unsigned int level = 1; level <= b->top; level++) {
		uint64_t bit = xmem_bit(xmem_bit_of(w));

		w >>= XMEM_WORD_SHIFT;
		if ((xmem_buddy_signs(b, level, w)[s] & ~bit) != 0) {
			return true;
		}
	}
	return false;
}

/* If a take has used the frames up, saying so may wait. Some of them that come
 * back make true again what is said above, but perhaps for their signs. */
XMEM_NOINLINE void xmem_buddy_change_whole(struct xmem_buddy *b,
					   unsigned long w,
					   struct xmem_buddy_frames old,
					   struct xmem_buddy_frames new)
{
	unsigned int signs;

	if (w == b->untold) {
		b->untold = XMEM_BUDDY_NONE;
		signs = b->untold_signs;
		if (!is_whole(new.free)) {
			signs ^= signs_of_frames(b, new);
			if (signs != 0) {
				raise_signs(b, 0, w, signs);
			}
			return;
		}
	} else {
		signs = signs_of_frames(b, old);
	}
	if (new.free == 0 && !is_whole(old.free) && others_have(b, w, signs)) {
		xmem_buddy_settle(b);
		b->untold = w;
		b->untold_signs = signs;
		return;
	}
	change_frames(b, w, signs, new);
}

void xmem_buddy_write_frames(struct xmem_buddy *b, unsigned long w,
			     struct xmem_buddy_frames old,
			     struct xmem_buddy_frames new)
{
	xmem_buddy_write_now(b, w, old, new, false);
}

XMEM_COLD void xmem_buddy_split_frames(struct xmem_buddy *b, unsigned long w,
				       unsigned int level, unsigned int all,
				       struct xmem_buddy_frames new)
{
	uint64_t *at = b->map[0] + 2 * w;
	struct news n = {
		.w = w,
		.state = state_of_frames(new),
		.flipped = signs_of_frames(b, new) ^
			   (all == XMEM_BUDDY_DIRTY ? XMEM_BUDDY_DIRT : 0),
	};

	at[0] = new.free;
	at[1] = new.note;
	if ((n.state & XMEM_BUDDY_FREE) != 0) {
		struct xmem_buddy_place s =
			xmem_buddy_place_of(w << XMEM_WORD_SHIFT, 0);

		s.valid_level = level;
		xmem_buddy_fill_down(b, &s, all);
	} else {
		open_groups(b, &n, level, all);
	}
	climb(b, n.level, n.w, n.state, n.flipped);
}

XMEM_NOINLINE void xmem_buddy_write(struct xmem_buddy *b, unsigned int level,
				    unsigned long w,
				    struct xmem_buddy_group old,
				    struct xmem_buddy_group new)
{
	uint64_t *at = xmem_buddy_words(b, level, w);
	uint64_t dirt = (old.free & (old.note | old.mixed)) ^
			(new.free &(new.note | new.mixed));
	unsigned int flipped = 0;

	at[0] = new.free;
	at[1] = new.note;
	at[XMEM_BUDDY_MIXTURES] = new.mixed;
	if (dirt != 0) {
		flipped = flip_signs(at, dirt, XMEM_BUDDY_DIRT);
	}
	if (old.free != new.free) {
		flipped ^= change_blocks(b, level, w, old.free, new.free);
	}
	if (is_whole(new.free)) {
		climb(b, level, w, state_of(new), flipped);
	} else if (is_whole(old.free)) {
		climb(b, level, w, XMEM_BUDDY_PARTLY, flipped);
	} else {
		raise_signs(b, level, w, flipped);
	}
}

void xmem_buddy_write_nodes(struct xmem_buddy *b, unsigned int level,
			    unsigned long w, uint64_t mask, unsigned int state)
{
	struct xmem_buddy_group old = xmem_buddy_load(b, level, w);

	xmem_buddy_write(b, level, w, old,
			 xmem_buddy_set_nodes(old, mask, state));
}
