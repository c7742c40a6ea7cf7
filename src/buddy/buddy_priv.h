/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_priv.h - how a group keeps the states of its nodes as bits
 *
 * Private to the buddy*.c files.
 *
 * The states of a group are three words; at level 0 two, since a frame cannot
 * be a mixture:
 *
 *	free note mixed   state of the node
 *	  0    0     0    used, plain
 *	  0    1     0    used, described
 *	  0    1     1    all frames used, some described and some plain
 *	  1    0     0    free, clean
 *	  1    1     0    free, dirty
 *	  1    0     1    all frames free, some dirty and some clean
 *	  0    0     1    some frames used, some free
 *
 * The eighth combination never occurs. At levels above 0 the signs follow: the
 * dirt word, then a finder word for each order of the levels below, up to
 * max_order. The signs of a group, as one number: bit 0, does it have a dirty
 * frame; bit k + 1, a block of order k or more of the tier of k. So bit n of
 * sign word s is bit s of the signs of the group below node n.
 */
#ifndef BUDDY_PRIV_H
#define BUDDY_PRIV_H

#include "buddy/buddy.h"
#include "lib/align.h"

_Static_assert(MAX_ORDER < 31, "the signs have a bit for every order, and one");
_Static_assert(XMEM_BUDDY_SUPER >= XMEM_WORD_SHIFT,
	       "the blocks of a group are of two tiers at most");

struct xmem_buddy_group {
	uint64_t free;
	uint64_t note;
	uint64_t mixed;
};

/* The states of a group of level 0. */
struct xmem_buddy_frames {
	uint64_t free;
	uint64_t note;
};

/* No frame, node or group. */
#define XMEM_BUDDY_NONE (~0UL)

/* States. Each bit says whether one of the three words has a 1. */
#define XMEM_BUDDY_FREE	     1U
#define XMEM_BUDDY_NOTE	     2U
#define XMEM_BUDDY_MIXED     4U
#define XMEM_BUDDY_PLAIN     0U
#define XMEM_BUDDY_DESCRIBED XMEM_BUDDY_NOTE
#define XMEM_BUDDY_MINGLED   (XMEM_BUDDY_NOTE | XMEM_BUDDY_MIXED)
#define XMEM_BUDDY_CLEAN     XMEM_BUDDY_FREE
#define XMEM_BUDDY_DIRTY     (XMEM_BUDDY_FREE | XMEM_BUDDY_NOTE)
#define XMEM_BUDDY_VARIED    (XMEM_BUDDY_FREE | XMEM_BUDDY_MIXED)
#define XMEM_BUDDY_PARTLY    XMEM_BUDDY_MIXED

/* Where in a group of level 1 or more `mixed`, the signs and those of them are
 * that are finders. */
#define XMEM_BUDDY_MIXTURES 2
#define XMEM_BUDDY_SIGNS    3
#define XMEM_BUDDY_FINDERS  4

/* The sign of a dirty frame, and that of a block of order @k. */
#define XMEM_BUDDY_DIRT	   1U
#define XMEM_BUDDY_SIGN(k) (2U << (k))

/** The state of used frames that are @described, or not. */
static inline unsigned int xmem_buddy_used(bool described)
{
	return described ? XMEM_BUDDY_DESCRIBED : XMEM_BUDDY_PLAIN;
}

/** The state of free frames that are @dirty, or not. */
static inline unsigned int xmem_buddy_freed(bool dirty)
{
	return dirty ? XMEM_BUDDY_DIRTY : XMEM_BUDDY_CLEAN;
}

/** Are all frames of a node of this @state used? */
static inline bool xmem_buddy_all_used(unsigned int state)
{
	return (state & XMEM_BUDDY_FREE) == 0 && state != XMEM_BUDDY_PARTLY;
}

/** The words of group number @w of @level. */
static inline uint64_t *xmem_buddy_words(const struct xmem_buddy *b,
					 unsigned int level, unsigned long w)
{
	return b->map[level] + w * b->words[level];
}

/** The sign words of group @w of @level >= 1. */
static inline uint64_t *xmem_buddy_signs(const struct xmem_buddy *b,
					 unsigned int level, unsigned long w)
{
	return xmem_buddy_words(b, level, w) + XMEM_BUDDY_SIGNS;
}

/** The finder words of group @w of @level >= 1, by order. */
static inline uint64_t *xmem_buddy_finders(const struct xmem_buddy *b,
					   unsigned int level, unsigned long w)
{
	return xmem_buddy_words(b, level, w) + XMEM_BUDDY_FINDERS;
}

