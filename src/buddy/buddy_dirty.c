/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_dirty.c - find a block of free frames that is dirty, and say if it is
 *
 * For who scrubs free memory. Down the levels once by the dirt words, then some
 * steps for each level and order.
 */
#include "buddy/buddy.h"

#include "buddy/buddy_priv.h"
#include "lib/align.h"

unsigned int xmem_buddy_block_of(const struct xmem_buddy *b, unsigned long mfn,
				 unsigned long *head)
{
	unsigned int order = b->max_order;

	if (!xmem_buddy_is_free(b, mfn, NULL)) {
		return MAX_ORDER + 1;
	}
	/* Try each order from the largest: is the block around @mfn free? */
	for (;;) {
		unsigned long at = xmem_align_down(mfn - b->base, 1UL << order);
		struct xmem_buddy_place s = xmem_buddy_place_of(at, order);

		if ((xmem_buddy_probe(b, &s) & XMEM_BUDDY_FREE) != 0) {
			*head = b->base + at;
			return order;
		}
		order--;
	}
}

/* The highest dirty frame, relative to base; XMEM_BUDDY_NONE: there is none. */
static unsigned long last_dirty(const struct xmem_buddy *b)
{
	unsigned int level = b->top;
	unsigned long at = 0; /* a group of @level */
	uint64_t dirt;

	for (; level > 0; level--) {
		unsigned int bit;

		dirt = xmem_buddy_signs(b, level, at)[0];
		if (dirt == 0) {
			return XMEM_BUDDY_NONE;
		}
		bit = xmem_fls64(dirt);
		dirt = xmem_buddy_load(b, level, at).mixed;
		at = (at << XMEM_WORD_SHIFT) + bit;
		if ((dirt >> bit & 1) == 0) {
			return ((at + 1) << (level * XMEM_WORD_SHIFT)) - 1;
		}
	}
	dirt = xmem_buddy_load(b, 0, at).free & xmem_buddy_load(b, 0, at).note;
	return dirt == 0 ? XMEM_BUDDY_NONE
			 : (at << XMEM_WORD_SHIFT) + xmem_fls64(dirt);
}

unsigned long xmem_buddy_find_dirty(struct xmem_buddy *b, unsigned int limit,
				    unsigned int *order)
{
	unsigned long head, at;
	unsigned int most;

	xmem_buddy_settle(b);
	at = last_dirty(b);
	if (at == XMEM_BUDDY_NONE) {
		return XMEM_NO_MFN;
	}
	most = xmem_buddy_block_of(b, b->base + at, &head);
	*order = most < limit ? most : limit;
	return b->base + xmem_align_down(at, 1UL << *order);
}

int xmem_buddy_mark(struct xmem_buddy *b, unsigned long mfn, unsigned int order,
		    bool dirty)
{
	struct xmem_buddy_place s;
	unsigned int state;
	int rc = xmem_buddy_reach(b, mfn, order, &s, &state);

	if (rc != 0) {
		return rc;
	}
	if ((state & XMEM_BUDDY_FREE) == 0) {
		return -XMEM_EBUSY;
	}
	xmem_buddy_set_state(b, &s, state, xmem_buddy_freed(dirty));
	return 0;
}
