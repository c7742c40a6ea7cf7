/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy.c - take blocks of frames from a span and give them back
 *
 * Model       A block is one place in the tree (buddy_priv.h). A take asks
 *             buddy_find.c where, a give is told; both look at the common
 *             state of the place and write the new one (buddy_tree.c), which
 *             costs the same for all orders.
 * Invariants  I1 to I5 of buddy.h; buddy_check.c tests them.
 * Locking     None here: the caller owns the span.
 */
#include "buddy/buddy.h"

#include "buddy/buddy_priv.h"
#include "lib/attr.h"

/* -- Take ----------------------------------------------------------------- */

/* Take the block of @order at @idx, which is inside a free block of @level. Is
 * any of its frames dirty? */
static inline bool take_at(struct xmem_buddy *b, unsigned long idx,
			   unsigned int order, unsigned int level,
			   bool described)
{
	unsigned int to = xmem_buddy_used(described);
	struct xmem_buddy_place s;
	unsigned int state;

	if (level == 0) {
		unsigned long w = idx >> XMEM_WORD_SHIFT;
		uint64_t mask = xmem_bits_run(xmem_bit_of(idx), 1U << order);
		struct xmem_buddy_frames f = xmem_buddy_frames_of(b, w);

		xmem_buddy_write_frames(b, w, f,
					xmem_buddy_set_frames(f, mask, to));
		return (f.note & mask) != 0;
	}
	if (level == order / XMEM_WORD_SHIFT) {
		unsigned long node = idx >> (level * XMEM_WORD_SHIFT);
		unsigned int i = order - level * XMEM_WORD_SHIFT;
		uint64_t mask = xmem_bits_run(xmem_bit_of(node), 1U << i);
		unsigned long w = node >> XMEM_WORD_SHIFT;
		const uint64_t *at = xmem_buddy_words(b, level, w);
		bool dirty = ((at[1] | at[XMEM_BUDDY_MIXTURES]) & mask) != 0;

		xmem_buddy_write_nodes(b, level, w, mask, to);
		return dirty;
	}
	s = xmem_buddy_place_of(idx, order);
	state = xmem_buddy_probe_from(b, &s, level);
	xmem_buddy_set_state(b, &s, state, to);
	return state != XMEM_BUDDY_CLEAN;
}

/* Where a take of @req, in [req->lo, req->hi), finds its block, relative to
 * base; or XMEM_BUDDY_NONE. *@level: of the free block that holds it. */
static XMEM_NOINLINE unsigned long find_in_range(
	const struct xmem_buddy *b, const struct xmem_buddy_request *req,
	unsigned int *level)
{
	struct xmem_buddy_search want = {.nr = 1UL << req->order,
					 .order = req->order,
					 .align = req->order,
					 .prefer = req->prefer};

	if (!xmem_buddy_clip(b, &want, req)) {
		return XMEM_BUDDY_NONE;
	}
	return xmem_buddy_find(b, &want, level);
}

/* The frame after the free block from whose end a take of @order with no range
 * takes, if b->orders says that its tier has one; the highest frames are
 * preferred. *@level: of that block. */
static inline unsigned long find_highest(const struct xmem_buddy *b,
					 unsigned int order,
					 unsigned int *level)
{
	unsigned int bottom = order / XMEM_WORD_SHIFT;
	unsigned int at_level = b->top;
	const uint64_t *at = b->map[at_level];
	unsigned long w = 0;
	unsigned int i = 0;
	uint64_t sets, heads;

	while (at_level > bottom) {
		uint64_t lead = at[XMEM_BUDDY_FINDERS + order] & ~at[0];

		if (lead == 0) {
			break;
		}
		w = (w << XMEM_WORD_SHIFT) + xmem_fls64(lead);
		at_level--;
		at = xmem_buddy_words(b, at_level, w);
	}
	sets = at[0];
	if (at_level == bottom) {
		i = order - bottom * XMEM_WORD_SHIFT;
		sets = xmem_buddy_sets(sets, i);
	}
	*level = at_level;
	order = at_level * XMEM_WORD_SHIFT + i;
	for (;;) {
		uint64_t pairs = xmem_buddy_pairs(sets, i);

		heads = order < b->max_order ? xmem_buddy_lone(sets, pairs, i)
					     : sets;
		if (heads != 0 || i == XMEM_WORD_SHIFT - 1) {
			break;
		}
		sets = pairs;
		order++;
		i++;
	}
	w = (w << XMEM_WORD_SHIFT) + xmem_fls64(heads);
	return (w << (at_level * XMEM_WORD_SHIFT)) + (1UL << order);
}

/*
 * The same. Most ranges leave nothing out that matters: if what is found with
 * no range lies in it, it is the answer, since a range changes the choice only
 * by leaving out what would have been chosen.
 */
static inline unsigned long find(const struct xmem_buddy *b,
				 const struct xmem_buddy_request *req,
				 unsigned int *level)
{
	unsigned int order = req->order;

	while (order <= b->max_order && (b->orders >> order & 1) == 0) {
		order = xmem_buddy_next_tier(order);
	}
	if (order > b->max_order) {
		return XMEM_BUDDY_NONE;
	}
	if (req->prefer == XMEM_BUDDY_HIGH) {
		unsigned long nr = 1UL << req->order;
		unsigned long at = find_highest(b, order, level) - nr;
		unsigned long mfn = b->base + at;

		if (mfn >= req->lo && mfn < req->hi && req->hi - mfn >= nr) {
			return at;
		}
	}
	return find_in_range(b, req, level);
}

