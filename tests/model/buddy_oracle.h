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

enum { ORACLE_USED, ORACLE_CLEAN, ORACLE_DIRTY };

struct oracle {
	unsigned long start;
	unsigned long end;
	unsigned int max_order;
	unsigned char *frame; /* [0] is frame `start` */
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
	o->frame = frame;
	memset(frame, ORACLE_USED, end - start);
}

/* Is [mfn, mfn + nr) inside the span, and nr > 0? */
static inline int oracle_inside(const struct oracle *o, unsigned long mfn,
				unsigned long nr)
{
	return nr > 0 && mfn >= o->start && mfn <= o->end && nr <= o->end - mfn;
}

/* Number of frames of [mfn, mfn + nr), inside the span, that are free. */
static inline unsigned long oracle_nr_free(const struct oracle *o,
					   unsigned long mfn, unsigned long nr)
{
	unsigned long free = 0;

	for (unsigned long i = 0; i < nr; i++) {
		free += o->frame[mfn - o->start + i] != ORACLE_USED;
	}
	return free;
}

/* The same, dirty. */
static inline unsigned long oracle_nr_dirty(const struct oracle *o,
					    unsigned long mfn, unsigned long nr)
{
	unsigned long dirty = 0;

	for (unsigned long i = 0; i < nr; i++) {
		dirty += o->frame[mfn - o->start + i] == ORACLE_DIRTY;
	}
	return dirty;
}

static inline int oracle_all_free(const struct oracle *o, unsigned long mfn,
				  unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++) {
		if (o->frame[mfn - o->start + i] == ORACLE_USED) {
			return 0;
		}
	}
	return 1;
}

static inline int oracle_all_used(const struct oracle *o, unsigned long mfn,
				  unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++) {
		if (o->frame[mfn - o->start + i] != ORACLE_USED) {
			return 0;
		}
	}
	return 1;
}

static inline void oracle_set(struct oracle *o, unsigned long mfn,
			      unsigned long nr, unsigned int state)
{
	memset(o->frame + (mfn - o->start), (int)state, nr);
}

/* Order of the maximal free block around free frame mfn. */
static inline unsigned int oracle_block(const struct oracle *o,
					unsigned long mfn)
{
	unsigned int order = 0;

	while (order < o->max_order) {
		unsigned long size = 2UL << order;
		unsigned long head = mfn & ~(size - 1);

		if (!oracle_inside(o, head, size) ||
		    !oracle_all_free(o, head, size)) {
			break;
		}
		order++;
	}
	return order;
}

/* Where nr frames aligned to `align` frames fit into [lo, hi), or ~0. */
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

/*
 * What take (align == order, nr == 2^order) and take_run should return: of
 * the smallest block of at least `order` that has room in [lo, hi) the one
 * nearest the end, and in it the place nearest the end.
 */
static inline unsigned long oracle_find(const struct oracle *o,
					unsigned long nr, unsigned int align,
					unsigned long lo, unsigned long hi,
					int low)
{
	unsigned long found = XMEM_NO_MFN;
	unsigned int found_order = o->max_order + 1;
	unsigned long mfn = o->start;
	unsigned int order = align;

	lo = lo > o->start ? lo : o->start;
	hi = hi < o->end ? hi : o->end;
	while (order < 63 && 1UL << order < nr) {
		order++;
	}
	while (nr > 0 && order <= o->max_order && mfn < hi) {
		if (o->frame[mfn - o->start] == ORACLE_USED) {
			mfn++;
			continue;
		}
		unsigned int k = oracle_block(o, mfn);
		unsigned long end = mfn + (1UL << k);

		if (k >= order &&
		    (k < found_order || (k == found_order && !low))) {
			unsigned long at = oracle_fit(mfn > lo ? mfn : lo,
						      end < hi ? end : hi, nr,
						      1UL << align, low);

			if (at != XMEM_NO_MFN) {
				found = at;
				found_order = k;
			}
		}
		mfn = end;
	}
	return found;
}

/* What give, give_range, take_range and mark should return. */
static inline int oracle_verdict(const struct oracle *o, unsigned long mfn,
				 unsigned long nr, int must_be_free)
{
	if (!oracle_inside(o, mfn, nr)) {
		return -XMEM_EINVAL;
	}
	if (must_be_free ? !oracle_all_free(o, mfn, nr)
			 : !oracle_all_used(o, mfn, nr)) {
		return -XMEM_EBUSY;
	}
	return 0;
}

/* The same for an aligned block. */
static inline int oracle_block_verdict(const struct oracle *o,
				       unsigned long mfn, unsigned int order,
				       int must_be_free)
{
	if (order > o->max_order || (mfn & ((1UL << order) - 1)) != 0) {
		return -XMEM_EINVAL;
	}
	return oracle_verdict(o, mfn, 1UL << order, must_be_free);
}

#endif /* BUDDY_ORACLE_H */
