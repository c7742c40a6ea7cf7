/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arena.c - the arenas of a node: which one holds a frame, which has a block
 *
 * Model       A binary search tree by address, kept shallow by priorities that
 *             are as good as random: a treap (Seidel and Aragon, Randomized
 *             Search Trees, 1996). An arena carries its own links, so there
 *             may be any number of arenas and none needs memory of its own
 *             beside its metadata. Each knows which orders have a free block
 *             in it or below it, so a search never goes down in vain.
 * Cost        Steps by the depth of the tree, about 2 log2(arenas): one for
 *             one arena, some 20 for a thousand.
 * Invariants  I1 to I3 of heap_priv.h.
 * Locking     None here: the caller holds (H).
 */
#include "heap/heap_priv.h"

struct heap_node xmem_heap_nodes[MAX_NUMNODES];

struct heap_arena *xmem_arena_behind(const struct heap_part *part,
				     unsigned long mfn)
{
	struct heap_arena *a = part->root;
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

struct heap_arena *xmem_arena_before(const struct heap_part *part,
				     unsigned long end, unsigned int order)
{
	const unsigned int bit = 1U << order;
	struct heap_arena *a = part->root;
	struct heap_arena *best = NULL;

	/* The last turn to higher addresses where there was a block. */
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
	/* It, or the highest one on its lower side, which is all below @end. */
	while (best != NULL && (best->buddy.orders & bit) == 0) {
		best = best->child[ARENA_LOWER];
		while ((heap_orders_below(best->child[ARENA_HIGHER]) & bit) !=
		       0) {
			best = best->child[ARENA_HIGHER];
		}
	}
	return best;
}

/* Is @a->below right now? It is afterwards. */
XMEM_REQUIRES(H)
static inline bool sum(struct heap_arena *a)
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
	while (arena != NULL && !sum(arena)) {
		arena = arena->up;
	}
}

/* The place in the tree where @a hangs. */
XMEM_REQUIRES(H)
static struct heap_arena **link_of(struct heap_part *part,
				   const struct heap_arena *a)
{
	if (a->up == NULL) {
		return &part->root;
	}
	return &a->up->child[a->up->child[ARENA_HIGHER] == a];
}

/* @a and the arena above it change places; the order stays. */
XMEM_REQUIRES(H)
static void rotate_up(struct heap_part *part, struct heap_arena *a)
{
	struct heap_arena *up = a->up;
	unsigned int side = up->child[ARENA_HIGHER] == a;
	struct heap_arena *between = a->child[!side];

	*link_of(part, up) = a;
	a->up = up->up;
	a->child[!side] = up;
	up->up = a;
	up->child[side] = between;
	if (between != NULL) {
		between->up = up;
	}
	(void)sum(up);
	(void)sum(a);
}

/* Finalizer of MurmurHash3 (Appleby, public domain): every bit of the frame
 * number changes half of the bits. */
uint64_t xmem_arena_priority(const struct heap_arena *arena)
{
	uint64_t x = arena->buddy.start;

	x = (x ^ x >> 33) * 0xff51afd7ed558ccdULL;
	x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53ULL;
	return x ^ x >> 33;
}

void xmem_arena_insert(struct heap_part *part, struct heap_arena *arena)
{
	struct heap_arena **link = &part->root;
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
		rotate_up(part, arena);
	}
	part->nr_arenas++;
}

/* The arena of @part that holds frame @mfn, or NULL. */
XMEM_REQUIRES(H)
static inline struct heap_arena *holder(const struct heap_part *part,
					unsigned long mfn)
{
	struct heap_arena *a = xmem_arena_behind(part, mfn);

	return a != NULL && a->buddy.start <= mfn ? a : NULL;
}

struct heap_arena *xmem_arena_of(struct heap_node *node, unsigned long mfn,
				 struct heap_part **part)
{
	struct heap_arena *a;

	if (XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE) {
		*part = &node->part[PART_XEN];
		a = holder(*part, mfn);
		if (a != NULL) {
			return a;
		}
	}
	*part = &node->part[PART_DOM];
	return holder(*part, mfn);
}

unsigned long xmem_arena_room(const struct heap_node *node,
			      const struct heap_arena *arena, unsigned long mfn)
{
	unsigned long end = arena->buddy.end;

	if (XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE) {
		const struct heap_arena *xen =
			xmem_arena_behind(&node->part[PART_XEN], mfn);

		if (xen != NULL && xen->buddy.start > mfn &&
		    xen->buddy.start < end) {
			end = xen->buddy.start;
		}
	}
	return end - mfn;
}
