/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_tree.c - write states into the tree, and keep what is above them true
 *
 * Model       buddy.h describes the tree of states and the signs that lead to
 *             blocks and dirt. By I2 the free frames determine the blocks. So
 *             nothing here splits or merges blocks one by one: an operation
 *             writes new states into one group, and comparing the signs of the
 *             group before and after says what changes above.
 * Operations  xmem_buddy_write_now() writes a word of frames. If the group
 *             above it shows the signs of the new word, nothing else is to be
 *             done: most often it does. change_nodes() writes nodes of a group
 *             of level 1 or more, compares its free words for the signs that
 *             its own blocks are, and goes up: a sign until a word that was not
 *             0 stays so, the common state of a group until it meets one that
 *             is partly free by another node. A group that becomes uniform is
 *             not written, since nobody reads it any more (closes()); one below
 *             a node that ceases to be uniform is filled first (buddy_fill.c).
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

/* The signs of a group of level 0 with the frames @f. */
static unsigned int signs_of_frames(const struct xmem_buddy *b,
				    struct xmem_buddy_frames f)
{
	unsigned int signs = (f.free & f.note) != 0 ? XMEM_BUDDY_DIRT : 0;

	if (f.free != 0 && !is_part(b, 0, f.free)) {
		unsigned int last = f.free == XMEM_WORD_FULL
					    ? xmem_buddy_last_of_frames(b)
					    : xmem_buddy_largest_of(b, f.free);

		signs |= XMEM_BUDDY_SIGN(last + 1) - XMEM_BUDDY_SIGN(0);
	}
	return signs;
}

/* -- Signs that go up ------------------------------------------------------ */

/* The @signs of the nodes @nodes of group @at change. Return: those that the
 * group itself gets or loses thereby. */
static XMEM_NOINLINE unsigned int flip_signs(uint64_t *at, uint64_t nodes,
					     unsigned int signs)
{
	unsigned int flipped = 0;

	while (signs != 0) {
		unsigned int sign = signs & -signs;
		uint64_t *word = at + XMEM_BUDDY_SIGNS + xmem_ffs32(signs);
		unsigned int end = signs + sign;

		/* Most often they are neighbours: up to the lowest bit here. */
		signs &= end;
		end &= -end;
		do {
			uint64_t old = *word;

			*word++ = old ^ nodes;
			if (old == 0 || old == nodes) {
				flipped |= sign;
			}
			sign += sign;
		} while (sign != end);
	}
	return flipped;
}

/* The same if the sign is that of dirt. */
static inline unsigned int flip_dirt(uint64_t *at, uint64_t nodes)
{
	uint64_t old = at[XMEM_BUDDY_SIGNS];

	at[XMEM_BUDDY_SIGNS] = old ^ nodes;
	return old == 0 || old == nodes ? XMEM_BUDDY_DIRT : 0;
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
		flipped =
			flip_signs(xmem_buddy_words(b, level, w), bit, flipped);
		if (flipped == 0) {
			return;
		}
	}
	b->orders ^= flipped >> 1;
}

/* Is there a level, of groups that may be part of a block, whose first order
 * begins a tier? Not with words of 64 bits and blocks of order 23 at most. */
#define LEVELS_BEGIN_TIERS                                          \
	(MAX_ORDER >=                                               \
	 XMEM_WORD_SHIFT + (XMEM_BUDDY_SUPER % XMEM_WORD_SHIFT == 0 \
				    ? XMEM_BUDDY_SUPER              \
				    : 2 * XMEM_BUDDY_SUPER))

/* The first order of the tier of the level below @level, if that has orders of
 * @level, too; else the first order of @level. */
static inline unsigned int lower_tier(const struct xmem_buddy *b,
				      unsigned int level)
{
	unsigned int first = level * XMEM_WORD_SHIFT;

	if (LEVELS_BEGIN_TIERS && b->lower[level] == 0) {
		return first;
	}
	return first + b->lower[level] - XMEM_BUDDY_SUPER;
}

