/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inspect.c - a snapshot of a node: spans, free and dirty frames, blocks
 */
#include <xmem/admin.h>

#include "heap/heap_priv.h"

__attribute__((__weak__)) unsigned long xmem_cache_count(unsigned int node,
							 unsigned int heap,
							 unsigned long lo,
							 unsigned long hi)
{
	(void)node;
	(void)heap;
	(void)lo;
	(void)hi;
	return 0;
}

static void add_arena(struct xmem_heap_stats *stats,
		      const struct heap_arena *arena)
{
	const struct xmem_buddy *b = &arena->buddy;

	stats->span_pages += b->end - b->start;
	stats->free_pages += b->nr_free;
	stats->dirty_pages += xmem_buddy_count_dirty(b);
	stats->meta_bytes += arena->meta_bytes;
	stats->nr_arenas++;
	for (unsigned int k = 0; k <= MAX_ORDER; k++) {
		stats->free_blocks[k] += xmem_buddy_count(b, k);
	}
}

XMEM_API_PAGES void xmem_heap_get_stats(unsigned int node,
					struct xmem_heap_stats *stats)
{
	struct heap_node *n = node < MAX_NUMNODES ? heap_node(node) : NULL;

	*stats = (struct xmem_heap_stats){0};
	if (n == NULL) {
		return;
	}
	heap_node_lock(n);
	for (unsigned int p = 0; p < heap_nr_used(); p++) {
		const struct node_heap *heap = &n->heap[p];
		const struct heap_arena *a = xmem_arena_behind(heap, 0);

		while (a != NULL) {
			add_arena(stats, a);
			a = xmem_arena_behind(heap, a->buddy.end);
		}
	}
	heap_node_unlock(n);
	for (unsigned int p = 0; p < heap_nr_used(); p++) {
		stats->cached_pages += xmem_cache_count(node, p, 0, ~0UL);
	}
	stats->free_pages += stats->cached_pages;
}
