/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * heap.c - take one block from the heap and give it back
 *
 * Model       A node has arenas; an arena is a span of frames with a buddy
 *             engine. This file picks the node and the arena, calls the engine
 *             under the lock of the node, and counts free frames. It contains
 *             no allocation algorithm and touches neither frames nor
 *             descriptors.
 * Policy      The preferred node first, then the others in turn. Inside a
 *             node the lowest tier of orders (buddy.h) that has a block that is
 *             large enough, and of its arenas the one at the highest address,
 *             so that low memory is left for requests that need it. In the
 *             partial layout a domheap request first tries above the limit of
 *             the xenheap.
 * Cost        Proportional to orders and to the depth of the tree of arenas,
 *             never to pages. A limit on addresses costs one look into each
 *             of the two arenas that it cuts.
 * Locking     (H), one for each node. Nothing else is locked while one is
 *             held.
 */
#include <xmem/admin.h>

#include "heap/heap_priv.h"
#include "lib/attr.h"
#include "lib/bits.h"

unsigned long xmem_heap_xen_end = ~0UL;

/* ---- taking ---- */

XMEM_REQUIRES(H)
static unsigned long take_from_arena(struct heap_arena *arena,
				     const struct heap_request *req,
				     struct bounds in, bool *dirty)
{
	struct xmem_buddy_request block = {.lo = in.lo,
					   .hi = in.hi,
					   .order = req->order,
					   .prefer = XMEM_BUDDY_HIGH,
					   .described = req->described};
	unsigned long mfn = xmem_buddy_take(&arena->buddy, &block, dirty);

	if (mfn != XMEM_NO_MFN) {
		heap_count_block(arena, mfn, req->order, false);
	}
	return mfn;
}

/* Take from the arenas that have a block for @req in the lowest tier of orders,
 * of these from the highest one. That may fail only if a bound of @in cuts the
 * arena and all its blocks lie outside: then leave the arena out of @in. */
XMEM_REQUIRES(H)
static unsigned long take_from_heap(struct node_heap *heap,
				    const struct heap_request *req,
				    struct bounds in, bool *dirty)
{
	unsigned int order = req->order;
	struct heap_arena *a;

	while ((a = heap_next_arena(heap, &order, in)) != NULL) {
		unsigned long mfn = take_from_arena(a, req, in, dirty);

		if (mfn != XMEM_NO_MFN) {
			return mfn;
		}
		in = heap_without(in, a);
	}
	return XMEM_NO_MFN;
}

XMEM_COLD XMEM_NOINLINE struct bounds xmem_heap_bounds_of(unsigned int memflags)
{
	struct bounds in = {1, ~0UL};
	unsigned int bits = (memflags >> MEMF_bits_shift) & MEMF_bits_mask;

	if (bits != 0 && bits < PAGE_SHIFT) {
		in.hi = 0;
	} else if (bits != 0 && bits - PAGE_SHIFT < sizeof(in.hi) * 8) {
		in.hi = 1UL << (bits - PAGE_SHIFT);
	}
	if ((memflags & MEMF_no_dma) != 0) {
		in.lo = XMEM_PORT_DMA_MFNS;
	}
	return in;
}

XMEM_REQUIRES(H)
static XMEM_ALWAYS_INLINE unsigned long take_locked(
	struct heap_node *node, const struct heap_request *req,
	struct bounds in, bool *dirty)
{
	struct node_heap *heap = node_heap_of(node, req->xen);
	unsigned long mfn =
		take_from_heap(heap, req, heap_own_side(in, req->xen), dirty);

	if (mfn == XMEM_NO_MFN && heap_takes_both_sides(in, req->xen)) {
		mfn = take_from_heap(heap, req, in, dirty);
	}
	return mfn;
}

unsigned long xmem_heap_take_locked(struct heap_node *node,
				    const struct heap_request *req,
				    struct bounds in, bool *dirty)
{
	return take_locked(node, req, in, dirty);
}

unsigned long xmem_heap_take_once(const struct heap_request *req, bool *dirty)
{
	struct heap_nodes nodes = xmem_heap_nodes_of(req->memflags);
	struct bounds in = {1, ~0UL};
	struct heap_node *node;

	if (XMEM_UNLIKELY((req->memflags & HEAP_BOUND_FLAGS) != 0)) {
		in = xmem_heap_bounds_of(req->memflags);
	}
	while ((node = xmem_heap_next_node(&nodes)) != NULL) {
		unsigned long mfn;

		heap_node_lock(node);
		mfn = take_locked(node, req, in, dirty);
		heap_node_unlock(node);
		if (XMEM_LIKELY(mfn != XMEM_NO_MFN)) {
			return mfn;
		}
	}
	return XMEM_NO_MFN;
}

/* ---- giving ---- */

int xmem_heap_give(struct heap_node *node, unsigned long mfn,
		   unsigned int order, bool described, bool dirty)
{
	struct heap_arena *arena = heap_arena_of(node, mfn);
	int rc;

	if (arena == NULL) {
		return -XMEM_ENOENT;
	}
	if (XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE &&
	    heap_arena_room(node, arena, mfn) < 1UL << order) {
		return -XMEM_EINVAL;
	}
	rc = xmem_buddy_give(&arena->buddy, mfn, order, described, dirty);
	if (rc == 0) {
		heap_count_block(arena, mfn, order, true);
	}
	return rc;
}

XMEM_COLD void xmem_heap_refuse(int rc, unsigned long mfn, unsigned int order,
				const void *caller)
{
	const char *text = "misaligned or beyond its span";

	if (rc == -XMEM_EBUSY) {
		text = "it is free already";
	}
	if (rc == -XMEM_EEXIST) {
		text = "it is in use as something else";
	}
	if (rc == -XMEM_ENOENT) {
		text = "the heap does not know it";
	}
	XMEM_PANIC_IF(
		rc != 0, "heap: %sfree of frame %lx order %u: %s, caller %p\n",
		rc == -XMEM_EBUSY ? "double " : "", mfn, order, text, caller);
}
