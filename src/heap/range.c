/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * range.c - take the frames of a fixed range
 *
 * Model       A range may lie in several arenas, on several nodes. It is cut
 *             into pieces, each in one arena, and each is taken in a lock hold
 *             of its own. A range that is one piece, as most are, is taken in
 *             one. One of several pieces is first looked at as a whole: that
 *             finds out, with nothing changed, if it can be had. Then the
 *             pieces are borrowed from the engines (buddy_borrow.c). If
 *             another CPU has meanwhile got a frame of a later piece, those
 *             before it are put back, each frame clean or dirty as it was.
 * Cost        For each piece some steps for each order, never for each frame.
 * Locking     (H) of one node at a time.
 * Trade-offs  What is put back was in use for a moment: an allocation on
 *             another CPU may have failed for want of it. The dirty frames at
 *             the ends of a piece that fill no word must be remembered here.
 *             There is room for LOG_EDGES pieces that have such frames; at the
 *             ends of others all frames come back dirty. Only the ends of the
 *             range have any if spans begin and end at multiples of 64.
 */
#include "heap/cache.h"
#include "heap/heap_priv.h"
#include "lib/attr.h"

/* Pieces whose edges are remembered. */
#define LOG_EDGES 6U

/* What xmem_buddy_return() must know of borrowed pieces: of those that are not
 * listed and lie below @lost, that nothing at their edges was dirty. */
struct range_log {
	unsigned int nr;
	unsigned long lost; /* nothing is known from this frame on */
	struct {
		unsigned long mfn;
		struct xmem_buddy_edges edges;
	} piece[LOG_EDGES];
};

static void log_edges(struct range_log *log, unsigned long mfn,
		      struct xmem_buddy_edges edges)
{
	if ((edges.dirty[0] | edges.dirty[1]) == 0) {
		return;
	}
	if (log->nr < LOG_EDGES) {
		log->piece[log->nr].mfn = mfn;
		log->piece[log->nr].edges = edges;
		log->nr++;
	} else if (mfn < log->lost) {
		log->lost = mfn;
	}
}

/* The edges of the piece at @mfn: dirty, if that is not known. */
static struct xmem_buddy_edges logged_edges(const struct range_log *log,
					    unsigned long mfn)
{
	uint64_t dirty = mfn < log->lost ? 0 : ~(uint64_t)0;

	for (unsigned int i = 0; i < log->nr; i++) {
		if (log->piece[i].mfn == mfn) {
			return log->piece[i].edges;
		}
	}
	return (struct xmem_buddy_edges){{dirty, dirty}};
}

/* The arena of the first frame of @left; NULL if it is in no span. *@nr: how
 * many frames of @left are in it. */
XMEM_REQUIRES(H)
static struct heap_arena *first_piece(struct heap_node *node,
				      const struct xmem_run *left,
				      unsigned long *nr)
{
	struct heap_arena *a = heap_arena_of(node, left->mfn);
	unsigned long room;

	if (a != NULL) {
		room = heap_arena_room(node, a, left->mfn);
		*nr = left->nr < room ? left->nr : room;
	}
	return a;
}

static void step_over(struct xmem_run *left, unsigned long nr)
{
	left->mfn += nr;
	left->nr -= nr;
	xmem_port_relax();
}

/* Take @range if it is one piece. *@whole: is it, or does the first frame
 * decide already? */
static int take_piece(const struct xmem_run *range, bool *whole, bool *dirty)
{
	struct heap_node *node = heap_node_of(range->mfn);
	struct heap_arena *a;
	unsigned long nr = range->nr;
	int rc = -XMEM_ENOENT;

	heap_node_lock(node);
	a = first_piece(node, range, &nr);
	*whole = nr == range->nr;
	if (a != NULL && *whole) {
		rc = xmem_buddy_take_range(&a->buddy, range->mfn, nr, dirty);
	}
	if (rc == 0) {
		xmem_arena_count(a, range->mfn, nr, false);
	}
	heap_node_unlock(node);
	return rc;
}

/* Is the first piece of *@left free? If so, step over it. */
static int look_at_piece(struct xmem_run *left)
{
	struct heap_node *node = heap_node_of(left->mfn);
	const struct heap_arena *a;
	unsigned long nr = 0;
	int rc = -XMEM_ENOENT;

	heap_node_lock(node);
	a = first_piece(node, left, &nr);
	if (a != NULL) {
		unsigned long end = left->mfn + nr;

		rc = xmem_buddy_free_end(&a->buddy, left->mfn, end) == end
			     ? 0
			     : -XMEM_EBUSY;
	}
	heap_node_unlock(node);
	step_over(left, nr);
	return rc;
}

