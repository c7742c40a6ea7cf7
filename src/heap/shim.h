/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shim.h - stands for the engine's calls of whole words until they are merged
 */
#ifndef HEAP_SHIM_H
#define HEAP_SHIM_H

#include "buddy/buddy.h"

struct xmem_buddy_word {
	unsigned long first;
	uint64_t frames;
	uint64_t dirty;
};

static inline bool xmem_buddy_take_word(struct xmem_buddy *b,
					const struct xmem_buddy_request *req,
					struct xmem_buddy_word *w)
{
	unsigned long mfn = xmem_buddy_take(b, req, NULL);
	bool dirty;

	if (mfn == XMEM_NO_MFN) {
		return false;
	}
	if (xmem_buddy_give(b, mfn, 0, true) != 0) {
		return false;
	}
	w->first = mfn - mfn % 64;
	w->frames = 0;
	w->dirty = 0;
	for (unsigned int i = 0; i < 64; i++) {
		unsigned long at = w->first + i;

		if (at >= req->lo && at < req->hi && at >= b->start &&
		    at < b->end && xmem_buddy_is_free(b, at, &dirty) &&
		    xmem_buddy_take_range(b, at, 1, NULL) == 0) {
			w->frames |= (uint64_t)1 << i;
			w->dirty |= (uint64_t)dirty << i;
		}
	}
	return true;
}

static inline int xmem_buddy_give_word(struct xmem_buddy *b,
				       const struct xmem_buddy_word *w,
				       bool described)
{
	int rc = 0;

	(void)described;
	for (unsigned int i = 0; i < 64 && rc == 0; i++) {
		if ((w->frames >> i & 1) != 0) {
			rc = xmem_buddy_give(b, w->first + i, 0,
					     (w->dirty >> i & 1) != 0);
		}
	}
	return rc;
}

#endif /* HEAP_SHIM_H */
