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

	if (!xmem_buddy_clip(b, &want, req)) {
		return false;
	}
	idx = xmem_buddy_find(b, &want, &level);
	if (idx == XMEM_BUDDY_NONE) {
		return false;
	}
	s = xmem_buddy_place_of(idx, 0);
	state = xmem_buddy_probe_from(b, &s, level);
	f = xmem_buddy_enter(b, &s, state);
	w->first = b->base + (idx - xmem_bit_of(idx));
	w->frames = f.free & frames_between(idx, want.lo, want.hi);
	w->dirty = f.note & w->frames;
	xmem_buddy_write_frames(
		b, s.word, f,
		xmem_buddy_set_frames(f, w->frames,
				      xmem_buddy_used(req->described)));
	b->nr_free -= xmem_popcount64(w->frames);
	return true;
}

/* Are there frames in @w, and are all of them in the span? */
static bool is_word(const struct xmem_buddy *b, const struct xmem_buddy_word *w)
{
	return xmem_bit_of(w->first - b->base) == 0 && w->frames != 0 &&
	       w->frames <= XMEM_WORD_FULL && (w->dirty & ~w->frames) == 0 &&
	       xmem_buddy_in_span(b, w->first + xmem_ffs64(w->frames), 1) &&
	       xmem_buddy_in_span(b, w->first + xmem_fls64(w->frames), 1);
}

/* The group that decides about a group of level 0: itself, or the one with the
 * uniform node that it is below. */
struct decider {
	const uint64_t *at;
	unsigned int level;
	unsigned int bit; /* of that node */
};

static inline struct decider decider_of(const struct xmem_buddy *b,
					unsigned long w)
{
	struct decider d = {.level = b->top};
	unsigned int shift = b->top * XMEM_WORD_SHIFT;

	for (; d.level > 0; d.level--) {
		d.at = xmem_buddy_words(b, d.level, w >> shift);
		shift -= XMEM_WORD_SHIFT;
		d.bit = xmem_bit_of(w >> shift);
		if ((d.at[XMEM_BUDDY_MIXTURES] >> d.bit & 1) == 0) {
			break;
		}
	}
	return d;
}

/* The states that the frames of group @w have by the word of a node above
 * it. */
static inline struct xmem_buddy_frames frames_below(struct decider d)
{
	return (struct xmem_buddy_frames){
		.free = (d.at[0] >> d.bit & 1) != 0 ? XMEM_WORD_FULL : 0,
		.note = (d.at[1] >> d.bit & 1) != 0 ? XMEM_WORD_FULL : 0,
	};
}

/* Make the groups above group @w of level 0 valid, below the node that decides
 * about it, which is all of @state. */
static XMEM_NOINLINE void enter(struct xmem_buddy *b, unsigned long w,
				unsigned int level, unsigned int state)
{
	struct xmem_buddy_place s =
		xmem_buddy_place_of(w << XMEM_WORD_SHIFT, 0);

	s.valid_level = level;
	xmem_buddy_fill_down(b, &s, state);
}

int xmem_buddy_give_frames(struct xmem_buddy *b, unsigned long w,
			   uint64_t frames, uint64_t dirty, unsigned int wanted)
{
	struct decider d = decider_of(b, w);
	struct xmem_buddy_frames old =
		d.level == 0 ? xmem_buddy_frames_of(b, w) : frames_below(d);
	struct xmem_buddy_frames new = {old.free | frames,
					(old.note & ~frames) | dirty};

	if ((old.free & frames) != 0) {
		return -XMEM_EBUSY;
	}
	if ((old.note & frames) !=
	    (wanted == XMEM_BUDDY_DESCRIBED ? frames : 0)) {
		return -XMEM_EEXIST;
	}
	if (d.level > 1) {
		enter(b, w, d.level, wanted);
	}
	xmem_buddy_write_frames(b, w, old, new);
	return 0;
}

int xmem_buddy_give_word(struct xmem_buddy *b, const struct xmem_buddy_word *w,
			 bool described)
{
	int rc;

	if (!is_word(b, w)) {
		return -XMEM_EINVAL;
	}
	rc = xmem_buddy_give_frames(b, (w->first - b->base) >> XMEM_WORD_SHIFT,
				    w->frames, w->dirty,
				    xmem_buddy_used(described));
	if (rc == 0) {
		b->nr_free += xmem_popcount64(w->frames);
	}
	return rc;
}
