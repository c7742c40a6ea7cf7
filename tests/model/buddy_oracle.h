/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_oracle.h - the buddy as one byte a frame: what the answers should be
 *
 * No trees, no index, no merging: the blocks follow from the free frames by
 * the definition of I2, found by looking at every frame. Slow and plain.
 */
#ifndef BUDDY_ORACLE_H
#define BUDDY_ORACLE_H

#include <stdlib.h>
#include <string.h>

#include "buddy/buddy.h"

/* Used frames first, then free ones. */
enum { ORACLE_PLAIN, ORACLE_DESCRIBED, ORACLE_CLEAN, ORACLE_DIRTY };

struct oracle {
	unsigned long base; /* frame 0 of the tree */
	unsigned long start;
	unsigned long end;
	unsigned int max_order;
	unsigned char *frame; /* [0] is frame `start` */
};

struct oracle_block {
	unsigned long head;
	unsigned int order;
};

static inline void oracle_init(struct oracle *o, unsigned long start,
			       unsigned long end, unsigned char *frame)
{
	o->start = start;
	o->end = end;
	o->max_order = 0;
	while (o->max_order < MAX_ORDER && 2UL << o->max_order <= end - start) {
		o->max_order++;
	}
	o->base = start & ~((1UL << o->max_order) - 1);
	o->frame = frame;
	memset(frame, ORACLE_PLAIN, end - start);
}

/* -- Frames --------------------------------------------------------------- */

/* Is [mfn, mfn + nr) inside the span, and nr > 0? */
static inline int oracle_inside(const struct oracle *o, unsigned long mfn,
				unsigned long nr)
{
	return nr > 0 && mfn >= o->start && mfn <= o->end && nr <= o->end - mfn;
}

/* The state of a frame of the span. */
static inline unsigned int oracle_state(const struct oracle *o,
					unsigned long mfn)
{
	return o->frame[mfn - o->start];
}

static inline int oracle_is_free(const struct oracle *o, unsigned long mfn)
{
	return oracle_state(o, mfn) >= ORACLE_CLEAN;
}

static inline void oracle_set(struct oracle *o, unsigned long mfn,
			      unsigned long nr, unsigned int state)
{
	memset(o->frame + (mfn - o->start), (int)state, nr);
}

/* Number of frames of [mfn, mfn + nr), inside the span, that are `state`. */
static inline unsigned long oracle_nr(const struct oracle *o, unsigned long mfn,
				      unsigned long nr, unsigned int state)
{
	unsigned long found = 0;

	for (unsigned long i = 0; i < nr; i++) {
		found += oracle_state(o, mfn + i) == state;
	}
	return found;
}

static inline int oracle_all_free(const struct oracle *o, unsigned long mfn,
				  unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++) {
		if (!oracle_is_free(o, mfn + i)) {
			return 0;
		}
	}
	return 1;
}

/* -- What a call should return --------------------------------------------- */

/* A call that wants free frames. */
static inline int oracle_wants_free(const struct oracle *o, unsigned long mfn,
				    unsigned long nr)
{
	if (!oracle_inside(o, mfn, nr)) {
		return -XMEM_EINVAL;
	}
	return oracle_all_free(o, mfn, nr) ? 0 : -XMEM_EBUSY;
}

/* A call that wants used frames, all described or all plain. */
static inline int oracle_wants_used(const struct oracle *o, unsigned long mfn,
				    unsigned long nr, bool described)
{
	unsigned int other = described ? ORACLE_PLAIN : ORACLE_DESCRIBED;
	int rc = 0;

	if (!oracle_inside(o, mfn, nr)) {
		return -XMEM_EINVAL;
	}
	for (unsigned long i = 0; i < nr; i++) {
		if (oracle_is_free(o, mfn + i)) {
			return -XMEM_EBUSY;
		}
		if (oracle_state(o, mfn + i) == other) {
			rc = -XMEM_EEXIST;
		}
	}
	return rc;
}

