/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * caches.h - take and give frames through the cache of this CPU, as a front of
 * the page layer does, but with nothing around it
 */
#ifndef CACHES_H
#define CACHES_H

#include "fake.h"

#include "heap/cache_priv.h"
#include "heap/take.h"
#include "lib/align.h"

/* Pages of the memory that a cache for CPU @cpu needs. */
static inline unsigned long caches_pages(unsigned int cpu)
{
	return 1UL << xmem_order_for(xmem_pages_for(
		       sizeof(struct xmem_cache) +
		       (cpu < CACHE_LEAF_CPUS ? 0
					      : sizeof(struct cache_leaf))));
}

/* Give CPU @cpu a cache, whose memory is apart from all other. @xen: that of
 * the xenheap in the separate layout. */
static inline void caches_up(unsigned int cpu, unsigned int node, bool xen)
{
	unsigned long mfn = 2048 + 16UL * cpu;

	fake_add(mfn, mfn + caches_pages(cpu), xen);
	assert_int_equal(xmem_cpu_up(cpu, node), 0);
}

static inline void caches_set_live(struct page_info *pg, unsigned int order,
				   unsigned int live)
{
	if (order == HEAP_SUPER_ORDER) {
		xmem_page_set_live(pg, live);
		return;
	}
	for (unsigned long i = 0; i < 1UL << order; i++) {
		xmem_page_set_live(pg + i, live != 0 ? XMEM_LIVE_FRAME : 0);
	}
}

/* From the cache, or NULL. */
static inline struct page_info *caches_pop(bool xen, unsigned int order,
					   bool *dirty)
{
	xmem_preempt_t state;
	struct xmem_cache *c = xmem_cache_enter(&state);
	struct page_info *pg;

	if (!c) {
		return NULL;
	}
	pg = xmem_cache_pop(c, xen, order, dirty);
	if (pg != NULL) {
		caches_set_live(pg, order, XMEM_LIVE_SUPER);
	}
	xmem_cache_leave(c, &state);
	return pg;
}

/* From the cache or the heap, or NULL. */
static inline struct page_info *caches_take(bool xen, unsigned int order)
{
	struct heap_request req = {
		.xen = xen, .order = order, .described = true};
	struct page_info *pg;
	unsigned long mfn;
	bool dirty;

	pg = caches_pop(xen, order, &dirty);
	if (pg != NULL) {
		return pg;
	}
	mfn = xmem_heap_take(&req, &dirty);
	if (mfn == XMEM_NO_MFN) {
		return NULL;
	}
	pg = mfn_to_page(_mfn(mfn));
	caches_set_live(pg, order, XMEM_LIVE_SUPER);
	return pg;
}

/* To the cache. Return: is there one for this frame? */
static inline bool caches_push(struct page_info *pg, bool xen,
			       unsigned int order, bool dirty)
{
	xmem_preempt_t state;
	struct xmem_cache *c = xmem_cache_enter(&state);
	bool owns;

	if (!c) {
		return false;
	}
	owns = xmem_cache_owns(c, pg);
	if (owns) {
		caches_set_live(pg, order, 0);
		xmem_cache_push(c, pg, xen, order, dirty, NULL);
	}
	xmem_cache_leave(c, &state);
	return owns;
}

/* To the cache or the heap. */
static inline void caches_give(struct page_info *pg, bool xen,
			       unsigned int order)
{
	struct heap_node *node = heap_node_of(mfn_of(pg));
	int rc;

	if (caches_push(pg, xen, order, true)) {
		return;
	}
	heap_node_lock(node);
	caches_set_live(pg, order, 0);
	rc = xmem_heap_give(node, mfn_of(pg), order, true, true);
	heap_node_unlock(node);
	if (rc != 0) {
		xmem_port_panic("give of frame %lx: %d\n", mfn_of(pg), rc);
	}
}

/* Frames in the caches of all CPUs. */
static inline unsigned long caches_held(void)
{
	unsigned long nr = 0;

	for (unsigned int n = 0; n < MAX_NUMNODES; n++) {
		nr += xmem_cache_count(n, HEAP_DOM, 0, ~0UL) +
		      xmem_cache_count(n, HEAP_XEN, 0, ~0UL);
	}
	return nr;
}

/* The cache of CPU @cpu. */
static inline struct xmem_cache *caches_of(unsigned int cpu)
{
	struct xmem_cache *c = xmem_cache_first();

	while (c != NULL && c->cpu != cpu) {
		c = c->next;
	}
	return c;
}

#endif /* CACHES_H */