/* The signs of that tier, as far as their orders are below those of @level. */
static inline unsigned int lower_signs(const struct xmem_buddy *b,
				       unsigned int level)
{
	return XMEM_BUDDY_SIGN(level * XMEM_WORD_SHIFT) -
	       XMEM_BUDDY_SIGN(lower_tier(b, level));
}

/*
 * The free word of group @at of @level >= 1 becomes @new, from @old. Return:
 * the signs that the group gets or loses thereby.
 *
 * Of 2^i nodes on, blocks are of the next tier. Smaller ones, of the tier of
 * the level below, are signs for its orders, too: those of their nodes.
 */
static XMEM_NOINLINE unsigned int change_blocks(const struct xmem_buddy *b,
						unsigned int level,
						uint64_t *at, uint64_t old,
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
		uint64_t was = xmem_buddy_sets(old, i);
		uint64_t now = xmem_buddy_sets(new, i);

		flipped =
			flipped_sets(was, now, XMEM_BUDDY_SIGN(first), i, last);
		old &= ~nodes_of_sets(was, i);
		new &= ~nodes_of_sets(now, i);
		last = i - 1;
	}
	if (old != new) {
		flipped ^=
			flipped_sets(old, new, XMEM_BUDDY_SIGN(first), 0, last);
		flipped ^= flip_signs(at, old ^ new, lower_signs(b, level));
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

/* The aligned set of 2^@i nodes that has the node @bit in it; a word at most.
 */
static inline uint64_t set_around(uint64_t bit, unsigned int i)
{
	unsigned int size = 1U << (i < XMEM_WORD_SHIFT ? i : XMEM_WORD_SHIFT);

	return xmem_bits_run(xmem_ffs64(bit) & ~(size - 1), size);
}

/* Write the finders of group @at of @level, where node @bit has the signs
 * @signs, and all others are alike: @are_free, and then blocks where @bit is
 * part of none, or with no block below them. */
static inline void write_finders(const struct xmem_buddy *b, uint64_t *at,
				 unsigned int level, uint64_t bit,
				 unsigned int signs, bool are_free)
{
	unsigned int tier = are_free ? lower_tier(b, level) : MAX_ORDER;
	unsigned int nr = b->words[level];
	uint64_t without = 0;

	at += XMEM_BUDDY_FINDERS;
	for (unsigned int k = 0; k + XMEM_BUDDY_FINDERS < nr; k++) {
		if (k == tier) {
			without = set_around(bit, b->lower[level]) ^ bit;
		}
		signs >>= 1;
		at[k] = (signs & 1) != 0 ? without | bit : without;
	}
}

/* No state: that of the group has not changed. */
#define SAME 7U

/* struct news - what has become of a group, for the group above it */
struct news {
	unsigned int state;   /* common to its nodes, or SAME */
	unsigned int flipped; /* signs that it has got or lost */
};

/* The nodes @mask of group @at of @level >= 1 get the state that belongs to the
 * common state @n.state below them, and have got or lost the signs @n.flipped.
 * Return: what becomes of the group thereby. */
static inline struct news write_nodes(const struct xmem_buddy *b,
				      unsigned int level, uint64_t *at,
				      uint64_t mask, struct news n)
{
	struct xmem_buddy_group old = {at[0], at[1], at[XMEM_BUDDY_MIXTURES]};
	struct xmem_buddy_group g = xmem_buddy_set_nodes(
		old, mask, xmem_buddy_node_state(b, level, n.state));

	at[0] = g.free;
	at[1] = g.note;
	at[XMEM_BUDDY_MIXTURES] = g.mixed;
	/* With other nodes that are used and free, it is partly free as it was.
	 */
	n.state = SAME;
	if (((old.free | (old.mixed & ~old.note)) & ~mask) == 0 ||
	    (old.free | mask) == XMEM_WORD_FULL) {
		n.state = state_of(g);
	}
	if (is_part(b, level, old.free) && (mask & (mask - 1)) == 0) {
		bool opens = g.free != old.free;

		write_finders(b, at, level, mask, n.flipped, opens);
		if ((n.flipped & XMEM_BUDDY_DIRT) != 0) {
			n.flipped ^= XMEM_BUDDY_DIRT;
			n.flipped |= flip_dirt(at, mask);
		}
		n.flipped |= opens ? signs_of_rest(b, level) : 0;
		return n;
	}
	if (n.flipped != 0) {
		n.flipped = flip_signs(at, mask, n.flipped);
	}
	if (g.free != old.free) {
		n.flipped ^= change_blocks(b, level, at, old.free, g.free);
	}
	return n;
}

/*
 * If all nodes of group @at of @level but @bit are of @n->state, which is no
 * mixture, and that one gets it, the group is uniform, and nobody reads it any
 * more. Return: is that so? *@n becomes that of the group.
 */
static inline bool closes(const struct xmem_buddy *b, unsigned int level,
			  const uint64_t *at, uint64_t bit, struct news *n)
{
	uint64_t rest = XMEM_WORD_FULL ^ bit;
	uint64_t free, note;

	if (at[XMEM_BUDDY_MIXTURES] != bit ||
	    (n->state & XMEM_BUDDY_MIXED) != 0) {
		return false;
	}
	free = (n->state & XMEM_BUDDY_FREE) != 0 ? rest : 0;
	note = (n->state & XMEM_BUDDY_NOTE) != 0 ? rest : 0;
	if (at[0] != free || at[1] != note || level == b->top ||
	    (free != 0 && (level + 1) * XMEM_WORD_SHIFT > b->max_order)) {
		return false;
	}
	if (free != 0) {
		n->flipped |= signs_of_rest(b, level);
		n->flipped &= note != 0 ? ~XMEM_BUDDY_DIRT : ~0U;
	}
	return true;
}

/* The nodes @mask of group @w of @level >= 1 become as @n says: write that, and
 * what changes above them. */
static XMEM_NOINLINE void change_nodes(struct xmem_buddy *b, unsigned int level,
				       unsigned long w, uint64_t mask,
				       struct news n)
{
	for (;;) {
		uint64_t *at = xmem_buddy_words(b, level, w);

		if (!closes(b, level, at, mask, &n)) {
			n = write_nodes(b, level, at, mask, n);
		}
		if (level == b->top || n.state == SAME) {
			break;
		}
		mask = xmem_bit(xmem_bit_of(w));
		w >>= XMEM_WORD_SHIFT;
		level++;
	}
	if (n.flipped != 0) {
		raise_signs(b, level, w, n.flipped);
	}
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
		xmem_buddy_common(f.free, f.note, 0, XMEM_WORD_FULL),
		signs ^ signs_of_frames(b, f),
	};

	change_nodes(b, 1, w >> XMEM_WORD_SHIFT, xmem_bit(xmem_bit_of(w)), n);
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

/* Set the nodes of @s, which are of level 1 or more, to state @to. */
static void set_nodes(struct xmem_buddy *b, const struct xmem_buddy_place *s,
		      unsigned int to)
{
	uint64_t *at = xmem_buddy_words(b, s->level, s->word);
	uint64_t dirt =
		to == XMEM_BUDDY_DIRTY || to == XMEM_BUDDY_VARIED ? s->mask : 0;

	dirt ^= at[XMEM_BUDDY_SIGNS] & s->mask;
	if (dirt != 0 && flip_dirt(at, dirt) != 0) {
		raise_signs(b, s->level, s->word, XMEM_BUDDY_DIRT);
	}
	change_nodes(b, s->level, s->word, s->mask, (struct news){to, 0});
}

void xmem_buddy_set_state(struct xmem_buddy *b,
			  const struct xmem_buddy_place *s, unsigned int from,
			  unsigned int to)
{
	if (s->valid_level > s->level) {
		xmem_buddy_fill_down(b, s, from);
	}
	if (s->level == 0) {
		struct xmem_buddy_frames f = xmem_buddy_frames_of(b, s->word);

		xmem_buddy_write_now(b, s->word, f,
				     xmem_buddy_set_frames(f, s->mask, to),
				     false);
	} else {
		set_nodes(b, s, to);
	}
}