/* Is it an aligned block of a size that the span can have? */
static inline int oracle_is_block(const struct oracle *o, unsigned long mfn,
				  unsigned int order)
{
	return order <= o->max_order && (mfn & ((1UL << order) - 1)) == 0;
}

/* Is the word `w` one of the tree, not empty, with frames of the span only? */
static inline int oracle_is_word(const struct oracle *o,
				 const struct xmem_buddy_word *w)
{
	if ((w->first - o->base) % XMEM_WORD_BITS != 0 || w->frames == 0 ||
	    (w->dirty & ~w->frames) != 0) {
		return 0;
	}
	for (unsigned int i = 0; i < 64; i++) {
		if ((w->frames >> i & 1) != 0 &&
		    (i >= XMEM_WORD_BITS || w->first + i < w->first ||
		     !oracle_inside(o, w->first + i, 1))) {
			return 0;
		}
	}
	return 1;
}

/* xmem_buddy_give_word(). */
static inline int oracle_word_verdict(const struct oracle *o,
				      const struct xmem_buddy_word *w,
				      bool described)
{
	int rc = 0;

	for (unsigned int i = 0; i < XMEM_WORD_BITS; i++) {
		int one = 0;

		if ((w->frames >> i & 1) != 0) {
			one = oracle_wants_used(o, w->first + i, 1, described);
		}
		if (one == -XMEM_EBUSY) {
			return one;
		}
		rc = one != 0 ? one : rc;
	}
	return rc;
}

/* -- Blocks ---------------------------------------------------------------- */

/* The maximal free block around free frame mfn. */
static inline struct oracle_block oracle_block(const struct oracle *o,
					       unsigned long mfn)
{
	struct oracle_block block = {mfn, 0};

	while (block.order < o->max_order) {
		unsigned long size = 2UL << block.order;
		unsigned long head = mfn & ~(size - 1);

		if (!oracle_inside(o, head, size) ||
		    !oracle_all_free(o, head, size)) {
			break;
		}
		block.order++;
		block.head = head;
	}
	return block;
}

/* The first free block at or above frame mfn, where no block begins earlier
 * and goes beyond it; order MAX_ORDER + 1: there is none. */
static inline struct oracle_block oracle_next_block(const struct oracle *o,
						    unsigned long mfn)
{
	while (mfn < o->end && !oracle_is_free(o, mfn)) {
		mfn++;
	}
	if (mfn >= o->end) {
		return (struct oracle_block){mfn, MAX_ORDER + 1};
	}
	return oracle_block(o, mfn);
}

static inline unsigned int oracle_tier(unsigned int order)
{
	return order / XMEM_BUDDY_SUPER;
}

/*
 * Does a take choose `a` rather than `b`, two free blocks that both have room?
 * The lower tier goes first. In a tier, look at the lowest group that both are
 * in or below. A block below one of its nodes goes first: that node is broken
 * already. Of two blocks of nodes of the group the smaller goes first. Else the
 * one that is nearer to the preferred end.
 */
static inline int oracle_chooses(unsigned long base, struct oracle_block a,
				 struct oracle_block b, int low)
{
	unsigned int level_a = a.order / XMEM_WORD_SHIFT;
	unsigned int level_b = b.order / XMEM_WORD_SHIFT;
	unsigned int level = level_a > level_b ? level_a : level_b;

	if (oracle_tier(a.order) != oracle_tier(b.order)) {
		return oracle_tier(a.order) < oracle_tier(b.order);
	}
	while ((a.head - base) >> (level + 1) * XMEM_WORD_SHIFT !=
	       (b.head - base) >> (level + 1) * XMEM_WORD_SHIFT) {
		level++;
	}
	if ((level_a < level) != (level_b < level)) {
		return level_a < level;
	}
	if (level_a == level && a.order != b.order) {
		return a.order < b.order;
	}
	return low ? a.head < b.head : a.head > b.head;
}

/* Where nr frames aligned to `align` frames fit into [lo, hi), nearest to an
 * end; or XMEM_NO_MFN. */
