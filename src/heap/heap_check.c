/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * heap_check.c - check the invariants I1 to I4 of heap_priv.h
 */
#include <xmem/debug.h>

#include "heap/heap_priv.h"
#include "lib/front.h"

__attribute__((__weak__)) const char *xmem_cache_check(void)
{
	return NULL;
}

XMEM_REQUIRES(H)
static const char *check_counts(const struct node_heap *heap)
{
	unsigned long nr = 0;

	for (unsigned int zone = 0; zone < HEAP_NR_ZONES; zone++) {
		unsigned long lo = 1UL << zone;
		/* No span has frame ~0UL (span.c). */
		unsigned long hi = lo << 1 != 0 ? lo << 1 : ~0UL;

		if (heap->zone_free[zone] !=
		    xmem_arena_count_free(heap, lo, hi)) {
			return "heap I4: zone_free is not the number of free "
			       "frames";
		}
		nr += heap->zone_free[zone];
	}
	return nr == heap->nr_free ? NULL
				   : "heap I4: nr_free is not the sum of zones";
}

/* I1 and I3: does the arena above @a, or the root, lead to @a, with a priority
 * that is not lower? */
XMEM_REQUIRES(H)
static bool is_linked(const struct node_heap *heap, const struct heap_arena *a)
{
	const struct heap_arena *up = a->up;

	if (up == NULL) {
		return heap->root == a;
	}
	return up->child[a->buddy.start > up->buddy.start] == a &&
	       xmem_arena_priority(up) >= xmem_arena_priority(a);
}

XMEM_REQUIRES(H)
static const char *check_arena(const struct node_heap *heap,
			       const struct heap_arena *a)
{
	if (!is_linked(heap, a)) {
		return "heap I1, I3: the tree does not hang together";
	}
	if (a->below !=
	    (a->buddy.orders | heap_orders_below(a->child[ARENA_LOWER]) |
	     heap_orders_below(a->child[ARENA_HIGHER]))) {
		return "heap I2: `below` does not match the arenas";
	}
	return xmem_buddy_check(&a->buddy);
}

XMEM_REQUIRES(H)
static const char *check_heap(const struct node_heap *heap)
{
	const struct heap_arena *a = xmem_arena_behind(heap, 0);
	unsigned long end = 0;
	unsigned int nr = 0;

	for (; a != NULL; a = xmem_arena_behind(heap, end)) {
		const char *broken = check_arena(heap, a);

		if (broken != NULL) {
			return broken;
		}
		if (a->buddy.start < end || ++nr > heap->nr_arenas) {
			return "heap I1: arenas overlap or are out of order";
		}
		end = a->buddy.end;
	}
	return nr == heap->nr_arenas
		       ? check_counts(heap)
		       : "heap I3: nr_arenas is not what is in the tree";
}

const char *xmem_heap_validate(void)
{
	const char *broken = NULL;

	for (unsigned int n = 0; n < MAX_NUMNODES && broken == NULL; n++) {
		struct heap_node *node = heap_node(n);

		if (node == NULL) {
			continue;
		}
		heap_node_lock(node);
		for (unsigned int p = 0; p < heap_nr_used() && broken == NULL;
		     p++) {
			broken = check_heap(&node->heap[p]);
		}
		heap_node_unlock(node);
	}
	return broken != NULL ? broken : xmem_cache_check();
}

XMEM_FRONT(xmem_heap_check, xmem_heap_validate);
