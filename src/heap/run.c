/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * run.c - find any number of consecutive free frames, and take them
 *
 * Model       Of each arena, from the highest one down, first a block that
 *             holds the run. If there is none: from each block
 *             that is large enough to be part of such a run (buddy_run.c),
 *             the highest first, how far the free frames go; and at last from
 *             the first frame of the arena, since free frames may go on in
 *             the arena below. So a run is found wherever it is on the node:
 *             across blocks and arenas, and larger than the largest block.
 * Policy      The preferred node first. The highest place, not the tightest:
 *             a run of several blocks that has no block with room for all of
 *             it is less than four times as long as what is wanted, unless
 *             that is more than the largest block.
 * Cost        What is looked at has a free block of a quarter of the run or
 *             more, or is the start of an arena: at most 4 * free frames / nr
 *             + arenas places, each some steps for each order. A look ends
 *             after BUDGET places: the lock is dropped, and the next look goes
 *             on below. What is free all the time is found all the same: no
 *             look ends inside a run.
 * Locking     (H) of one node at a time. The run is taken in the lock hold in
 *             which it was found, by the number of arenas it is in.
 */
#include "heap/cache.h"
#include "heap/heap_priv.h"
#include "lib/align.h"
#include "lib/bits.h"

/* Places that are looked at in one lock hold. */
#define BUDGET 64U

/* The last arena of @heap that begins below frame @end; NULL: none. */
XMEM_REQUIRES(H)
static struct heap_arena *arena_below(const struct node_heap *heap,
				      unsigned long end)
{
	struct heap_arena *a = heap->root;
	struct heap_arena *best = NULL;

	while (a != NULL) {
		bool below = a->buddy.start < end;

		best = below ? a : best;
		a = a->child[below ? ARENA_HIGHER : ARENA_LOWER];
	}
	return best;
}

/* The first of the free frames that go up to the frame before @end, which is
 * in @a or the end of it: in this arena or those below it, at least @start. */
XMEM_REQUIRES(H)
static unsigned long free_start(const struct node_heap *heap,
				const struct heap_arena *a, unsigned long end,
				unsigned long start)
{
	unsigned long at = xmem_buddy_free_start(&a->buddy, end, start);

	while (at == a->buddy.start && at > start) {
		a = arena_below(heap, at);
		if (a == NULL || a->buddy.end != at) {
			break;
		}
		at = xmem_buddy_free_start(&a->buddy, at, start);
	}
	return at;
}

/* Take frames [@mfn, @mfn + @nr) of @heap, which are free. Is any dirty? */
XMEM_REQUIRES(H)
static bool take_frames(struct node_heap *heap, unsigned long mfn,
			unsigned long nr)
{
	bool dirty = false;

	while (nr > 0) {
		struct heap_arena *a = xmem_arena_behind(heap, mfn);
		unsigned long room = a->buddy.end - mfn;
		unsigned long now = nr < room ? nr : room;
		bool is_dirty = false;
		int rc = xmem_buddy_take_range(&a->buddy, mfn, now, &is_dirty);

		XMEM_ASSERT(rc == 0);
		(void)rc;
		xmem_heap_account(heap, a, mfn, now, false);
		dirty |= is_dirty;
		mfn += now;
		nr -= now;
	}
	return dirty;
}

/* Where the frames of @req can lie at the highest, below @end and not below
 * @lo; or XMEM_NO_MFN. */
static unsigned long highest_place(const struct heap_run_request *req,
				   unsigned long lo, unsigned long end)
{
	unsigned long at;

	if (end < lo || end - lo < req->nr) {
		return XMEM_NO_MFN;
	}
	at = xmem_align_down(end - req->nr, 1UL << req->order);
	return at >= lo ? at : XMEM_NO_MFN;
}

/* The highest frame of @a, below @end, from which a run may go on: in a large
 * block, or else the first one of the arena that may be used. */
XMEM_REQUIRES(H)
static unsigned long next_seed(struct heap_arena *a,
			       const struct heap_run_request *req,
			       unsigned long lo, unsigned long end)
{
	struct xmem_buddy *b = &a->buddy;
	unsigned int order = xmem_log2(req->nr + 1) - 1;
	struct xmem_buddy_request in = {
		.lo = lo,
		.hi = end,
		.order = order < b->max_order ? order : b->max_order,
	};
	unsigned long seed = xmem_buddy_last_in_block(b, &in);

	if (seed != XMEM_NO_MFN) {
		return seed;
	}
	return lo > b->start ? lo : b->start;
}

/*
 * Look at the run around the next seed of @a, for frames of @in. in->hi comes
 * down: what is above it has been looked at. Return: first frame of what was
 * taken, or XMEM_NO_MFN.
 */
XMEM_REQUIRES(H)
static unsigned long try_seed(struct node_heap *heap,
			      struct heap_arena *a,
			      const struct heap_run_request *req,
			      struct bounds *in, bool *dirty)
{
	unsigned long hi = in->hi < a->buddy.end ? in->hi : a->buddy.end;
	unsigned long seed = next_seed(a, req, in->lo, hi);
	unsigned long end = xmem_buddy_free_end(&a->buddy, seed, hi);
	unsigned long at = highest_place(req, in->lo, end);
	unsigned long start;

