/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arena.c - the nodes, and which of their arenas holds a frame or has a block
 *
 * Model       A binary search tree by address. Priorities that are as good as
 *             random keep it shallow: a treap (Seidel and Aragon, Randomized
 *             Search Trees, 1996). The links lie in the arenas, so there may
 *             be any number of them. Each arena knows the orders for which
 *             there is a free block in it or below it, so a search for a block
 *             never has to turn back.
 * Cost        Proportional to the depth of the tree, about 2 log2(arenas): one
 *             step for one arena, some 20 for a thousand.
 * Invariants  I1 to I3 of heap_priv.h.
 * Locking     None here: the caller holds (H).
 */
#include "heap/heap_priv.h"
#include "lib/attr.h"
#include "lib/once.h"

struct heap_node *xmem_heap_nodes[MAX_NUMNODES];

/* The only node or, where there may be several, one that stays empty. */
static struct heap_node static_node;

XMEM_COLD struct heap_node *xmem_heap_no_node(void)
{
	static struct xmem_once lock_is_set_up;

	if (xmem_once_begins(&lock_is_set_up)) {
		xmem_port_lock_init(&static_node.lock);
		xmem_once_ends(&lock_is_set_up);
	}
	return &static_node;
}

struct heap_node *xmem_heap_lock_of(unsigned long mfn)
{
	struct heap_node *node = heap_node_of(mfn);

	heap_node_lock(node);
	return node;
}

struct heap_nodes xmem_heap_nodes_of(unsigned int memflags)
{
	unsigned int node = (memflags >> MEMF_node_shift) & MEMF_node_mask;
	struct heap_nodes nodes = {
		.last = MAX_NUMNODES,
		.left = (memflags & MEMF_exact_node) != 0 ? 1 : MAX_NUMNODES};

	if (node == 0) {
		node = xmem_port_cpu_to_node(xmem_port_cpu()) + 1;
	}
	if (node > MAX_NUMNODES) {
		nodes.left = 0;
	}
	nodes.first = node - 1;
	return nodes;
}

struct heap_node *xmem_heap_next_node(struct heap_nodes *nodes)
{
	struct heap_node *node = NULL;

	while (node == NULL && nodes->left > 0) {
		unsigned int n = nodes->first;

		if (nodes->last < MAX_NUMNODES) {
			n = xmem_port_next_node(n, nodes->last);
		}
		if (n >= MAX_NUMNODES) { /* The port names no other. */
			nodes->left = 0;
			break;
		}
		node = heap_node(n);
		nodes->last = n;
		nodes->left--;
	}
	return node;
}

struct heap_arena *xmem_arena_behind(const struct node_heap *heap,
				     unsigned long mfn)
{
	struct heap_arena *a = heap->root;
	struct heap_arena *best = NULL;

	while (a != NULL) {
		bool behind = a->buddy.end > mfn;

		if (behind) {
			best = a;
			if (a->buddy.start <= mfn) {
				return a;
			}
		}
		a = a->child[behind ? ARENA_LOWER : ARENA_HIGHER];
	}
	return best;
}

struct heap_arena *xmem_arena_before(const struct node_heap *heap,
				     unsigned long end, unsigned int order)
{
	const unsigned int bit = 1U << order;
	struct heap_arena *a = heap->root;
	struct heap_arena *best = NULL;

	/* Go down to @end. Of the arenas passed on its lower side, keep the
	 * last that has a block in itself or in its lower child. */
	while (a != NULL) {
		if (a->buddy.start >= end) {
			a = a->child[ARENA_LOWER];
			continue;
		}
		if (((a->buddy.orders |
		      heap_orders_below(a->child[ARENA_LOWER])) &
		     bit) != 0) {
			best = a;
		}
		a = a->child[ARENA_HIGHER];
	}
	/* The block is in that arena or in the highest one on its lower side
	 * that has one: all of that side is below @end. */
	while (best != NULL && (best->buddy.orders & bit) == 0) {
		best = best->child[ARENA_LOWER];
		while ((heap_orders_below(best->child[ARENA_HIGHER]) & bit) !=
		       0) {
			best = best->child[ARENA_HIGHER];
		}
	}
	return best;
}

