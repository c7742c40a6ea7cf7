/* SPDX-License-Identifier: BSD-2-Clause */
/* word_shim.h - until the engine has whole words (branch engine) */
#ifndef HEAP_WORD_SHIM_H
#define HEAP_WORD_SHIM_H
#include "buddy/buddy.h"
struct xmem_buddy_word {
	unsigned long first;
	uint64_t frames;
	uint64_t dirty;
};

static inline void xmem_buddy_look_word(const struct xmem_buddy *b,
					struct xmem_buddy_word *w,
					uint64_t *described)
{
	*described = 0;
	w->frames = w->dirty = 0;
	for (unsigned int i = 0; i < XMEM_WORD_BITS; i++) {
		bool dirty;

		if (xmem_buddy_is_free(b, w->first + i, &dirty)) {
			w->frames |= xmem_bit(i);
			w->dirty |= (uint64_t)dirty << i;
		}
	}
}

static inline bool xmem_buddy_take_word(struct xmem_buddy *b,
					const struct xmem_buddy_request *req,
					bool described,
					struct xmem_buddy_word *w)
{
	struct xmem_buddy_request one = *req;
	bool dirty;
	unsigned long mfn;
	uint64_t d;

	(void)described;
	one.order = 0;
	mfn = xmem_buddy_take(b, &one, &dirty);
	if (mfn == XMEM_NO_MFN) {
		return false;
	}
	w->first = mfn - xmem_bit_of(mfn - b->base);
	if (xmem_buddy_give(b, mfn, 0, dirty) != 0) {
		return false;
	}
	xmem_buddy_look_word(b, w, &d);
	for (unsigned int i = 0; i < XMEM_WORD_BITS; i++) {
		if ((w->frames >> i & 1) == 0) {
			continue;
		}
		if (w->first + i < req->lo || w->first + i >= req->hi) {
			w->frames &= ~xmem_bit(i);
		} else if (xmem_buddy_take_range(b, w->first + i, 1, NULL)) {
			return false;
		}
	}
	w->dirty &= w->frames;
	return true;
}

static inline int xmem_buddy_give_word(struct xmem_buddy *b,
				       const struct xmem_buddy_word *w,
				       bool described)
{
	int rc = 0;

	(void)described;
	for (unsigned int i = 0; i < XMEM_WORD_BITS && rc == 0; i++) {
		if ((w->frames >> i & 1) != 0) {
			rc = xmem_buddy_give(b, w->first + i, 0,
					     w->dirty >> i & 1);
		}
	}
	return rc;
}
#endif