/** The states of group @w of @level. */
static inline struct xmem_buddy_group xmem_buddy_load(
	const struct xmem_buddy *b, unsigned int level, unsigned long w)
{
	const uint64_t *at = xmem_buddy_words(b, level, w);

	return (struct xmem_buddy_group){
		.free = at[0],
		.note = at[1],
		.mixed = level == 0 ? 0 : at[2],
	};
}

/** The states of group @w of level 0. */
static inline struct xmem_buddy_frames xmem_buddy_frames_of(
	const struct xmem_buddy *b, unsigned long w)
{
	const uint64_t *at = b->map[0] + 2 * w;

	return (struct xmem_buddy_frames){at[0], at[1]};
}

/** The common state of all frames under the nodes @mask, not 0, of a group with
 *  the words @free, @note and @mixed. (buddy_find.c) */
unsigned int xmem_buddy_common(uint64_t free, uint64_t note, uint64_t mixed,
			       uint64_t mask);

/** The same of the group @g. */
static inline unsigned int xmem_buddy_state(struct xmem_buddy_group g,
					    uint64_t mask)
{
	return xmem_buddy_common(g.free, g.note, g.mixed, mask);
}

/** The state of a node of @level whose group has the common state @state. A
 *  node larger than the largest block is never free: it is a mixture then. */
static inline unsigned int xmem_buddy_node_state(const struct xmem_buddy *b,
						 unsigned int level,
						 unsigned int state)
{
	if (level * XMEM_WORD_SHIFT > b->max_order &&
	    (state & XMEM_BUDDY_FREE) != 0) {
		return XMEM_BUDDY_PARTLY;
	}
	return state;
}

/** @word with the bits @mask set if @flag is 1, cleared if it is 0. */
static inline uint64_t xmem_buddy_put_bits(uint64_t word, uint64_t mask,
					   unsigned int flag)
{
	return (word & ~mask) | (mask & (0 - (uint64_t)flag));
}

/** @g after the nodes @mask have got @state. */
static inline struct xmem_buddy_group xmem_buddy_set_nodes(
	struct xmem_buddy_group g, uint64_t mask, unsigned int state)
{
	g.free = xmem_buddy_put_bits(g.free, mask, state & 1);
	g.note = xmem_buddy_put_bits(g.note, mask, state >> 1 & 1);
	g.mixed = xmem_buddy_put_bits(g.mixed, mask, state >> 2);
	return g;
}

/** @f after the frames @mask have got @state. */
static inline struct xmem_buddy_frames xmem_buddy_set_frames(
	struct xmem_buddy_frames f, uint64_t mask, unsigned int state)
{
	f.free = xmem_buddy_put_bits(f.free, mask, state & 1);
	f.note = xmem_buddy_put_bits(f.note, mask, state >> 1);
	return f;
}

/** The lower one of each pair of buddies of 2^i nodes. (buddy_find.c) */
XMEM_HIDDEN extern const uint64_t xmem_buddy_lower[6];

/**
 * @blocks: the first nodes of all free, aligned sets of 2^@i nodes in a
 * word, one bit each. Return: the same for 2^(@i+1) nodes, which is the lower
 * one of each pair of free buddies.
 */
static inline uint64_t xmem_buddy_pairs(uint64_t blocks, unsigned int i)
{
	return blocks & (blocks >> (1U << i)) & xmem_buddy_lower[i];
}

/** @blocks as above, without both halves of each pair in @pairs. */
static inline uint64_t xmem_buddy_lone(uint64_t blocks, uint64_t pairs,
				       unsigned int i)
{
	return blocks ^ (pairs | (pairs << (1U << i)));
}

/** The first nodes of all free, aligned sets of 2^@i nodes in @free. */
static inline uint64_t xmem_buddy_sets(uint64_t free, unsigned int i)
{
	unsigned int half = 1;

	for (unsigned int k = 0; k < i; k++, half += half) {
		free &= (free >> half) & xmem_buddy_lower[k];
	}
	return free;
}

/**
 * struct xmem_buddy_place - where a block lies: neighbouring nodes of a group
 *
 * 2^@i aligned nodes, from node @bit of group @word of @level on; @mask has
 * their bits. On the way down to them, the groups of @valid_level and above
 * are valid; xmem_buddy_probe() sets it.
 */
struct xmem_buddy_place {
	unsigned long word;
	uint64_t mask;
	unsigned int bit;
	unsigned int i;
	unsigned int level;
	unsigned int valid_level;
};