unsigned long xmem_buddy_take(struct xmem_buddy *b,
			      const struct xmem_buddy_request *req, bool *dirty)
{
	unsigned int level;
	unsigned long at;
	bool was_dirty;

	xmem_buddy_settle(b);
	at = find(b, req, &level);
	if (at == XMEM_BUDDY_NONE) {
		return XMEM_NO_MFN;
	}
	was_dirty = take_at(b, at, req->order, level, req->described);
	b->nr_free -= 1UL << req->order;
	if (dirty != NULL) {
		*dirty = was_dirty;
	}
	return b->base + at;
}

/* -- Give ----------------------------------------------------------------- */

/* xmem_buddy_give_frames() where the group is not valid: it is below a node of
 * @level that is no mixture. */
static XMEM_NOINLINE int give_below(struct xmem_buddy *b, unsigned long w,
				    uint64_t frames, uint64_t dirty,
				    unsigned int wanted, unsigned int level)
{
	struct xmem_buddy_place s =
		xmem_buddy_place_of(w << XMEM_WORD_SHIFT, 0);
	unsigned int state = xmem_buddy_probe_from(b, &s, level);
	struct xmem_buddy_frames f = xmem_buddy_all_frames(state);

	if (state != wanted) {
		return xmem_buddy_verdict(state, wanted);
	}
	f.free |= frames;
	f.note = (f.note & ~frames) | dirty;
	b->nr_free += xmem_popcount64(frames);
	xmem_buddy_split_frames(b, w, level, state, f);
	return 0;
}

int xmem_buddy_give_frames(struct xmem_buddy *b, unsigned long w,
			   uint64_t frames, uint64_t dirty, unsigned int wanted)
{
	unsigned int level = b->top;
	unsigned int shift = b->top * XMEM_WORD_SHIFT;
	unsigned long group = w >> shift;
	struct xmem_buddy_frames old, new;
	uint64_t others;

	do {
		const uint64_t *at = xmem_buddy_words(b, level, group);

		shift -= XMEM_WORD_SHIFT;
		group = w >> shift;
		if ((at[XMEM_BUDDY_MIXTURES] >> xmem_bit_of(group) & 1) == 0) {
			return give_below(b, w, frames, dirty, wanted, level);
		}
	} while (--level > 0);
	old = xmem_buddy_frames_of(b, w);
	if ((old.free & frames) != 0) {
		return -XMEM_EBUSY;
	}
	others = wanted == XMEM_BUDDY_PLAIN ? old.note : ~old.note;
	if ((others & frames) != 0) {
		return -XMEM_EEXIST;
	}
	new.free = old.free | frames;
	new.note = (old.note & ~frames) | dirty;
	b->nr_free++; /* Most often it is one. */
	if ((frames & (frames - 1)) != 0) {
		b->nr_free += xmem_popcount64(frames) - 1;
	}
	xmem_buddy_write_now(b, w, old, new, true);
	return 0;
}

/* The block of @order at @mfn, which is all used and in state @wanted, gets the
 * state @to. Return: as xmem_buddy_give(). */
static XMEM_NOINLINE int change_block(struct xmem_buddy *b, unsigned long mfn,
				      unsigned int order, unsigned int wanted,
				      unsigned int to)
{
	struct xmem_buddy_place s;
	unsigned int state;
	int rc = xmem_buddy_reach(b, mfn, order, &s, &state);

	if (rc != 0) {
		return rc;
	}
	if (state != wanted) {
		return xmem_buddy_verdict(state, wanted);
	}
	b->nr_free += (to & XMEM_BUDDY_FREE) != 0 ? 1UL << order : 0;
	xmem_buddy_set_state(b, &s, state, to);
	return 0;
}

int xmem_buddy_give(struct xmem_buddy *b, unsigned long mfn, unsigned int order,
		    bool described, bool dirty)
{
	unsigned long idx = mfn - b->base;
	unsigned int wanted = xmem_buddy_used(described);
	uint64_t frames;

	if (order >= XMEM_WORD_SHIFT) {
		return change_block(b, mfn, order, wanted,
				    xmem_buddy_freed(dirty));
	}
	if (!xmem_buddy_is_block(b, mfn, order)) {
		return -XMEM_EINVAL;
	}
	frames = xmem_bits_run(xmem_bit_of(idx), 1U << order);
	return xmem_buddy_give_frames(b, idx >> XMEM_WORD_SHIFT, frames,
				      dirty ? frames : 0, wanted);
}

int xmem_buddy_describe(struct xmem_buddy *b, unsigned long mfn,
			unsigned int order, bool described)
{
	return change_block(b, mfn, order, xmem_buddy_used(!described),
			    xmem_buddy_used(described));
}

int xmem_buddy_give_range(struct xmem_buddy *b, unsigned long mfn,
			  unsigned long nr, bool dirty)
{
	int rc;

	xmem_buddy_settle(b);
	rc = xmem_buddy_check_range(b, mfn, nr, false);
	if (rc == 0) {
		xmem_buddy_set_run(b, mfn - b->base, nr,
				   xmem_buddy_freed(dirty));
		b->nr_free += nr;
	}
	return rc;
}
