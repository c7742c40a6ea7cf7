/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bulk.c - take many frames of a node while holding its lock once
 *
 * Takes the largest block that is not more than wanted, then the next, until
 * it has enough or the node has no more; the caller then asks for the next
 * node. The order of the blocks never rises, so the engine is asked once for
 * each block and each order at most.
 */
#include "heap/cache.h"
#include "heap/heap_priv.h"
#include "lib/attr.h"
#include "lib/bits.h"

/* Take the largest block of at most @nr frames and of at most the last order,
 * which req->order remembers. Return: false if there is none. */
XMEM_REQUIRES(H)
static bool take_largest(struct heap_node *node, struct heap_request *req,
			 unsigned long nr, struct xmem_run *run, bool *dirty)
{
	unsigned int most = xmem_log2(nr);

	req->order = most < req->order ? most : req->order;
	for (;;) {
		unsigned long mfn = xmem_heap_take_locked(
			node, req, xmem_heap_bounds_of(req->memflags), dirty);

		if (mfn != XMEM_NO_MFN) {
			run->mfn = mfn;
			run->nr = 1UL << req->order;
			return true;
		}
		if (req->order == 0) {
			return false;
		}
		req->order--;
	}
}

/* Take blocks of @node, whose lock is held, until @bulk has enough. */
XMEM_REQUIRES(H)
static void take_from(struct heap_node *node, struct heap_bulk *bulk)
{
	struct heap_request req = {.order = MAX_ORDER,
				   .memflags = bulk->memflags,
				   .described = bulk->described};

	while (bulk->left > 0 && bulk->nr_runs < bulk->max_runs) {
		struct xmem_run *run = &bulk->runs[bulk->nr_runs];
		bool dirty = false;

		if (!take_largest(node, &req, bulk->left, run, &dirty)) {
			break;
		}
		bulk->left -= run->nr;
		bulk->dirty_runs = bulk->dirty_runs << 1 | dirty;
		bulk->nr_runs++;
	}
}

void xmem_heap_bulk_begin(struct heap_bulk *bulk)
{
	bulk->nodes = xmem_heap_nodes_of(bulk->memflags);
	bulk->is_done = bulk->left == 0 || xmem_port_alloc_fails();
}

/* Take from the next of the nodes left that has any. Return: as
 * xmem_heap_take_more().
 * Unchecked: clang cannot say of a body that it may keep the lock. */
XMEM_ACQUIRES_IF_TRUE(H)
XMEM_UNCHECKED
static struct heap_node *take_from_next(struct heap_bulk *bulk)
{
	unsigned int before = bulk->nr_runs;
	struct heap_node *node;

	while ((node = xmem_heap_next_node(&bulk->nodes)) != NULL) {
		heap_node_lock(node);
		take_from(node, bulk);
		if (bulk->nr_runs > before) {
			break;
		}
		heap_node_unlock(node);
	}
	return node;
}

/* The nodes have no more: take from them what lies in caches. Unchecked as
 * above. */
XMEM_ACQUIRES_IF_TRUE(H)
XMEM_UNCHECKED
static XMEM_COLD struct heap_node *take_cached(struct heap_bulk *bulk)
{
	struct heap_hunt hunt = xmem_hunt_for(bulk->memflags, false);
	struct heap_node *node = NULL;

	while (!node && xmem_hunt_again(&hunt)) {
		bulk->nodes = xmem_heap_nodes_of(bulk->memflags);
		node = take_from_next(bulk);
	}
	xmem_hunt_end(&hunt);
	return node;
}

XMEM_UNCHECKED /* As above. */
	struct heap_node *
	xmem_heap_take_more(struct heap_bulk *bulk)
{
	struct heap_node *node = take_from_next(bulk);

	if (!node && HEAP_HAS_CACHES) {
		node = take_cached(bulk);
	}
	bulk->is_done = !node;
	return node;
}