static inline unsigned long oracle_fit(unsigned long lo, unsigned long hi,
				       unsigned long nr, unsigned long align,
				       int low)
{
	unsigned long at = XMEM_NO_MFN;

	for (unsigned long i = (lo + align - 1) / align * align; i + nr <= hi;
	     i += align) {
		at = i;
		if (low) {
			break;
		}
	}
	return at;
}

/* The same in the part of a block that is in [lo, hi). */
static inline unsigned long oracle_fit_block(struct oracle_block block,
					     unsigned long lo, unsigned long hi,
					     unsigned long nr,
					     unsigned long align, int low)
{
	unsigned long end = block.head + (1UL << block.order);

	return oracle_fit(block.head > lo ? block.head : lo,
			  end < hi ? end : hi, nr, align, low);
}

/* The order of the smallest block that holds nr frames aligned to 2^align. */
static inline unsigned int oracle_order(unsigned long nr, unsigned int align)
{
	unsigned int order = align;

	while (order < 63 && 1UL << order < nr) {
		order++;
	}
	return order;
}

/*
 * What take (align == order, nr == 2^order) and take_run should return. Only
 * blocks that are large enough and have room in [lo, hi) count.
 */
static inline unsigned long oracle_find(const struct oracle *o,
					unsigned long nr, unsigned int align,
					unsigned long lo, unsigned long hi,
					int low)
{
	unsigned int order = oracle_order(nr, align);
	struct oracle_block best = {0, 0};
	unsigned long found = XMEM_NO_MFN;
	unsigned long mfn = o->start;

	if (nr == 0 || order > o->max_order) {
		return XMEM_NO_MFN;
	}
	while (mfn < o->end && mfn < hi) {
		struct oracle_block next = oracle_next_block(o, mfn);
		unsigned long at = XMEM_NO_MFN;

		if (next.order > MAX_ORDER) {
			break;
		}
		if (next.order >= order) {
			at = oracle_fit_block(next, lo, hi, nr, 1UL << align,
					      low);
		}
		if (at != XMEM_NO_MFN &&
		    (found == XMEM_NO_MFN ||
		     oracle_chooses(o->base, next, best, low))) {
			best = next;
			found = at;
		}
		mfn = next.head + (1UL << next.order);
	}
	return found;
}

/* What take_word should take: all free frames in [lo, hi) of the word of the
 * frame that a take would choose. No bits: nothing. */
static inline struct xmem_buddy_word oracle_find_word(const struct oracle *o,
						      unsigned long lo,
						      unsigned long hi, int low)
{
	struct xmem_buddy_word w = {0};
	unsigned long mfn = oracle_find(o, 1, 0, lo, hi, low);

	if (mfn == XMEM_NO_MFN) {
		return w;
	}
	w.first = mfn - (mfn - o->base) % XMEM_WORD_BITS;
	for (unsigned int i = 0; i < XMEM_WORD_BITS; i++) {
		unsigned long at = w.first + i;

		if (at < lo || at >= hi || !oracle_inside(o, at, 1) ||
		    !oracle_is_free(o, at)) {
			continue;
		}
		w.frames |= (uint64_t)1 << i;
		if (oracle_state(o, at) == ORACLE_DIRTY) {
			w.dirty |= (uint64_t)1 << i;
		}
	}
	return w;
}

/* What find_dirty should find: the largest aligned block of at most 2^limit
 * free frames around the highest dirty one. Order MAX_ORDER + 1: none. */
static inline struct oracle_block oracle_find_dirty(const struct oracle *o,
						    unsigned int limit)
{
	struct oracle_block block = {0, MAX_ORDER + 1};
	unsigned long mfn = o->end;

	while (mfn > o->start && oracle_state(o, mfn - 1) != ORACLE_DIRTY) {
		mfn--;
	}
	if (mfn > o->start) {
		block = oracle_block(o, mfn - 1);
		block.order = block.order < limit ? block.order : limit;
		block.head = (mfn - 1) & ~((1UL << block.order) - 1);
	}
	return block;
}

#endif /* BUDDY_ORACLE_H */
