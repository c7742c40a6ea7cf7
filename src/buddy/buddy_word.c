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

/* The group of level 0 that frame @idx belongs to, made valid. *@state: the
 * common state of its frames, if it was not. */
static struct xmem_buddy_group enter_group(struct xmem_buddy *b,
					   unsigned long idx)
{
	struct xmem_buddy_place s = xmem_buddy_place_of(idx, 0);
	unsigned int state = xmem_buddy_probe(b, &s);

	if (s.valid_level > 0) {
		xmem_buddy_fill_down(b, &s, state);
	}
	return xmem_buddy_load(b, 0, s.word);
}

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
	struct xmem_buddy_group g;
	unsigned int level;
	unsigned long idx;

	if (!xmem_buddy_clip(b, &want, req)) {
		return false;
	}
	idx = xmem_buddy_find(b, &want, &level);
	if (idx == XMEM_BUDDY_NONE) {
		return false;
	}
	g = enter_group(b, idx);
	w->first = b->base + (idx - xmem_bit_of(idx));
	w->frames = g.free & frames_between(idx, want.lo, want.hi);
	w->dirty = g.note & w->frames;
	g = xmem_buddy_set_nodes(g, w->frames, xmem_buddy_used(req->described));
	xmem_buddy_write(b, 0, idx >> XMEM_WORD_SHIFT, g);
	b->nr_free -= xmem_popcount64(w->frames);
	return true;
}

/* May the frames of @w be given, which should be @described? */
static int check_word(const struct xmem_buddy *b,
		      const struct xmem_buddy_word *w, bool described)
{
	unsigned int wanted = xmem_buddy_used(described);
	struct xmem_buddy_place s;
	unsigned long idx = w->first - b->base;

	if (xmem_bit_of(idx) != 0 || w->frames == 0 ||
	    (w->dirty & ~w->frames) != 0 || w->frames > XMEM_WORD_FULL ||
	    !xmem_buddy_in_span(b, w->first + xmem_ffs64(w->frames), 1) ||
	    !xmem_buddy_in_span(b, w->first + xmem_fls64(w->frames), 1)) {
		return -XMEM_EINVAL;
	}
	s = xmem_buddy_place_of(idx, 0);
	s.mask = w->frames;
	return xmem_buddy_verdict(xmem_buddy_probe(b, &s), wanted);
}

int xmem_buddy_give_word(struct xmem_buddy *b, const struct xmem_buddy_word *w,
			 bool described)
{
	int rc = check_word(b, w, described);
	unsigned long idx = w->first - b->base;
	struct xmem_buddy_group g;

	if (rc != 0) {
		return rc;
	}
	g = enter_group(b, idx);
	g = xmem_buddy_set_nodes(g, w->frames, XMEM_BUDDY_CLEAN);
	g.note |= w->dirty;
	xmem_buddy_write(b, 0, idx >> XMEM_WORD_SHIFT, g);
	b->nr_free += xmem_popcount64(w->frames);
	return 0;
}
