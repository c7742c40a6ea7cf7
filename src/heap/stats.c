/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stats.c - count free frames by node and zone
 *
 * The heap counts free frames of each zone under the lock of the node, so the
 * counts of a node are exact and reading them costs little. A sum over nodes,
 * or with what lies in caches of CPUs, which is free, too, reads one after the
 * other: it need not be true at any single moment.
 */
#include <xmem/admin.h>

#include "heap/cache.h"
#include "heap/heap_priv.h"
#include "lib/bits.h"
#include "lib/phase.h"

/* Free frames of @heap in zones [@from, @to). Lock held. */
XMEM_REQUIRES(H)
static unsigned long count_zones(const struct node_heap *heap,
				 unsigned int from, unsigned int to)
{
	unsigned long nr = 0;

	for (unsigned int z = from; z < to; z++) {
		nr += heap->zone_free[z];
	}
	return nr;
}

/* Frames in caches, in zones [@from, @to). */
static unsigned long count_cached(unsigned int node, unsigned int p,
				  unsigned int from, unsigned int to)
{
	unsigned long lo = from == 0 ? 0 : 1UL << from;
	unsigned long hi = to < HEAP_NR_ZONES ? 1UL << to : ~0UL;

	return HEAP_HAS_CACHES && from < to ? xmem_cache_count(node, p, lo, hi)
					    : 0;
}

static unsigned long count_heap(unsigned int node, unsigned int p,
				unsigned int from, unsigned int to)
{
	struct heap_node *n = heap_node(node);
	unsigned long nr;

	if (n == NULL) {
		return 0;
	}
	heap_node_lock(n);
	nr = count_zones(&n->heap[p], from, to);
	heap_node_unlock(n);
	return nr + count_cached(node, p, from, to);
}

static unsigned long count_all(unsigned int p, unsigned int from,
			       unsigned int to)
{
	unsigned long nr = 0;

	for (unsigned int node = 0; node < MAX_NUMNODES; node++) {
		nr += count_heap(node, p, from, to);
	}
	return nr;
}

/* How many zones, from 0 on, hold only addresses of at most @width bits. Zone z
 * has the frames whose addresses need z + 1 + PAGE_SHIFT bits. */
static unsigned int zones_within(unsigned int width)
{
	if (width <= PAGE_SHIFT) {
		return 0;
	}
	width -= PAGE_SHIFT;
	return width < HEAP_NR_ZONES ? width : HEAP_NR_ZONES;
}

XMEM_API_PAGES unsigned long avail_domheap_pages_region(unsigned int node,
							unsigned int min_width,
							unsigned int max_width)
{
	unsigned int to =
		max_width == 0 ? HEAP_NR_ZONES : zones_within(max_width);
	unsigned int from = min_width == 0 ? 0 : zones_within(min_width - 1);

	if (node == ~0U) {
		return count_all(HEAP_DOM, from, to);
	}
	return node < MAX_NUMNODES ? count_heap(node, HEAP_DOM, from, to) : 0;
}

XMEM_API_PAGES unsigned long avail_domheap_pages(void)
{
	return count_all(HEAP_DOM, 0, HEAP_NR_ZONES);
}

XMEM_API_PAGES unsigned long avail_node_heap_pages(unsigned int node)
{
	unsigned long nr = 0;

	for (unsigned int p = 0; node < MAX_NUMNODES && p < heap_nr_used();
	     p++) {
		nr += count_heap(node, p, 0, HEAP_NR_ZONES);
	}
	return nr;
}

/* Number of free frames of the domheap below @limit on @node. */
static unsigned long count_below(unsigned int node, unsigned long limit)
{
	struct heap_node *n = heap_node(node);
	const struct node_heap *heap;
	unsigned int zone = xmem_log2(limit);
	unsigned long nr;

	if (n == NULL) {
		return 0;
	}
	heap = &n->heap[HEAP_DOM];
	heap_node_lock(n);
	nr = count_zones(heap, 0, zone) +
	     xmem_arena_count_free(heap, 1UL << zone, limit);
	heap_node_unlock(n);
	if (HEAP_HAS_CACHES) {
		nr += xmem_cache_count(node, HEAP_DOM, 0, limit);
	}
	return nr;
}

static unsigned long count_xenheap(void)
{
	unsigned long limit = heap_xen_limit();
	unsigned long nr = 0;

	if (limit == 0) {
		return count_all(HEAP_XEN, 0, HEAP_NR_ZONES);
	}
	if (limit == ~0UL) {
		return count_all(HEAP_DOM, 0, HEAP_NR_ZONES);
	}
	for (unsigned int node = 0; node < MAX_NUMNODES; node++) {
		nr += count_below(node, limit);
	}
	return nr;
}

XMEM_API_PAGES unsigned long avail_xenheap_pages(void)
{
	return count_xenheap();
}

static unsigned long count_free(void)
{
	unsigned long nr = 0;

	for (unsigned int p = 0; p < heap_nr_used(); p++) {
		nr += count_all(p, 0, HEAP_NR_ZONES);
	}
	return nr;
}

XMEM_API_PAGES unsigned long total_free_pages(void)
{
	return count_free();
}

XMEM_API_PAGES void heap_init_late(void)
{
	unsigned long nr = count_free();

	xmem_phase_check(XMEM_PHASE_LATE, XMEM_CALLER());
	XMEM_PANIC_IF(XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE &&
			      count_xenheap() == 0,
		      "heap: the separate layout has no xenheap: call "
		      "init_xenheap_pages() first\n");
	xmem_port_print("heap: %lu MiB free, of which %lu MiB xenheap\n",
			nr >> (20 - PAGE_SHIFT),
			count_xenheap() >> (20 - PAGE_SHIFT));
	xmem_phase_done(XMEM_PHASE_LATE);
	if (HEAP_HAS_CACHES) {
		xmem_cpu_up_first();
	}
}
