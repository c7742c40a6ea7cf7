/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy.c - take blocks of frames from a span and give them back
 *
 * Model       A block is one place in the tree (buddy_priv.h). A take asks
 *             buddy_find.c where, a give is told; both look at the common
 *             state of the place and write the new one (buddy_tree.c), which
 *             costs the same for all orders.
 * Invariants  I1 to I5 of buddy.h; buddy_check.c tests them.
 * Locking     None here: the caller owns the span.
 */
#include "buddy/buddy.h"

#include "buddy/buddy_priv.h"
#include "lib/align.h"

static bool is_block(const struct xmem_buddy *b, unsigned long mfn,
		     unsigned int order)
{
	return order <= b->max_order && xmem_is_aligned(mfn, 1UL << order) &&
	       xmem_buddy_in_span(b, mfn, 1UL << order);
}

unsigned long xmem_buddy_take(struct xmem_buddy *b,
			      const struct xmem_buddy_request *req, bool *dirty)
{
	struct xmem_buddy_search want = {.nr = 1UL << req->order,
					 .order = req->order,
					 .align = req->order,
					 .prefer = req->prefer};
	struct xmem_buddy_place s;
	unsigned int level, state;
	unsigned long at;

	if (!xmem_buddy_clip(b, &want, req)) {
		return XMEM_NO_MFN;
	}
	at = xmem_buddy_find(b, &want, &level);
	if (at == XMEM_BUDDY_NONE) {
		return XMEM_NO_MFN;
	}
	s = xmem_buddy_place_of(at, req->order);
	state = xmem_buddy_probe_from(b, &s, level);
	xmem_buddy_set_state(b, &s, state, xmem_buddy_used(req->described));
	b->nr_free -= want.nr;
	if (dirty != NULL) {
		*dirty = state != XMEM_BUDDY_CLEAN;
	}
	return b->base + at;
}

int xmem_buddy_give(struct xmem_buddy *b, unsigned long mfn, unsigned int order,
		    bool described, bool dirty)
{
	struct xmem_buddy_place s;
	unsigned int wanted = xmem_buddy_used(described);
	unsigned int state;

	if (!is_block(b, mfn, order)) {
		return -XMEM_EINVAL;
	}
	s = xmem_buddy_place_of(mfn - b->base, order);
	state = xmem_buddy_probe(b, &s);
	if (state != wanted) {
		return xmem_buddy_verdict(state, wanted);
	}
	xmem_buddy_set_state(b, &s, state, xmem_buddy_freed(dirty));
	b->nr_free += 1UL << order;
	return 0;
}

int xmem_buddy_describe(struct xmem_buddy *b, unsigned long mfn,
			unsigned int order, bool described)
{
	struct xmem_buddy_place s;
	unsigned int wanted = xmem_buddy_used(!described);
	unsigned int state;

	if (!is_block(b, mfn, order)) {
		return -XMEM_EINVAL;
	}
	s = xmem_buddy_place_of(mfn - b->base, order);
	state = xmem_buddy_probe(b, &s);
	if (state != wanted) {
		return xmem_buddy_verdict(state, wanted);
	}
	xmem_buddy_set_state(b, &s, state, xmem_buddy_used(described));
	return 0;
}

int xmem_buddy_give_range(struct xmem_buddy *b, unsigned long mfn,
			  unsigned long nr, bool dirty)
{
	int rc = xmem_buddy_check_range(b, mfn, nr, false);

	if (rc == 0) {
		xmem_buddy_set_run(b, mfn - b->base, nr,
				   xmem_buddy_freed(dirty));
		b->nr_free += nr;
	}
	return rc;
}

int xmem_buddy_mark(struct xmem_buddy *b, unsigned long mfn, unsigned int order,
		    bool dirty)
{
	struct xmem_buddy_place s;
	unsigned int state;

	if (!is_block(b, mfn, order)) {
		return -XMEM_EINVAL;
	}
	s = xmem_buddy_place_of(mfn - b->base, order);
	state = xmem_buddy_probe(b, &s);
	if ((state & XMEM_BUDDY_FREE) == 0) {
		return -XMEM_EBUSY;
	}
	xmem_buddy_set_state(b, &s, state, xmem_buddy_freed(dirty));
	return 0;
}