/* Borrow the first piece of *@left, and step over it. */
static int borrow_piece(struct xmem_run *left, struct range_log *log,
			bool *dirty)
{
	struct heap_node *node = heap_node_of(left->mfn);
	struct xmem_buddy_edges edges;
	struct heap_arena *a;
	unsigned long nr = 0;
	int rc = -XMEM_ENOENT;
	bool now = false;

	heap_node_lock(node);
	a = first_piece(node, left, &nr);
	if (a != NULL) {
		rc = xmem_buddy_borrow(&a->buddy, left->mfn, nr, &edges, &now);
	}
	if (rc == 0) {
		xmem_arena_count(a, left->mfn, nr, false);
	}
	heap_node_unlock(node);
	if (rc == 0) {
		log_edges(log, left->mfn, edges);
		*dirty |= now;
		step_over(left, nr);
	}
	return rc;
}

/* Put back the first piece of *@left, and step over it. */
static int return_piece(struct xmem_run *left, const struct range_log *log)
{
	struct heap_node *node = heap_node_of(left->mfn);
	struct xmem_buddy_edges edges = logged_edges(log, left->mfn);
	struct heap_arena *a;
	unsigned long nr = 0;
	int rc = -XMEM_ENOENT;

	heap_node_lock(node);
	a = first_piece(node, left, &nr);
	if (a != NULL) {
		rc = xmem_buddy_return(&a->buddy, left->mfn, nr, &edges);
	}
	if (rc == 0) {
		xmem_arena_count(a, left->mfn, nr, true);
	}
	heap_node_unlock(node);
	step_over(left, nr);
	return rc;
}

/* Put back @taken, which was borrowed. If that fails somebody has freed frames
 * that were not his. */
static void put_back(struct xmem_run taken, const struct range_log *log,
		     const void *caller)
{
	while (taken.nr > 0) {
		unsigned long mfn = taken.mfn;
		int rc = return_piece(&taken, log);

		if (rc != 0) {
			xmem_heap_refuse(rc, mfn, 0, caller);
		}
	}
}

/* Take @range, which is of several pieces. */
static XMEM_NOINLINE int take_pieces(const struct xmem_run *range, bool *dirty,
				     const void *caller)
{
	struct range_log log = {.lost = ~0UL};
	struct xmem_run left = *range;
	int rc = 0;

	while (rc == 0 && left.nr > 0) {
		rc = look_at_piece(&left);
	}
	if (rc != 0) {
		return rc;
	}
	left = *range;
	while (rc == 0 && left.nr > 0) {
		rc = borrow_piece(&left, &log, dirty);
	}
	if (rc != 0) {
		struct xmem_run taken = {range->mfn, left.mfn - range->mfn};

		put_back(taken, &log, caller);
	}
	return rc;
}

/* A hunt for cached frames [@lo, @hi), wherever they belong. */
static struct heap_hunt hunt_in(unsigned long lo, unsigned long hi)
{
	return (struct heap_hunt){
		.node = MAX_NUMNODES,
		.dom = true,
		.xen = true,
		.lo = lo,
		.hi = hi,
	};
}

static int take_range(const struct xmem_run *range, bool *dirty,
		      const void *caller)
{
	bool whole;
	int rc;

	*dirty = false;
	rc = take_piece(range, &whole, dirty);
	return whole ? rc : take_pieces(range, dirty, caller);
}

int xmem_heap_take_range(const struct xmem_run *range, bool *dirty,
			 const void *caller)
{
	struct heap_hunt hunt = hunt_in(range->mfn, range->mfn + range->nr);
	int rc;

	do {
		rc = take_range(range, dirty, caller);
	} while (HEAP_HAS_CACHES && rc == -XMEM_EBUSY &&
		 xmem_hunt_again(&hunt));
	xmem_hunt_end(&hunt);
	return rc;
}

/* Take what is free at the start of the first piece of *@left, and step over
 * it. Return: was that the whole piece? */
static bool take_free_start(struct xmem_run *left, bool *dirty)
{
	struct heap_node *node = heap_node_of(left->mfn);
	struct heap_arena *a;
	unsigned long nr = 0;
	unsigned long now = 0;
	bool is_dirty = false;

	heap_node_lock(node);
	a = first_piece(node, left, &nr);
	if (a != NULL) {
		now = xmem_buddy_free_end(&a->buddy, left->mfn,
					  left->mfn + nr) -
		      left->mfn;
	}
	if (now > 0 &&
	    xmem_buddy_take_range(&a->buddy, left->mfn, now, &is_dirty) == 0) {
		xmem_arena_count(a, left->mfn, now, false);
	}
	heap_node_unlock(node);
	*dirty |= is_dirty;
	step_over(left, now);
	return now > 0 && now == nr;
}

unsigned long xmem_heap_take_start(const struct xmem_run *range, bool *dirty)
{
	struct xmem_run left = *range;
	struct heap_hunt hunt = hunt_in(0, 0);

	*dirty = false;
	do {
		while (left.nr > 0 && take_free_start(&left, dirty)) {
		}
		hunt.lo = left.mfn; /* The frame that is not free. */
		hunt.hi = left.mfn + 1;
	} while (HEAP_HAS_CACHES && left.nr > 0 && xmem_hunt_again(&hunt));
	xmem_hunt_end(&hunt);
	return range->nr - left.nr;
}
