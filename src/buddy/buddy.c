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

unsigned long xmem_buddy_take(struct xmem_buddy *b,
			      const struct xmem_buddy_request *req, bool *dirty)
{
	unsigned long nr = 1UL << req->order;
	struct xmem_buddy_found found;
	struct xmem_buddy_place s;
	unsigned int state;

	xmem_buddy_settle(b);
	found = xmem_buddy_find(b, req, req->order, nr);
	if (found.at == XMEM_BUDDY_NONE) {
		return XMEM_NO_MFN;
	}
	s = xmem_buddy_place_of(found.at, req->order);
	if (s.level > 0 && s.level == found.level) {
		/* Most often, and what is asked for needs no probe. */
		s.valid_level = s.level;
		state = xmem_buddy_freed(
			(xmem_buddy_signs(b, s.level, s.word)[0] & s.mask) !=
			0);
	} else {
		state = xmem_buddy_probe_from(b, &s, found.level);
	}
	xmem_buddy_set_state(b, &s, state, xmem_buddy_used(req->described));
	b->nr_free -= nr;
	if (dirty != NULL) {
		*dirty = state != XMEM_BUDDY_CLEAN;
	}
	return b->base + found.at;
}

/* -- Give ----------------------------------------------------------------- */

/* Make group @w of level 0 valid, which is below a node of @level that is no
 * mixture, if that is in state @wanted. Return: as xmem_buddy_give(). */
static XMEM_COLD XMEM_NOINLINE int open_group(struct xmem_buddy *b,
					      unsigned long w,
					      unsigned int wanted,
					      unsigned int level)
{
	struct xmem_buddy_place s =
		xmem_buddy_place_of(w << XMEM_WORD_SHIFT, 0);
	unsigned int state = xmem_buddy_probe_from(b, &s, level);
	int rc = xmem_buddy_verdict(state, wanted);

	if (rc == 0) {
		xmem_buddy_fill_down(b, &s, state);
	}
	return rc;
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
			int rc = open_group(b, w, wanted, level);

			if (rc != 0) {
				return rc;
			}
			break;
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
static XMEM_COLD XMEM_NOINLINE int change_block(struct xmem_buddy *b,
						unsigned long mfn,
						unsigned int order,
						unsigned int wanted,
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
