/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_place.c - write a state into a block of any order, and into a run
 *
 * Model       A block is a place: one mask in one group (buddy_priv.h). Groups
 *             that were not valid until then are filled first (buddy_fill.c);
 *             then buddy_tree.c writes. A run of frames is at most two masks on
 *             each level below that of the largest block, and one for each
 *             group of that level.
 * Locking     None here: the caller owns the span.
 */
#include "buddy/buddy.h"

#include "buddy/buddy_priv.h"
#include "lib/attr.h"

/* -- Places ---------------------------------------------------------------- */

struct xmem_buddy_place xmem_buddy_place_at(const struct xmem_buddy *b,
					    unsigned long idx,
					    unsigned long *nr)
{
	unsigned int most = xmem_block_order(idx, *nr);
	unsigned int order = most < b->max_order ? most : b->max_order;
	struct xmem_buddy_place s = xmem_buddy_place_of(idx, order);
	unsigned int shift = s.level * XMEM_WORD_SHIFT;
	unsigned long room = XMEM_WORD_BITS - s.bit;
	unsigned long nodes = *nr >> shift;

	nodes = nodes < room ? nodes : room;
	s.mask = xmem_bits_run(s.bit, (unsigned int)nodes);
	*nr = nodes << shift;
	return s;
}

/* -- Runs ------------------------------------------------------------------ */

XMEM_COLD int xmem_buddy_check_range(const struct xmem_buddy *b,
				     unsigned long mfn, unsigned long nr,
				     bool free)
{
	unsigned long idx = mfn - b->base;
	int rc = 0;

	if (!xmem_buddy_in_span(b, mfn, nr)) {
		return -XMEM_EINVAL;
	}
	while (nr > 0 && rc != -XMEM_EBUSY) {
		unsigned long len = nr;
		struct xmem_buddy_place s = xmem_buddy_place_at(b, idx, &len);
		unsigned int state = xmem_buddy_probe(b, &s);

		if (free) {
			rc = (state & XMEM_BUDDY_FREE) != 0 ? 0 : -XMEM_EBUSY;
		} else if (state != XMEM_BUDDY_PLAIN) {
			rc = xmem_buddy_verdict(state, XMEM_BUDDY_PLAIN);
		}
		idx += len;
		nr -= len;
	}
	return rc;
}

XMEM_COLD bool xmem_buddy_set_run(struct xmem_buddy *b, unsigned long idx,
				  unsigned long nr, unsigned int to)
{
	bool dirty = false;

	while (nr > 0) {
		unsigned long len = nr;
		struct xmem_buddy_place s = xmem_buddy_place_at(b, idx, &len);
		unsigned int from = xmem_buddy_probe(b, &s);

		xmem_buddy_set_state(b, &s, from, to);
		dirty |= from == XMEM_BUDDY_DIRTY || from == XMEM_BUDDY_VARIED;
		idx += len;
		nr -= len;
	}
	xmem_buddy_settle(b); /* `orders` may be of what is untold. */
	return dirty;
}
