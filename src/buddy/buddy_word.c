/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_word.c - take and give whole words of frames
 *
 * Model       A cache in front of the engine is filled and drained by many
 *             frames at once. The frames of one word cost little more than one
 *             frame does: one search, one write into one group.
 * Locking     None here: the caller owns the span.
 */
#include "buddy/buddy.h"

#include "buddy/buddy_priv.h"
#include "lib/attr.h"

/* The frames of [@lo, @hi) in the word of frame @idx, which is one of them. */
static uint64_t frames_between(unsigned long idx, unsigned long lo,
			       unsigned long hi)
{
	unsigned long first = idx - xmem_bit_of(idx);
	unsigned long from = lo > first ? lo - first : 0;
	unsigned long to =
		hi - first < XMEM_WORD_BITS ? hi - first : XMEM_WORD_BITS;

	return xmem_bits_run((unsigned int)from, (unsigned int)(to - from));
}

bool xmem_buddy_take_word(struct xmem_buddy *b,
			  const struct xmem_buddy_request *req,
			  struct xmem_buddy_word *w)
{
	struct xmem_buddy_search want = {.nr = 1, .prefer = req->prefer};
	struct xmem_buddy_frames f;
	struct xmem_buddy_place s;
	unsigned int level, state;
	unsigned long idx;

	idx = xmem_buddy_find_for(b, &want, req, &level);
	if (idx == XMEM_BUDDY_NONE) {
		return false;
	}
	s = xmem_buddy_place_of(idx, 0);
	state = xmem_buddy_probe_from(b, &s, level);
	f = xmem_buddy_get_frames(b, &s, state);
	w->first = b->base + (idx - xmem_bit_of(idx));
	w->frames = f.free & frames_between(idx, want.lo, want.hi);
	w->dirty = f.note & w->frames;
	xmem_buddy_put_frames(
		b, &s, state, f,
		xmem_buddy_set_frames(f, w->frames,
				      xmem_buddy_used(req->described)));
	b->nr_free -= xmem_popcount64(w->frames);
	return true;
}

int xmem_buddy_give_word(struct xmem_buddy *b, const struct xmem_buddy_word *w,
			 bool described)
{
	return xmem_buddy_give_frames(
		b, (w->first - b->base) >> XMEM_WORD_SHIFT, w->frames, w->dirty,
		xmem_buddy_used(described));
}
