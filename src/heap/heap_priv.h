/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * heap_priv.h - arenas and the search trees that hold them, for this folder
 *
 * The arenas of a heap are a binary search tree by address (arena.c). Each
 * lies in its own metadata, so there may be any number of them. In the
 * separate layout an arena of the xenheap may lie inside one of the domheap:
 * its frames are the xenheap's, and in the domheap they count as used.
 *
 * I1  spans of a heap are disjoint; the tree is in order, its links agree
 * I2  `below` of an arena = `orders` of the engines in it and in the arenas
 *     below it in the tree; so that of the root holds for the whole heap
 * I3  nr_arenas = the arenas in the tree; none has a higher priority than the
 *     one above it
 * I4  zone_free[z] = free frames of the heap in zone z; nr_free = their sum
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
	struct node_heap *heap;			  /* that it is of (C) */
	unsigned long meta_bytes;		  /* (C) */
	struct heap_arena *up XMEM_GUARDED_BY(H); /* NULL: the root */
	/* By ARENA_LOWER, ARENA_HIGHER. */
	struct heap_arena *child[2] XMEM_GUARDED_BY(H);
	unsigned int below XMEM_GUARDED_BY(H); /* a bit for each order */
};

/* -- The tree of arenas (arena.c). The lock is held in all of them. -------- */

/** The arena of @heap that holds frame @mfn, else the first one above it; NULL
 *  if there is none. */
XMEM_REQUIRES(H)
struct heap_arena *xmem_arena_behind(const struct node_heap *heap,
				     unsigned long mfn);

/** Free frames of @heap in [@lo, @hi), of those that caches do not hold.
 *  (arena_count.c) */
XMEM_REQUIRES(H)
unsigned long xmem_arena_count_free(const struct node_heap *heap,
				    unsigned long lo, unsigned long hi);

/** The last arena of @heap that begins before frame @end and has a free block
 *  of @order or more, of its tier; NULL if there is none. */
XMEM_REQUIRES(H)
struct heap_arena *xmem_arena_before(const struct node_heap *heap,
				     unsigned long end, unsigned int order);

/** The same, inline where the root is the last arena. */
XMEM_REQUIRES(H)
static inline struct heap_arena *heap_arena_before(const struct node_heap *heap,
						   unsigned long end,
						   unsigned int order)
{
	struct heap_arena *a = heap->root;

	if (a->child[ARENA_HIGHER] == NULL && a->buddy.start < end &&
	    (a->buddy.orders >> order & 1) != 0) {
		return a;
	}
	return xmem_arena_before(heap, end, order);
}

/** Add @arena, which has no free frame and overlaps no other, to @heap. */
XMEM_REQUIRES(H)
void xmem_arena_insert(struct node_heap *heap, struct heap_arena *arena);

/** Restore I2 after the orders of the engine of @arena have changed. */
XMEM_REQUIRES(H)
void xmem_arena_sync(struct heap_arena *arena);

/** The same, inline where nothing is to be done: what is below @arena in the
 *  tree has no order that `below` has not. */
XMEM_REQUIRES(H)
static inline void heap_arena_sync(struct heap_arena *arena)
{
	if (arena->buddy.orders != arena->below) {
		xmem_arena_sync(arena);
	}
}

/** I2 of @arena, which may be NULL. */
XMEM_REQUIRES(H)
static inline unsigned int heap_orders_below(const struct heap_arena *arena)
{
	return arena != NULL ? arena->below : 0;
}

/** A number that is as good as random. An arena is never below one with a
 *  lower priority, which keeps the tree shallow. */
XMEM_REQUIRES(H)
uint64_t xmem_arena_priority(const struct heap_arena *arena);

/** The arena that frame @mfn belongs to; NULL if no span of @node holds the
 *  frame. */
XMEM_REQUIRES(H)
struct heap_arena *xmem_arena_of(struct heap_node *node, unsigned long mfn);

/** The same, inline where it is the root. */
XMEM_REQUIRES(H)
static inline struct heap_arena *heap_arena_of(struct heap_node *node,
					       unsigned long mfn)
{
	struct heap_arena *a = node->heap[HEAP_DOM].root;

	if (XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE || a == NULL ||
	    mfn < a->buddy.start || mfn >= a->buddy.end) {
		return xmem_arena_of(node, mfn);
	}
	return a;
}

/** heap_arena_room() in the separate layout. */
XMEM_REQUIRES(H)
unsigned long xmem_arena_room(const struct heap_node *node,
			      const struct heap_arena *arena,
			      unsigned long mfn);

/** How many frames from @mfn on belong to @arena, as @mfn itself does. */
XMEM_REQUIRES(H)
static inline unsigned long heap_arena_room(const struct heap_node *node,
					    const struct heap_arena *arena,
					    unsigned long mfn)
{
	return XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE
		       ? xmem_arena_room(node, arena, mfn)
		       : arena->buddy.end - mfn;
}

/** The heap of @node for requests of the xenheap, if @xen, or domheap. */
static inline struct node_heap *node_heap_of(struct heap_node *node, bool xen)
{
	return &node->heap[xen && XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE
				   ? HEAP_XEN
				   : HEAP_DOM];
}

/** How many heaps a node has in this layout. */
static inline unsigned int heap_nr_used(void)
{
	return XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE ? NR_HEAPS : 1;
}

/** The nodes that a request with @memflags asks. (arena.c) */
struct heap_nodes xmem_heap_nodes_of(unsigned int memflags);

/** The next of @nodes that has memory; NULL: there is none. (arena.c) */
struct heap_node *xmem_heap_next_node(struct heap_nodes *nodes);

/* -- Blocks. --------------------------------------------------------------- */