/** The place of the aligned block of @order at frame @idx, relative to base. */
static inline struct xmem_buddy_place xmem_buddy_place_of(unsigned long idx,
							  unsigned int order)
{
	unsigned int level = order / XMEM_WORD_SHIFT;
	unsigned int i = order - level * XMEM_WORD_SHIFT;
	unsigned long node = idx >> (level * XMEM_WORD_SHIFT);
	unsigned int bit = xmem_bit_of(node);

	return (struct xmem_buddy_place){
		.word = node >> XMEM_WORD_SHIFT,
		.mask = xmem_bits_run(bit, 1U << i),
		.bit = bit,
		.i = i,
		.level = level,
	};
}

/** The common state of all frames of @s; sets s->valid_level. The group of
 *  level @from on the way is known to be valid. (buddy_find.c) */
unsigned int xmem_buddy_probe_from(const struct xmem_buddy *b,
				   struct xmem_buddy_place *s,
				   unsigned int from);

/** The same, going down from the top. */
static inline unsigned int xmem_buddy_probe(const struct xmem_buddy *b,
					    struct xmem_buddy_place *s)
{
	return xmem_buddy_probe_from(b, s, b->top);
}

/** The place at @idx of the largest nodes, and as many of them as there are in
 *  one group and have at most *@nr frames; *@nr becomes how many they have.
 *  (buddy_place.c) */
struct xmem_buddy_place xmem_buddy_place_at(const struct xmem_buddy *b,
					    unsigned long idx,
					    unsigned long *nr);

/** Make the groups on the way down to @s, below s->valid_level, and that of @s
 *  valid. @state: what xmem_buddy_probe() returned for @s. (buddy_fill.c) */
void xmem_buddy_fill_down(struct xmem_buddy *b,
			  const struct xmem_buddy_place *s, unsigned int state);

/** The largest order of blocks in a group of level 0. All are of one tier. */
static inline unsigned int xmem_buddy_last_of_frames(const struct xmem_buddy *b)
{
	return b->max_order < XMEM_WORD_SHIFT ? b->max_order
					      : XMEM_WORD_SHIFT - 1;
}

/** The order of the largest block in a group of level 0 with the free word
 *  @free, which is neither empty nor full. */
static inline unsigned int xmem_buddy_largest_of(const struct xmem_buddy *b,
						 uint64_t free)
{
	unsigned int last = xmem_buddy_last_of_frames(b);
	unsigned int half = 1;
	unsigned int k = 0;

	while ((free &= (free >> half) & xmem_buddy_lower[k]) != 0) {
		half += half;
		k++;
	}
	return k < last ? k : last;
}

/** Say above group @w of level 0, which was valid, that its frames have become
 *  @new, from @old, where all are free or used, or were. (buddy_tree.c) */
void xmem_buddy_change_whole(struct xmem_buddy *b, unsigned long w,
			     struct xmem_buddy_frames old,
			     struct xmem_buddy_frames new);

/** The groups above group @w of level 0 do not show its signs as they are: a
 *  block of order @k is its largest, and it has a dirty frame if @dirt.
 *  (buddy_tree.c) */
void xmem_buddy_show_signs(struct xmem_buddy *b, unsigned long w,
			   unsigned int k, bool dirt);

/** Does the group above group @w of level 0 show its signs? @k: the order of
 * its largest block; @dirt: has it a dirty frame? @gives: frames were given, so
 *  there is no less than what was shown. */
static inline bool xmem_buddy_shows(const struct xmem_buddy *b, unsigned long w,
				    unsigned int k, bool dirt, bool gives)
{
	const uint64_t *shown = xmem_buddy_signs(b, 1, w >> XMEM_WORD_SHIFT);
	uint64_t all = shown[k + 1];
	uint64_t more = 0;

	if (dirt) {
		all &= shown[0];
	} else if (!gives) {
		more = shown[0];
	}
	if (!gives && k != xmem_buddy_last_of_frames(b)) {
		more |= shown[k + 2];
	}
	return ((all & ~more) >> xmem_bit_of(w) & 1) != 0;
}

/** Write @new, which was @old, to group @w of level 0, which is valid. @gives:
 * a constant, as above. */
static inline void xmem_buddy_write_now(struct xmem_buddy *b, unsigned long w,
					struct xmem_buddy_frames old,
					struct xmem_buddy_frames new,
					bool gives)
{
	uint64_t *at = b->map[0] + 2 * w;
	unsigned int k;
	bool dirt;

	at[0] = new.free;
	at[1] = new.note;
	if (new.free == XMEM_WORD_FULL || old.free == 0 ||
	    (!gives && (new.free == 0 || old.free == XMEM_WORD_FULL))) {
		xmem_buddy_change_whole(b, w, old, new);
		return;
	}
	k = xmem_buddy_largest_of(b, new.free);
	dirt = (new.free &new.note) != 0;
	if (!xmem_buddy_shows(b, w, k, dirt, gives)) {
		xmem_buddy_show_signs(b, w, k, dirt);
	}
}

