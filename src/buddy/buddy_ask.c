/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_ask.c - what is known of a frame, or of all frames of a block
 *
 * Nothing here changes the tree. A question costs some steps for each level.
 */
#include "buddy/buddy.h"

#include "buddy/buddy_priv.h"

/* The common state of the frames of the aligned block of @order at @mfn, any
 * value; plain if that is outside the span. */
static unsigned int state_at(const struct xmem_buddy *b, unsigned long mfn,
			     unsigned int order)
{
	struct xmem_buddy_place s;

	if (mfn < b->start || mfn >= b->end) {
		return XMEM_BUDDY_PLAIN;
	}
	s = xmem_buddy_place_of(mfn - b->base, order);
	return xmem_buddy_probe(b, &s);
}

bool xmem_buddy_is_free(const struct xmem_buddy *b, unsigned long mfn,
			bool *dirty)
{
	unsigned int state = state_at(b, mfn, 0);

	if ((state & XMEM_BUDDY_FREE) == 0) {
		return false;
	}
	if (dirty != NULL) {
		*dirty = state == XMEM_BUDDY_DIRTY;
	}
	return true;
}

bool xmem_buddy_is_described(const struct xmem_buddy *b, unsigned long mfn)
{
	return state_at(b, mfn, 0) == XMEM_BUDDY_DESCRIBED;
}

bool xmem_buddy_is_used(struct xmem_buddy *b, unsigned long mfn,
			unsigned int order)
{
	if (order >= XMEM_WORD_SHIFT) {
		xmem_buddy_settle(b);
	}
	return xmem_buddy_all_used(state_at(b, mfn, order));
}