/* I2 of @a, given that of its children. */
XMEM_REQUIRES(H)
static inline unsigned int orders_of(const struct heap_arena *a)
{
	return a->buddy.orders | heap_orders_below(a->child[ARENA_LOWER]) |
	       heap_orders_below(a->child[ARENA_HIGHER]);
}

void xmem_arena_sync(struct heap_arena *arena)
{
	while (arena != NULL) {
		unsigned int now = orders_of(arena);

		if (arena->below == now) {
			break;
		}
		arena->below = now;
		arena = arena->up;
	}
}

/* On which side of @a does @arena lie? */
XMEM_REQUIRES(H)
static inline unsigned int side_of(const struct heap_arena *arena,
				   const struct heap_arena *a)
{
	return arena->buddy.start > a->buddy.start ? ARENA_HIGHER : ARENA_LOWER;
}

/* Changing any bit of the frame number changes about half of the upper bits. */
uint64_t xmem_arena_priority(const struct heap_arena *arena)
{
	uint64_t x = arena->buddy.start * 0xc4ceb9fe1a85ec53ULL;

	return (x ^ x >> 32) * 0xc4ceb9fe1a85ec53ULL;
}

/* Begins below the arena next to it, and goes up past those with a lower
 * priority: each becomes its child, and gets as a child in its place what lies
 * between the two. */
void xmem_arena_insert(struct node_heap *heap, struct heap_arena *arena)
{
	struct heap_arena **link = &heap->root;
	struct heap_arena *up = NULL;

	arena->heap = heap;
	arena->child[ARENA_LOWER] = NULL;
	arena->child[ARENA_HIGHER] = NULL;
	for (struct heap_arena *a = heap->root; a != NULL;
	     a = a->child[side_of(arena, a)]) {
		up = a;
	}
	while (up != NULL &&
	       xmem_arena_priority(up) < xmem_arena_priority(arena)) {
		unsigned int side = side_of(arena, up);
		struct heap_arena *between = arena->child[!side];
		struct heap_arena *next = up->up;

		arena->child[!side] = up;
		up->up = arena;
		up->child[side] = between;
		if (between != NULL) {
			between->up = up;
		}
		up->below = orders_of(up);
		up = next;
	}
	arena->up = up;
	arena->below = orders_of(arena);
	if (up != NULL) {
		link = &up->child[side_of(arena, up)];
	}
	*link = arena;
	heap->nr_arenas++;
}

/* The arena of @heap that holds frame @mfn, or NULL. */
XMEM_REQUIRES(H)
static inline struct heap_arena *holder(const struct node_heap *heap,
					unsigned long mfn)
{
	struct heap_arena *a = xmem_arena_behind(heap, mfn);

	return a != NULL && a->buddy.start <= mfn ? a : NULL;
}

struct heap_arena *xmem_arena_of(struct heap_node *node, unsigned long mfn)
{
	struct heap_arena *a = NULL;

	if (XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE) {
		a = holder(&node->heap[HEAP_XEN], mfn);
	}
	return a != NULL ? a : holder(&node->heap[HEAP_DOM], mfn);
}

unsigned long xmem_arena_room(const struct heap_node *node,
			      const struct heap_arena *arena, unsigned long mfn)
{
	unsigned long end = arena->buddy.end;

	if (XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE) {
		const struct heap_arena *xen =
			xmem_arena_behind(&node->heap[HEAP_XEN], mfn);

		if (xen != NULL && xen->buddy.start > mfn &&
		    xen->buddy.start < end) {
			end = xen->buddy.start;
		}
	}
	return end - mfn;
}