/** Say above b->untold, which is a group, what has become of it.
 *  (buddy_tree.c) */
void xmem_buddy_tell(struct xmem_buddy *b);

/** Let all of the tree be true: before anything but giving frames of one word.
 */
static inline void xmem_buddy_settle(struct xmem_buddy *b)
{
	if (b->untold != XMEM_BUDDY_NONE) {
		xmem_buddy_tell(b);
	}
}

/** Give @frames, not 0 and all in the span, of group @w of level 0: @dirty says
 *  which of them are dirty, @wanted in which used state they should be. Return:
 *  as xmem_buddy_give(). (buddy.c) */
XMEM_MUST_CHECK int xmem_buddy_give_frames(struct xmem_buddy *b,
					   unsigned long w, uint64_t frames,
					   uint64_t dirty, unsigned int wanted);

/** Set the nodes of @s to state @to, for which the groups below them need not
 *  change. @from: what xmem_buddy_probe() returned for @s. (buddy_tree.c) */
void xmem_buddy_set_state(struct xmem_buddy *b,
			  const struct xmem_buddy_place *s, unsigned int from,
			  unsigned int to);

/** Set the frames [@idx, @idx + @nr) to state @to. Was any of them dirty?
 *  (buddy_place.c) */
bool xmem_buddy_set_run(struct xmem_buddy *b, unsigned long idx,
			unsigned long nr, unsigned int to);

/** May frames of common state @state become free, or be described otherwise,
 *  that should have the used state @wanted? Return: 0, -EBUSY, -EEXIST. */
static inline int xmem_buddy_verdict(unsigned int state, unsigned int wanted)
{
	if (state == wanted) {
		return 0;
	}
	return xmem_buddy_all_used(state) ? -XMEM_EEXIST : -XMEM_EBUSY;
}

/** Are all frames of [@mfn, @mfn + @nr) free? If not @free: all plain? Return:
 *  0; -EINVAL if the range is empty or not inside the span; -EBUSY, -EEXIST as
 *  xmem_buddy_give(). (buddy_place.c) */
XMEM_MUST_CHECK int xmem_buddy_check_range(const struct xmem_buddy *b,
					   unsigned long mfn, unsigned long nr,
					   bool free);

/** Is [@mfn, @mfn + @nr), not empty, inside the span? */
static inline bool xmem_buddy_in_span(const struct xmem_buddy *b,
				      unsigned long mfn, unsigned long nr)
{
	return nr > 0 && mfn >= b->start && mfn < b->end && nr <= b->end - mfn;
}

/** Is there such a block, if its frames are all alike? */
static inline bool xmem_buddy_is_block(const struct xmem_buddy *b,
				       unsigned long mfn, unsigned int order)
{
	return order <= b->max_order && xmem_is_aligned(mfn, 1UL << order) &&
	       xmem_buddy_in_span(b, mfn, 1UL << order);
}

/** Where the aligned block of @order at @mfn lies, in a tree that is settled:
 *  *@s; *@state: common to its frames. Return: 0; -EINVAL as
 *  xmem_buddy_give(). */
static inline int xmem_buddy_reach(struct xmem_buddy *b, unsigned long mfn,
				   unsigned int order,
				   struct xmem_buddy_place *s,
				   unsigned int *state)
{
	if (!xmem_buddy_is_block(b, mfn, order)) {
		return -XMEM_EINVAL;
	}
	xmem_buddy_settle(b);
	*s = xmem_buddy_place_of(mfn - b->base, order);
	*state = xmem_buddy_probe(b, s);
	return 0;
}

/** struct xmem_buddy_found - where a search has found frames. */
struct xmem_buddy_found {
	unsigned long at;   /* the first one, relative to base; or NONE */
	unsigned int level; /* of the free block that holds them */
};

/** Where a take of @nr frames as @req says, out of a free block of @order or
 *  more, finds them, in a tree that is settled. @order is enough for @nr
 *  frames, and not less than req->order. (buddy_find.c) */
struct xmem_buddy_found xmem_buddy_find(const struct xmem_buddy *b,
					const struct xmem_buddy_request *req,
					unsigned int order, unsigned long nr);

#endif /* BUDDY_PRIV_H */
