/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * heap_priv.h - arenas: the search trees of a node, for this folder
 *
 * The arenas of a part are a binary search tree by address (arena.c), so a
 * node may have any number of them and each lies in its own metadata. In the
 * separate layout an arena of the xenheap may lie inside one of the domheap:
 * its frames are the xenheap's, and count as used there.
 *
 * I1  spans of a part are disjoint; the tree is in order, its links agree
 * I2  `below` of an arena = orders that have a free block in it or in an arena
 *     below it in the tree; so that of the root is true of the part
 * I3  nr_arenas = the arenas in the tree; none has a higher priority than the
 *     one above it
 * I4  zone_free[z] = free frames of the part in zone z; nr_free = their sum
 *
 * Lock letters: (H) lock of the node; (C) constant once set.
 */
#ifndef HEAP_PRIV_H
#define HEAP_PRIV_H

#include <xmem/admin.h>

#include "buddy/buddy.h"
#include "heap/heap.h"
#include "lib/assert.h"

enum { ARENA_LOWER, ARENA_HIGHER };

struct heap_arena {
	struct xmem_buddy buddy XMEM_GUARDED_BY(H);
	unsigned long meta_bytes;    /* (C) */
	struct heap_arena *up XMEM_GUARDED_BY(H); /* NULL: the root */
	/* By ARENA_LOWER, ARENA_HIGHER. */
	struct heap_arena *child[2] XMEM_GUARDED_BY(H);
	unsigned int below XMEM_GUARDED_BY(H); /* a bit for each order */
};

/* -- The tree of arenas (arena.c). The lock is held in all of them. -------- */

/** The first arena of @part, by address, that ends behind frame @mfn; NULL if
 *  there is none. */
XMEM_REQUIRES(H)
struct heap_arena *xmem_arena_behind(const struct heap_part *part,
				     unsigned long mfn);

/** The last arena of @part that begins before frame @end and has a free block
 *  of @order; NULL if there is none. */
XMEM_REQUIRES(H)
struct heap_arena *xmem_arena_before(const struct heap_part *part,
				     unsigned long end, unsigned int order);

/** The same; quick where there is one arena, or the root is the last. */
XMEM_REQUIRES(H)
static inline struct heap_arena *heap_arena_before(const struct heap_part *part,
						   unsigned long end,
						   unsigned int order)
{
	struct heap_arena *a = part->root;

	if (a->child[ARENA_HIGHER] == NULL && a->buddy.start < end &&
	    (a->buddy.orders >> order & 1) != 0) {
		return a;
	}
	return xmem_arena_before(part, end, order);
}

/** @arena, which has no free frame and overlaps none, becomes one of @part. */
XMEM_REQUIRES(H)
void xmem_arena_insert(struct heap_part *part, struct heap_arena *arena);

/** The orders in the engine of @arena have changed: bring I2 up to date. */
XMEM_REQUIRES(H)
void xmem_arena_sync(struct heap_arena *arena);

/** Orders with a free block in @arena, which may be NULL, or below it. */
XMEM_REQUIRES(H)
static inline unsigned int heap_orders_below(const struct heap_arena *arena)
{
	return arena != NULL ? arena->below : 0;
}

/** The engine of @arena has changed. */
XMEM_REQUIRES(H)
static inline void heap_arena_sync(struct heap_arena *arena,
				   unsigned int orders_before)
{
	if (arena->buddy.orders != orders_before) {
		xmem_arena_sync(arena);
	}
}

/** A number that is as good as random: an arena with a higher one is not below
 *  one with a lower one, which keeps the tree shallow. */
XMEM_REQUIRES(H)
uint64_t xmem_arena_priority(const struct heap_arena *arena);

/** The arena that answers for frame @mfn, and *@part, which it is of; NULL if
 *  the node knows no such frame. */
XMEM_REQUIRES(H)
struct heap_arena *xmem_arena_of(struct heap_node *node, unsigned long mfn,
				 struct heap_part **part);

/** The same; quick where the root answers. */
XMEM_REQUIRES(H)
static inline struct heap_arena *heap_arena_of(struct heap_node *node,
					       unsigned long mfn,
					       struct heap_part **part)
{
	struct heap_arena *a = node->part[PART_DOM].root;

	if (XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE || a == NULL ||
	    mfn < a->buddy.start || mfn >= a->buddy.end) {
		return xmem_arena_of(node, mfn, part);
	}
	*part = &node->part[PART_DOM];
	return a;
}

/** Frames from @mfn on, at least 1, for which @arena, which answers for
 *  @mfn, answers. */
XMEM_REQUIRES(H)
unsigned long xmem_arena_room(const struct heap_node *node,
			      const struct heap_arena *arena,
			      unsigned long mfn);

/** The part of @node that serves the xenheap, if @xen, or the domheap. */
static inline struct heap_part *heap_part_of(struct heap_node *node, bool xen)
{
	return &node->part[xen && XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE
				   ? PART_XEN
				   : PART_DOM];
}

/** The node that a request with @memflags would like best; *@nr_nodes: how
 *  many may be asked from it on, in turn. (heap.c) */
unsigned int xmem_heap_first_node(unsigned int memflags,
				  unsigned int *nr_nodes);

/** The node to ask after @node. */
static inline unsigned int heap_next_node(unsigned int node)
{
	return node + 1 == MAX_NUMNODES ? 0 : node + 1;
}

/**
 * Take a block from @node, whose lock is held. *@dirty as xmem_heap_take()
 * says. Return: first frame, or XMEM_NO_MFN. (heap.c)
 */
XMEM_REQUIRES(H)
unsigned long xmem_heap_take_locked(struct heap_node *node,
				    const struct heap_request *req,
				    bool *dirty);

/* xenheap_max_mfn() + 1 (limits.c). (C) */
XMEM_HIDDEN extern unsigned long xmem_heap_xen_end;

#endif /* HEAP_PRIV_H */
