/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_run.c - take runs of frames, and find out how far free frames go
 *
 * Model       A run is any number of consecutive frames. Free frames that are
 *             neighbours need not be one block: a run of them is at most two
 *             blocks of each order, and blocks of the largest order in
 *             between. A run of 2^(k+1) - 1 frames or more has a free block
 *             of order k or more in it, wherever it lies. So who looks for a
 *             run asks for such blocks, and from each of them how far the
 *             free frames go, to both sides.
 * Cost        Blocks are found by the finders. The ends of a run are found in
 *             the free words: up and down the levels once, and one step for
 *             each group of blocks of the largest order. Nothing here looks
 *             at frames one by one.
 * Locking     None here: the caller owns the span.
 */
#include "buddy/buddy.h"

#include "buddy/buddy_priv.h"

/* -- Take ----------------------------------------------------------------- */

unsigned long xmem_buddy_take_run(struct xmem_buddy *b,
				  const struct xmem_buddy_request *req,
				  unsigned long nr, bool *dirty)
{
	unsigned int order = req->order;
	struct xmem_buddy_found found;
	bool was_dirty;

	if (nr == 0) {
		return XMEM_NO_MFN;
	}
	if (xmem_log2_ceil(nr) > order) {
		order = xmem_log2_ceil(nr);
	}
	xmem_buddy_settle(b);
	found = xmem_buddy_find(b, req, order, nr);
	if (found.at == XMEM_BUDDY_NONE) {
		return XMEM_NO_MFN;
	}
	was_dirty = xmem_buddy_set_run(b, found.at, nr,
				       xmem_buddy_used(req->described));
	b->nr_free -= nr;
	if (dirty != NULL) {
		*dirty = was_dirty;
	}
	return b->base + found.at;
}

/* Take the frames of @s. *@was_dirty: was any of them dirty? Return: 0, -EBUSY.
 */
static int take_place(struct xmem_buddy *b, struct xmem_buddy_place s,
		      bool *was_dirty)
{
	unsigned int state = xmem_buddy_probe(b, &s);

	if ((state & XMEM_BUDDY_FREE) == 0) {
		return -XMEM_EBUSY;
	}
	xmem_buddy_set_state(b, &s, state, XMEM_BUDDY_PLAIN);
	*was_dirty = state != XMEM_BUDDY_CLEAN;
	return 0;
}

/* The same of [@mfn, @mfn + @nr), which is in several places. */
static int take_places(struct xmem_buddy *b, unsigned long mfn,
		       unsigned long nr, bool *was_dirty)
{
	int rc = xmem_buddy_check_range(b, mfn, nr, true);

	if (rc == 0) {
		*was_dirty = xmem_buddy_set_run(b, mfn - b->base, nr,
						XMEM_BUDDY_PLAIN);
	}
	return rc;
}

int xmem_buddy_take_range(struct xmem_buddy *b, unsigned long mfn,
			  unsigned long nr, bool *dirty)
{
	struct xmem_buddy_place s;
	unsigned long len = nr;
	bool was_dirty;
	int rc;

	if (!xmem_buddy_in_span(b, mfn, nr)) {
		return -XMEM_EINVAL;
	}
	xmem_buddy_settle(b);
	s = xmem_buddy_place_at(b, mfn - b->base, &len);
	rc = len == nr ? take_place(b, s, &was_dirty)
		       : take_places(b, mfn, nr, &was_dirty);
	if (rc != 0) {
		return rc;
	}
	b->nr_free -= nr;
	if (dirty != NULL) {
		*dirty = was_dirty;
	}
	return 0;
}

/* -- How far free frames go ------------------------------------------------ */

/* The free nodes in a group on the way down to a frame. */
struct free_nodes {
	uint64_t word;	    /* of the nodes of the group */
	unsigned long node; /* that the frame belongs to, of its level */
	unsigned int shift; /* log2 of the frames of a node */
};

/* Find the largest node that is all free and has frame @idx. Return: false if
 * the frame is used. */
static bool free_at(const struct xmem_buddy *b, unsigned long idx,
		    struct free_nodes *found)
{
	unsigned int level = b->top;

	for (;;) {
		unsigned int shift = level * XMEM_WORD_SHIFT;
		unsigned long node = idx >> shift;
		struct xmem_buddy_group g =
			xmem_buddy_load(b, level, node >> XMEM_WORD_SHIFT);
		uint64_t bit = xmem_bit(xmem_bit_of(node));

		if ((g.free & bit) != 0) {
			*found = (struct free_nodes){g.free, node, shift};
			return true;
		}
		if ((g.mixed & ~g.note & bit) == 0) {
			return false;
		}
		level--;
	}
}

unsigned long xmem_buddy_free_end(const struct xmem_buddy *b, unsigned long mfn,
				  unsigned long end)
{
	unsigned long idx = mfn - b->base;
	unsigned long last = (end < b->end ? end : b->end) - b->base;
	struct free_nodes at;

	while (idx < last && free_at(b, idx, &at)) {
		uint64_t used = ~at.word & xmem_bits_from(xmem_bit_of(at.node));
		unsigned long group = at.node - xmem_bit_of(at.node);
		unsigned int bits = XMEM_WORD_BITS;

		if ((used & XMEM_WORD_FULL) != 0) {
			bits = xmem_ffs64(used);
		}
		idx = (group + bits) << at.shift;
	}
	return b->base + (idx < last ? idx : last);
}

unsigned long xmem_buddy_free_start(const struct xmem_buddy *b,
				    unsigned long mfn, unsigned long start)
{
	unsigned long idx = mfn - b->base;
	unsigned long first = (start > b->start ? start : b->start) - b->base;
	struct free_nodes at;

	while (idx > first && free_at(b, idx - 1, &at)) {
		uint64_t used = ~at.word & xmem_bits_upto(xmem_bit_of(at.node));
		unsigned long group = at.node - xmem_bit_of(at.node);
		unsigned int bits = used != 0 ? xmem_fls64(used) + 1 : 0;

		idx = (group + bits) << at.shift;
	}
	return b->base + (idx > first ? idx : first);
}

/* What is found need not be the highest, since broken nodes and smaller blocks
 * go before others; so ask again for frames above it, as long as there are any.
 * Each answer is in a block of a higher order, or of a higher level or tier. */
unsigned long xmem_buddy_last_in_block(struct xmem_buddy *b,
				       const struct xmem_buddy_request *req)
{
	struct xmem_buddy_request above = *req;
	struct xmem_buddy_found found;
	unsigned long best = XMEM_NO_MFN;

	above.prefer = XMEM_BUDDY_HIGH;
	above.order = 0;
	xmem_buddy_settle(b);
	while (above.lo < above.hi) {
		found = xmem_buddy_find(b, &above, req->order, 1);
		if (found.at == XMEM_BUDDY_NONE) {
			break;
		}
		best = b->base + found.at;
		above.lo = best + 1;
	}
	return best;
}