	if (end == seed || at == XMEM_NO_MFN) {
		in->hi = end == seed ? seed : in->lo;
		return XMEM_NO_MFN;
	}
	start = free_start(heap, a, end, at);
	if (start > at) {
		in->hi = start;
		return XMEM_NO_MFN;
	}
	*dirty = take_frames(heap, at, req->nr);
	return at;
}

/* Take the run for @req from a block of @a that holds it. */
XMEM_REQUIRES(H)
static unsigned long try_block(struct node_heap *heap, struct heap_arena *a,
			       const struct heap_run_request *req,
			       struct bounds in, bool *dirty)
{
	struct xmem_buddy_request block = {.lo = in.lo,
					   .hi = in.hi,
					   .order = req->order,
					   .prefer = XMEM_BUDDY_HIGH};
	unsigned long mfn =
		xmem_buddy_take_run(&a->buddy, &block, req->nr, dirty);

	if (mfn != XMEM_NO_MFN) {
		xmem_heap_account(heap, a, mfn, req->nr, false);
	}
	return mfn;
}

/* Look at up to BUDGET places of @heap, from in->hi down. */
XMEM_REQUIRES(H)
static unsigned long look(struct node_heap *heap,
			  const struct heap_run_request *req, struct bounds *in,
			  bool *dirty)
{
	for (unsigned int i = 0; i < BUDGET && in->lo < in->hi; i++) {
		struct heap_arena *a = arena_below(heap, in->hi);
		unsigned long mfn;

		if (a == NULL || a->buddy.end <= in->lo) {
			in->hi = in->lo;
			break;
		}
		mfn = try_block(heap, a, req, *in, dirty);
		if (mfn == XMEM_NO_MFN) {
			mfn = try_seed(heap, a, req, in, dirty);
		}
		if (mfn != XMEM_NO_MFN) {
			return mfn;
		}
	}
	return XMEM_NO_MFN;
}

/* Take the run for @req from @node, of frames of @in. */
static unsigned long take_from(struct heap_node *node,
			       const struct heap_run_request *req,
			       struct bounds in, bool *dirty)
{
	struct node_heap *heap = node_heap_of(node, false);
	unsigned long mfn = XMEM_NO_MFN;

	while (mfn == XMEM_NO_MFN && in.lo < in.hi) {
		heap_node_lock(node);
		mfn = look(heap, req, &in, dirty);
		heap_node_unlock(node);
		xmem_port_relax();
	}
	return mfn;
}

/* The same, but in the partial layout above the limit of the xenheap, if
 * possible. @node: NULL if it has no memory yet. */
static unsigned long take_from_node(struct heap_node *node,
				    const struct heap_run_request *req,
				    struct bounds in, bool *dirty)
{
	unsigned long limit = xmem_heap_xen_end;
	unsigned long mfn = XMEM_NO_MFN;

	if (node == NULL) {
		return XMEM_NO_MFN;
	}
	if (XMEM_LAYOUT == XMEM_LAYOUT_PARTIAL && in.lo < limit) {
		struct bounds above = {limit, in.hi};

		mfn = take_from(node, req, above, dirty);
	}
	return mfn != XMEM_NO_MFN ? mfn : take_from(node, req, in, dirty);
}

/* Take the run for @req, of frames of @in, from a node that may be asked. */
static unsigned long take_once(const struct heap_run_request *req,
			       struct bounds in, bool *dirty)
{
	unsigned int nr_nodes;
	unsigned int first = xmem_heap_first_node(req->memflags, &nr_nodes);
	unsigned long mfn = XMEM_NO_MFN;

	for (unsigned int n = first; mfn == XMEM_NO_MFN && nr_nodes > 0;
	     heap_next_node(first, &n, &nr_nodes)) {
		mfn = take_from_node(heap_node(n), req, in, dirty);
	}
	return mfn;
}

unsigned long xmem_heap_take_run(const struct heap_run_request *req,
				 bool *dirty)
{
	struct heap_hunt hunt = xmem_hunt_for(req->memflags, false);
	struct bounds in = heap_bounds_of(req->memflags);
	unsigned long mfn;

	*dirty = false;
	in.lo = in.lo > req->lo ? in.lo : req->lo;
	in.hi = in.hi < req->hi ? in.hi : req->hi;
	if (highest_place(req, in.lo, in.hi) == XMEM_NO_MFN) {
		return XMEM_NO_MFN;
	}
	hunt.lo = in.lo;
	hunt.hi = in.hi;
	do {
		mfn = take_once(req, in, dirty);
	} while (HEAP_HAS_CACHES && mfn == XMEM_NO_MFN &&
		 xmem_hunt_again(&hunt));
	xmem_hunt_end(&hunt);
	return mfn;
}