/* Frames [lo, hi) that a request may use. */
struct bounds {
	unsigned long lo;
	unsigned long hi;
};

/** The flags without which all frames are allowed. */
#define HEAP_BOUND_FLAGS (MEMF_no_dma | MEMF_bits(MEMF_bits_mask))

/** The frames that @memflags allow: by address bits and DMA avoidance.
 *  (heap.c) */
struct bounds xmem_heap_bounds_of(unsigned int memflags);

/** The frames of @in that a request, for the xenheap if @xen, takes first: in
 *  the partial layout those on its side of the limit of the xenheap. */
static inline struct bounds heap_own_side(struct bounds in, bool xen)
{
	unsigned long limit = xmem_heap_xen_end;

	if (XMEM_LAYOUT == XMEM_LAYOUT_PARTIAL && xen) {
		in.hi = in.hi < limit ? in.hi : limit;
	} else if (XMEM_LAYOUT == XMEM_LAYOUT_PARTIAL) {
		in.lo = in.lo > limit ? in.lo : limit;
	}
	return in;
}

/** May it take all frames of @in, if none of heap_own_side() is free? */
static inline bool heap_takes_both_sides(struct bounds in, bool xen)
{
	return XMEM_LAYOUT == XMEM_LAYOUT_PARTIAL && !xen &&
	       in.lo < xmem_heap_xen_end;
}

/** The arena of @heap that a take of *@order asks first, of those with frames
 *  of @in: the highest one with a block of the lowest tier. *@order: rises to
 *  the first order of that tier. NULL: none has a block. */
XMEM_REQUIRES(H)
static inline struct heap_arena *heap_next_arena(const struct node_heap *heap,
						 unsigned int *order,
						 struct bounds in)
{
	for (; *order <= MAX_ORDER; *order = xmem_buddy_next_tier(*order)) {
		struct heap_arena *a = NULL;

		if ((heap_orders_below(heap->root) >> *order & 1) != 0) {
			a = heap_arena_before(heap, in.hi, *order);
		}
		if (a != NULL && a->buddy.end > in.lo) {
			return a;
		}
	}
	return NULL;
}

/** @in without the frames of @a, which has no block inside @in though it has
 *  one: so a bound of @in cuts it. */
XMEM_REQUIRES(H)
static inline struct bounds heap_without(struct bounds in,
					 const struct heap_arena *a)
{
	if (a->buddy.end > in.hi) {
		in.hi = a->buddy.start;
	} else {
		in.lo = a->buddy.end;
	}
	return in;
}

/**
 * Take a block of @in from @node, whose lock is held; that of @req which is not
 * about the block or the xenheap does not matter. *@dirty: as
 * xmem_heap_take(). Return: first frame, or XMEM_NO_MFN. (heap.c)
 */
XMEM_REQUIRES(H)
unsigned long xmem_heap_take_locked(struct heap_node *node,
				    const struct heap_request *req,
				    struct bounds in, bool *dirty);

/** A hunt by a request with @memflags, for the xenheap if @xen.
 *  (cache_steal.c) */
struct heap_hunt xmem_hunt_for(unsigned int memflags, bool xen);

/** Give frames [@smfn, @smfn + @nr), which are of @arena, all or none. Return:
 *  as xmem_buddy_give_range(). (span.c) */
XMEM_REQUIRES(H)
XMEM_MUST_CHECK int xmem_arena_give_range(struct heap_arena *arena,
					  unsigned long smfn, unsigned long nr,
					  bool dirty);

/** Frames have come to @heap: who hunts for one shall notice. */
XMEM_REQUIRES(H)
static inline void heap_given(struct node_heap *heap)
{
	__atomic_store_n(&heap->gives, heap->gives + 1, __ATOMIC_RELEASE);
}

/**
 * Take the free frames of one word, as a take of order 0 would choose it, or,
 * if @order is not 0 but HEAP_BLOCK_ORDER, all words of a block; those inside
 * @in, of h->heap, before anything is given in the hold. Return: how many words
 * @w has, which has room for them; 0: there is none. (cache_words.c)
 */
XMEM_REQUIRES(H)
XMEM_MUST_CHECK unsigned int xmem_hold_take(struct heap_hold *h,
					    struct bounds in,
					    unsigned int order,
					    struct xmem_buddy_word *w);

/** Is the word at frame @first wholly in the arena and the zone of @h? */
static inline bool heap_hold_has(const struct heap_hold *h, unsigned long first)
{
	return first - h->lo < h->nr;
}

/** Go on where the lowest frame of @left is, not 0, of the word at frame
 *  @first. Return: all of @left, if the word is wholly there; else that frame.
 *  h->arena is NULL if no span holds it. (cache_words.c) */
XMEM_REQUIRES(H)
uint64_t xmem_hold_enter(struct heap_hold *h, unsigned long first,
			 uint64_t left);

/** A block of 2^@order frames of @arena has become free, or used: restore I2
 *  and I4. */
XMEM_REQUIRES(H)
static inline void heap_count_block(struct heap_arena *arena, unsigned long mfn,
				    unsigned int order, bool is_free)
{
	struct node_heap *heap = arena->heap;
	unsigned long nr = is_free ? 1UL << order : 0 - (1UL << order);

	heap->zone_free[xmem_log2(mfn)] += nr;
	heap->nr_free += nr;
	if (is_free) {
		heap_given(heap);
	}
	heap_arena_sync(arena);
}

/** The same for frames [@mfn, @mfn + @nr). (span.c) */
XMEM_REQUIRES(H)
void xmem_arena_count(struct heap_arena *arena, unsigned long mfn,
		      unsigned long nr, bool is_free);

#endif /* HEAP_PRIV_H */
