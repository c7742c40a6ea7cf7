/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * block.c - the lowest door: blocks for a host with page accounting of its own
 *
 * Model       The heap's blocks as they are: which frames are free, and which
 *             of these are dirty. Marks, owners, quotas and scrubbing are the
 *             host's, so no descriptor is read or written here, and no frame is
 *             touched.
 * Clean       This is the one door by which a caller may say that what he gives
 *             is clean: whoever comes in here does all of the scrubbing. Those
 *             of src/page and src/xenheap give dirty frames always.
 * Errors      Nothing panics. What is wrong changes nothing and is told by a
 *             number: the host has its own words for it.
 * Locking     (H), taken and dropped inside.
 */
#include <xmem/admin.h>

#include "heap/heap_priv.h"
#include "lib/align.h"
#include "lib/tell.h"

#define ALL_FLAGS (XMEM_BLOCK_EXACT_NODE | XMEM_BLOCK_XEN)

/* ---- taking ---- */

static unsigned long take(struct heap_nodes nodes,
			  const struct xmem_block_request *req, bool *dirty)
{
	struct heap_request block = {.xen = (req->flags & XMEM_BLOCK_XEN) != 0,
				     .order = req->order};
	struct bounds in = {req->lo, req->hi};
	unsigned long mfn = XMEM_NO_MFN;
	struct heap_node *node;

	while (mfn == XMEM_NO_MFN &&
	       (node = xmem_heap_next_node(&nodes)) != NULL) {
		heap_node_lock(node);
		mfn = xmem_heap_take_locked(node, &block, in, dirty);
		heap_node_unlock(node);
	}
	return mfn;
}

XMEM_API_PAGES unsigned long xmem_block_take(
	const struct xmem_block_request *req, bool *dirty)
{
	bool exact = (req->flags & XMEM_BLOCK_EXACT_NODE) != 0;
	unsigned int node = req->node == XMEM_ANY_NODE
				    ? xmem_port_cpu_to_node(xmem_port_cpu())
				    : req->node;
	struct heap_nodes nodes = {node, MAX_NUMNODES,
				   exact ? 1 : MAX_NUMNODES};
	unsigned long mfn;

	if (req->order > MAX_ORDER || (req->flags & ~ALL_FLAGS) != 0 ||
	    node >= MAX_NUMNODES || req->lo >= req->hi ||
	    xmem_port_alloc_fails()) {
		return XMEM_NO_MFN;
	}
	mfn = take(nodes, req, dirty);
	if (mfn != XMEM_NO_MFN) {
		xmem_tell(mfn, req->order, false);
	}
	return mfn;
}

/* ---- what a block at a place needs ---- */

/* One span has to hold all of the @nr frames from @mfn on. Return: 0, and
 * *@arena is that of the span; -ENOENT or -EINVAL. */
XMEM_REQUIRES(H)
static int find_span(struct heap_node *node, unsigned long mfn,
		     unsigned long nr, struct heap_arena **arena)
{
	*arena = heap_arena_of(node, mfn);
	if (*arena == NULL) {
		return -XMEM_ENOENT;
	}
	return heap_arena_room(node, *arena, mfn) < nr ? -XMEM_EINVAL : 0;
}

static bool is_block(unsigned long mfn, unsigned int order)
{
	return order <= MAX_ORDER && xmem_is_aligned(mfn, 1UL << order);
}

XMEM_REQUIRES(H)
static int take_at(struct heap_node *node, unsigned long mfn,
		   unsigned int order, bool *dirty)
{
	struct heap_arena *arena;
	int rc = find_span(node, mfn, 1UL << order, &arena);

	if (rc == 0) {
		rc = xmem_buddy_take_range(&arena->buddy, mfn, 1UL << order,
					   dirty);
	}
	if (rc == 0) {
		xmem_arena_count(arena, mfn, 1UL << order, false);
	}
	return rc;
}

XMEM_API_PAGES int xmem_block_take_at(unsigned long mfn, unsigned int order,
				      bool *dirty)
{
	struct heap_node *node = heap_node_of(mfn);
	int rc;

	if (!is_block(mfn, order)) {
		return -XMEM_EINVAL;
	}
	heap_node_lock(node);
	rc = take_at(node, mfn, order, dirty);
	heap_node_unlock(node);
	if (rc == 0) {
		xmem_tell(mfn, order, false);
	}
	return rc;
}

/* ---- giving ---- */

/* Give @nr frames from @mfn on, of one span. */
XMEM_REQUIRES(H)
static int give_frames(struct heap_node *node, unsigned long mfn,
		       unsigned long nr, bool clean)
{
	struct heap_arena *arena;
	int rc = find_span(node, mfn, nr, &arena);

	return rc != 0 ? rc : xmem_arena_give_range(arena, mfn, nr, !clean);
}

XMEM_API_PAGES int xmem_block_give(unsigned long mfn, unsigned int order,
				   bool clean)
{
	struct heap_node *node = heap_node_of(mfn);
	int rc;

	if (!is_block(mfn, order)) {
		return -XMEM_EINVAL;
	}
	rc = heap_tell_given(mfn, 1UL << order, true);
	if (rc != 0) {
		return rc;
	}
	heap_node_lock(node);
	rc = xmem_heap_give(node, mfn, order, false, !clean);
	heap_node_unlock(node);
	if (rc != 0) { /* Another CPU has been faster. */
		xmem_tell(mfn, order, false);
	}
	return rc;
}

XMEM_API_PAGES int xmem_block_give_range(unsigned long smfn, unsigned long nr,
					 bool clean)
{
	struct heap_node *node = heap_node_of(smfn);
	int rc;

	if (nr == 0) {
		return -XMEM_EINVAL;
	}
	rc = heap_tell_given(smfn, nr, true);
	if (rc != 0) {
		return rc;
	}
	heap_node_lock(node);
	rc = give_frames(node, smfn, nr, clean);
	heap_node_unlock(node);
	if (rc != 0) {
		xmem_tell_range(smfn, nr, false);
	}
	return rc;
}
