/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arena.c - find the arena that holds a frame, or that has a free block
 *
 * Model       A binary search tree by address. Priorities that are as good as
 *             random keep it shallow: a treap (Seidel and Aragon, Randomized
 *             Search Trees, 1996). The links lie in the arenas, so there may
 *             be any number of them. Each arena knows the orders for which
 *             there is a free block in it or below it, so a search for a block
 * never has to turn back. Cost        Proportional to the depth of the tree,
 * about 2 log2(arenas): one step for one arena, some 20 for a thousand.
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

/* Restore I2 at @a, given that it holds at its children. Return: did it hold
 * before? */
XMEM_REQUIRES(H)
static inline bool update_below(struct heap_arena *a)
{
	unsigned int now = a->buddy.orders |
			   heap_orders_below(a->child[ARENA_LOWER]) |
			   heap_orders_below(a->child[ARENA_HIGHER]);
	bool same = a->below == now;

	a->below = now;
	return same;
}

void xmem_arena_sync(struct heap_arena *arena)
{
	while (arena != NULL && !update_below(arena)) {
		arena = arena->up;
	}
}

/* The link that leads to @a. */
XMEM_REQUIRES(H)
static struct heap_arena **link_of(struct node_heap *heap,
				   const struct heap_arena *a)
{
	if (a->up == NULL) {
		return &heap->root;
	}
	return &a->up->child[a->up->child[ARENA_HIGHER] == a];
}

/* Make the arena above @a a child of @a; the order by address stays. */
XMEM_REQUIRES(H)
static void rotate_up(struct node_heap *heap, struct heap_arena *a)
{
	struct heap_arena *up = a->up;
	unsigned int side = up->child[ARENA_HIGHER] == a;
	struct heap_arena *between = a->child[!side];

	*link_of(heap, up) = a;
	a->up = up->up;
	a->child[!side] = up;
	up->up = a;
	up->child[side] = between;
	if (between != NULL) {
		between->up = up;
	}
	(void)update_below(up);
	(void)update_below(a);
}

/* The finalizer of MurmurHash3 (Appleby, public domain): changing any bit of
 * the frame number changes about half of the bits. */
uint64_t xmem_arena_priority(const struct heap_arena *arena)
{
	uint64_t x = arena->buddy.start;

	x = (x ^ x >> 33) * 0xff51afd7ed558ccdULL;
	x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53ULL;
	return x ^ x >> 33;
}

void xmem_arena_insert(struct node_heap *heap, struct heap_arena *arena)
{
	struct heap_arena **link = &heap->root;
	uint64_t priority = xmem_arena_priority(arena);

	arena->up = NULL;
	arena->child[ARENA_LOWER] = NULL;
	arena->child[ARENA_HIGHER] = NULL;
	while (*link != NULL) {
		arena->up = *link;
		link = &arena->up->child[arena->buddy.start >
					 arena->up->buddy.start];
	}
	*link = arena;
	arena->below = arena->buddy.orders;
	while (arena->up != NULL && priority > xmem_arena_priority(arena->up)) {
		rotate_up(heap, arena);
	}
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

struct heap_arena *xmem_arena_of(struct heap_node *node, unsigned long mfn,
				 struct node_heap **heap)
{
	struct heap_arena *a;

	if (XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE) {
		*heap = &node->heap[HEAP_XEN];
		a = holder(*heap, mfn);
		if (a != NULL) {
			return a;
		}
	}
	*heap = &node->heap[HEAP_DOM];
	return holder(*heap, mfn);
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
