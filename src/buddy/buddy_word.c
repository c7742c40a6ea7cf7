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

/* The frames of [@lo, @hi) in the word that begins at frame @first. */
static uint64_t frames_between(unsigned long first, unsigned long lo,
			       unsigned long hi)
{
	unsigned long from = lo > first ? lo - first : 0;
	unsigned long to =
		hi - first < XMEM_WORD_BITS ? hi - first : XMEM_WORD_BITS;

	return xmem_bits_run((unsigned int)from, (unsigned int)(to - from));
}

XMEM_COLD bool xmem_buddy_take_word(struct xmem_buddy *b,
				    const struct xmem_buddy_request *req,
				    struct xmem_buddy_word *w)
{
	struct xmem_buddy_found found;
	struct xmem_buddy_frames f;
	struct xmem_buddy_place s;
	unsigned int state;

	xmem_buddy_settle(b);
	found = xmem_buddy_find(b, req, 0, 1);
	if (found.at == XMEM_BUDDY_NONE) {
		return false;
	}
	s = xmem_buddy_place_of(found.at, 0);
	state = xmem_buddy_probe_from(b, &s, found.level);
	if (s.valid_level > 0) {
		xmem_buddy_fill_down(b, &s, state);
		s.valid_level = 0;
	}
	f = xmem_buddy_frames_of(b, s.word);
	w->first = b->base + (s.word << XMEM_WORD_SHIFT);
	w->frames = f.free & frames_between(w->first, req->lo, req->hi);
	w->dirty = f.note & w->frames;
	s.mask = w->frames;
	xmem_buddy_set_state(b, &s, state, xmem_buddy_used(req->described));
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
