/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * heap.c - the page heap: nodes, arenas and the lock
 *
 * Model       A node has arenas; an arena is a span of frames with a buddy
 *             engine. This file picks the node and the arena, takes or gives
 *             under the lock of the node, and keeps counts. It contains no
 *             allocation algorithm and touches no frames; of a block, it
 *             reads and writes the first descriptor.
 * Policy      Preferred node first, then the others in turn. Inside a node
 *             the smallest sufficient free block, of those the one with the
 *             highest address: low memory is kept for those who need it. In
 *             the partial layout domheap requests try above the xenheap's
 *             limit first.
 * Cost        By orders and the depth of the tree of arenas; never by pages.
 *             An address limit costs a look into the two arenas that it cuts.
 * Locking     (H), one per node, a leaf; at most one is held at a time.
 */
#include "heap/heap.h"

#include <xmem/admin.h>
#include <xmem/pages.h>
#include <xmem/port.h>

#include "lib/align.h"
#include "lib/assert.h"
#include "lib/attr.h"
#include "lib/bits.h"
#include "lib/phase.h"
#include "lib/relax.h"
#include "heap/heap_priv.h"

struct heap_node xmem_heap_nodes[MAX_NUMNODES];

static unsigned long xen_end = ~0UL; /* (C) xenheap_max_mfn() + 1 */

/* Blocks given in one lock hold of a bulk free. */
#define RUN_BATCH 64U

/* Frames [lo, hi) that a request may use. */
struct window {
	unsigned long lo;
	unsigned long hi;
};

XMEM_API_PAGES void xenheap_max_mfn(unsigned long mfn)
{
	xmem_phase_check(XMEM_PHASE_LIMIT, XMEM_CALLER());
	xen_end = mfn != ~0UL ? mfn + 1 : mfn;
}

XMEM_API_PAGES unsigned long xmem_xenheap_limit(void)
{
	if (XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE) {
		return 0;
	}
	return XMEM_LAYOUT == XMEM_LAYOUT_PARTIAL ? xen_end : ~0UL;
}

/* ---- bookkeeping under the lock ---- */

/* A block of 2^@order frames has become free, or used: I4. */
XMEM_REQUIRES(H)
static inline void count_block(struct heap_part *part, unsigned long mfn,
			       unsigned int order, bool is_free)
{
	unsigned long nr = is_free ? 1UL << order : 0 - (1UL << order);

	part->zone_free[xmem_log2(mfn)] += nr;
	part->nr_free += nr;
}

/* ---- taking ---- */

XMEM_REQUIRES(H)
static unsigned long take_from_arena(struct heap_part *part,
				     struct heap_arena *arena,
				     unsigned int order, struct window w,
				     bool *dirty)
{
	unsigned int before = arena->buddy.orders;
	unsigned long mfn = xmem_buddy_take(&arena->buddy, order, w.lo, w.hi,
					    XMEM_BUDDY_HIGH, dirty);

	if (mfn != XMEM_NO_MFN) {
		heap_arena_sync(arena, before);
		count_block(part, mfn, order, false);
		xmem_port_frames_taken(mfn, order);
	}
	return mfn;
}

/* The arenas that have a block of the lowest order first, of these the highest
 * one. Only one that @w cuts can have a block and none in @w: then it has
 * nothing there, whatever its blocks, and @w goes on without it. */
XMEM_REQUIRES(H)
static unsigned long take_from_part(struct heap_part *part, unsigned int order,
				    struct window w, bool *dirty)
{
	unsigned int orders = heap_orders_below(part->root);

	orders &= ~0U << order;
	while (orders != 0) {
		struct heap_arena *a =
			heap_arena_before(part, w.hi, xmem_ffs64(orders));
		unsigned long mfn;

		if (a == NULL || a->buddy.end <= w.lo) {
			orders &= orders - 1;
			continue;
		}
		mfn = take_from_arena(part, a, order, w, dirty);
		if (mfn != XMEM_NO_MFN) {
			return mfn;
		}
		if (a->buddy.end > w.hi) {
			w.hi = a->buddy.start;
		} else {
			w.lo = a->buddy.end;
		}
	}
	return XMEM_NO_MFN;
}

/* The part of @w that @memflags allow, by address bits and DMA avoidance. */
static XMEM_NOINLINE struct window narrow(struct window w,
					  unsigned int memflags)
{
	unsigned int bits = (memflags >> MEMF_bits_shift) & MEMF_bits_mask;

	if (bits != 0 && bits < PAGE_SHIFT) {
		w.hi = 0;
	} else if (bits != 0 && bits - PAGE_SHIFT < sizeof(w.hi) * 8) {
		w.hi = 1UL << (bits - PAGE_SHIFT);
	}
	if ((memflags & MEMF_no_dma) != 0) {
		w.lo = XMEM_PORT_DMA_MFNS;
	}
	return w;
}

static inline struct window window_of(unsigned int memflags)
{
	struct window all = {1, ~0UL};

	if ((memflags & (MEMF_no_dma | MEMF_bits(MEMF_bits_mask))) == 0) {
		return all;
	}
	return narrow(all, memflags);
}

static struct window window_below(struct window w, unsigned long limit)
{
	w.hi = w.hi < limit ? w.hi : limit;
	return w;
}

static struct window window_above(struct window w, unsigned long limit)
{
	w.lo = w.lo > limit ? w.lo : limit;
	return w;
}

/* Partial layout: the xenheap below its limit; the domheap above it if it
 * can, else anywhere that is left, blocks across the limit included. */
XMEM_REQUIRES(H)
static XMEM_NOINLINE unsigned long take_partial(struct heap_part *part,
						const struct heap_request *req,
						struct window w, bool *dirty)
{
	struct window first =
		req->xen ? window_below(w, xen_end) : window_above(w, xen_end);
	unsigned long mfn = take_from_part(part, req->order, first, dirty);

	if (mfn == XMEM_NO_MFN && !req->xen) {
		mfn = take_from_part(part, req->order, w, dirty);
	}
	return mfn;
}

XMEM_REQUIRES(H)
static XMEM_ALWAYS_INLINE unsigned long take_locked(
	struct heap_node *node, const struct heap_request *req, struct window w,
	bool *dirty)
{
	struct heap_part *part = heap_part_of(node, req->xen);

	if (XMEM_LAYOUT == XMEM_LAYOUT_PARTIAL) {
		return take_partial(part, req, w, dirty);
	}
	return take_from_part(part, req->order, w, dirty);
}

/* The node a request would like best, and how many may be tried from it. */
static unsigned int first_node(unsigned int memflags, unsigned int *nr_nodes)
{
	unsigned int node = (memflags >> MEMF_node_shift) & MEMF_node_mask;

	*nr_nodes = (memflags & MEMF_exact_node) != 0 ? 1 : MAX_NUMNODES;
	if (node == 0) {
		return xmem_port_cpu_to_node(xmem_port_cpu());
	}
	if (node > MAX_NUMNODES) {
		*nr_nodes = 0;
		return 0;
	}
	return node - 1;
}

static unsigned int next_node(unsigned int node)
{
	return node + 1 == MAX_NUMNODES ? 0 : node + 1;
}

unsigned long xmem_heap_alloc(const struct heap_request *req, bool *dirty)
{
	unsigned int nr_nodes;
	unsigned int n = first_node(req->memflags, &nr_nodes);
	struct window w = window_of(req->memflags);
	unsigned long mfn;

	if (req->order > MAX_ORDER || nr_nodes == 0 ||
	    xmem_port_alloc_fails()) {
		return XMEM_NO_MFN;
	}
	do {
		struct heap_node *node = &xmem_heap_nodes[n];

		heap_node_lock(node);
		mfn = take_locked(node, req, w, dirty);
		if (mfn != XMEM_NO_MFN && (req->xen || req->owned)) {
			xmem_page_hold(mfn_to_page(_mfn(mfn)));
		}
		heap_node_unlock(node);
		n = next_node(n);
	} while (mfn == XMEM_NO_MFN && --nr_nodes > 0);
	return mfn;
}

/* ---- giving ---- */

/* What a free of a block found; 0, or the engine's error, or -ENOENT. */
XMEM_REQUIRES(H)
static int give_locked(struct heap_node *node, unsigned long mfn,
		       unsigned int order)
{
	struct heap_part *part;
	struct heap_arena *arena = heap_arena_of(node, mfn, &part);
	unsigned int before;
	int rc;

	if (arena == NULL) {
		return -ENOENT;
	}
	if (XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE &&
	    xmem_arena_room(node, arena, mfn) < 1UL << order) {
		return -EINVAL;
	}
	before = arena->buddy.orders;
	rc = xmem_buddy_give(&arena->buddy, mfn, order, true);
	if (rc == 0) {
		xmem_port_frames_given(mfn, order);
		heap_arena_sync(arena, before);
		count_block(part, mfn, order, true);
	}
	return rc;
}

XMEM_COLD void xmem_heap_refuse(int rc, unsigned long mfn, unsigned int order,
				const void *caller)
{
	XMEM_PANIC_IF(rc == -EBUSY,
		      "heap: double free of frame %lx order %u: it is free "
		      "already, caller %p\n",
		      mfn, order, caller);
	XMEM_PANIC_IF(
		rc == -ENOENT,
		"heap: free of frame %lx order %u: the heap does not know "
		"it, caller %p\n",
		mfn, order, caller);
	XMEM_PANIC_IF(rc != 0,
		      "heap: free of frame %lx order %u: misaligned or beyond "
		      "its span, caller %p\n",
		      mfn, order, caller);
}

/* Is it a frame of @d (NULL: nobody's) and @xen, and held by nobody? The hold
 * is looked at first, as it is what goes last when a frame gets its mark; that
 * of the xenheap is read along with it (page_info.h), the owner after it. */
static inline bool has_mark(const struct page_info *pg, const struct domain *d,
			    bool xen)
{
	if (xmem_page_refs(pg) != 0 || is_xen_heap_page(pg) != xen) {
		return false;
	}
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return xmem_page_owner(pg) == d;
}

void xmem_heap_free(unsigned long mfn, unsigned int order,
		    const struct domain *d, bool xen, const void *caller)
{
	struct heap_node *node = heap_node_of(mfn);
	struct page_info *pg = mfn_to_page(_mfn(mfn));
	int rc = -EBUSY; /* Freed, and perhaps taken again, meanwhile. */

	heap_node_lock(node);
	if (has_mark(pg, d, xen)) {
		rc = give_locked(node, mfn, order);
	}
	if (rc == 0 && (d != NULL || xen)) {
		xmem_page_release(pg);
	}
	heap_node_unlock(node);
	if (XMEM_UNLIKELY(rc != 0)) {
		xmem_heap_refuse(rc, mfn, order, caller);
	}
}

/* ---- many at once ---- */

/* As large a block as still fits and exists. Return: false if none does. */
XMEM_REQUIRES(H)
static bool take_largest(struct heap_node *node, struct heap_request *req,
			 unsigned long nr, struct xmem_run *run, bool *dirty)
{
	unsigned int most = xmem_log2(nr);

	req->order = most < req->order ? most : req->order;
	for (;;) {
		unsigned long mfn =
			take_locked(node, req, window_of(req->memflags), dirty);

		if (mfn != XMEM_NO_MFN) {
			run->mfn = mfn;
			run->nr = 1UL << req->order;
			return true;
		}
		if (req->order == 0) {
			return false;
		}
		req->order--;
	}
}

static unsigned int fill_runs(struct heap_node *node, struct heap_request *req,
			      struct xmem_run *runs, unsigned int max_runs,
			      unsigned long *nr, uint64_t *dirty_runs)
{
	unsigned int filled = 0;

	heap_node_lock(node);
	while (*nr > 0 && filled < max_runs) {
		bool dirty = false;

		if (!take_largest(node, req, *nr, &runs[filled], &dirty)) {
			break;
		}
		if ((req->memflags & MEMF_vmalloc) != 0) {
			xmem_page_hold(mfn_to_page(_mfn(runs[filled].mfn)));
		}
		*nr -= runs[filled].nr;
		*dirty_runs = *dirty_runs << 1 | dirty;
		filled++;
	}
	heap_node_unlock(node);
	return filled;
}

/* The newest run is bit 0 of @dirty_runs. */
static void scrub_runs(const struct xmem_run *runs, unsigned int nr_runs,
		       uint64_t dirty_runs)
{
	while (nr_runs > 0) {
		nr_runs--;
		if ((dirty_runs & 1) != 0) {
			xmem_scrub_frames(runs[nr_runs].mfn, runs[nr_runs].nr);
		}
		dirty_runs >>= 1;
	}
}

XMEM_API_PAGES unsigned int xmem_alloc_runs(struct xmem_run *runs,
					    unsigned int max_runs,
					    unsigned long nr,
					    unsigned int memflags,
					    unsigned long *got)
{
	unsigned int nr_nodes;
	unsigned int n = first_node(memflags, &nr_nodes);
	unsigned int filled = 0;
	unsigned long left = nr;
	uint64_t dirty_runs = 0;

	*got = 0;
	max_runs = max_runs < 64 ? max_runs : 64;
	if (nr == 0 || xmem_port_alloc_fails()) {
		return 0;
	}
	for (; nr_nodes > 0 && filled < max_runs && left > 0; nr_nodes--) {
		struct heap_request req = {.order = MAX_ORDER,
					   .memflags = memflags};

		filled += fill_runs(&xmem_heap_nodes[n], &req, runs + filled,
				    max_runs - filled, &left, &dirty_runs);
		n = next_node(n);
	}
	if ((memflags & MEMF_no_scrub) == 0) {
		scrub_runs(runs, filled, dirty_runs);
	}
	*got = nr - left;
	return filled;
}

/* Largest aligned block at the start of [@mfn, @mfn + @nr). With its bit set
 * the number is aligned to MAX_ORDER at most. */
static unsigned int first_block(unsigned long mfn, unsigned long nr)
{
	return xmem_block_order(mfn | 1UL << MAX_ORDER, nr);
}

static void check_run_free(const struct xmem_run *run, const void *caller)
{
	unsigned long mfn = run->mfn;
	unsigned long last = mfn + run->nr - 1;
	const struct page_info *pg;

	if (run->nr == 0) {
		return;
	}
	XMEM_PANIC_IF(last < mfn || !xmem_block_is_ram(mfn, run->nr),
		      "heap: free of frames %lx..%lx: the heap does not know "
		      "it, caller %p\n",
		      mfn, last, caller);
	pg = mfn_to_page(_mfn(mfn));
	for (unsigned long left = run->nr; left > 0; left--, pg++) {
		XMEM_PANIC_IF(!has_mark(pg, NULL, false),
			      "heap: free of frame %lx, which is owned, "
			      "referenced, xenheap or vmalloc, caller %p\n",
			      mfn_x(page_to_mfn(pg)), caller);
		xmem_relax_after(run->nr - left);
	}
}

/* Give up to RUN_BATCH blocks of @left, which shrinks, that belong to @node.
 * *@order: of the last block. Return: 0, or what its free found. */
XMEM_REQUIRES(H)
static int give_run_locked(struct heap_node *node, struct xmem_run *left,
			   unsigned int *budget, unsigned int *order)
{
	int rc = 0;

	while (left->nr > 0 && *budget > 0 && heap_node_of(left->mfn) == node) {
		*order = first_block(left->mfn, left->nr);
		if (!has_mark(mfn_to_page(_mfn(left->mfn)), NULL, false)) {
			return -EBUSY; /* Freed, and taken again, meanwhile. */
		}
		rc = give_locked(node, left->mfn, *order);
		while (rc == -EINVAL && *order > 0) {
			(*order)--; /* It reached into the next span. */
			rc = give_locked(node, left->mfn, *order);
		}
		if (rc != 0) {
			break;
		}
		left->mfn += 1UL << *order;
		left->nr -= 1UL << *order;
		(*budget)--;
	}
	return rc;
}

/* One lock hold: as much of @runs from @left, a rest of runs[@i], on as the
 * node of its first frame has and the batch allows. Return: the run that is
 * under way then. */
static unsigned int free_batch(const struct xmem_run *runs,
			       unsigned int nr_runs, unsigned int i,
			       struct xmem_run *left, const void *caller)
{
	struct heap_node *node = heap_node_of(left->mfn);
	unsigned int budget = RUN_BATCH;
	unsigned int order = 0;
	int rc;

	heap_node_lock(node);
	do {
		rc = give_run_locked(node, left, &budget, &order);
		if (rc == 0 && left->nr == 0 && ++i < nr_runs) {
			*left = runs[i];
		}
	} while (rc == 0 && i < nr_runs && budget > 0 &&
		 heap_node_of(left->mfn) == node);
	heap_node_unlock(node);
	if (XMEM_UNLIKELY(rc != 0)) {
		xmem_heap_refuse(rc, left->mfn, order, caller);
	}
	return i;
}

static void free_checked(const struct xmem_run *runs, unsigned int nr_runs,
			 const void *caller)
{
	struct xmem_run left = nr_runs > 0 ? runs[0] : (struct xmem_run){0, 0};
	unsigned int i = 0;

	while (i < nr_runs) {
		i = free_batch(runs, nr_runs, i, &left, caller);
	}
}

XMEM_API_PAGES void xmem_free_runs(const struct xmem_run *runs,
				   unsigned int nr_runs)
{
	const void *caller = XMEM_CALLER();

	for (unsigned int i = 0; i < nr_runs; i++) {
		check_run_free(&runs[i], caller);
	}
	free_checked(runs, nr_runs, caller);
}

/* The frames of @run, which is not empty, up to one that vmalloc has not
 * mapped at its place, from @page on, lose its mark. Return: how many. */
static unsigned long unmark_run(const struct xmem_run *run, unsigned long page)
{
	unsigned long nr = run->nr;
	struct page_info *pg;
	unsigned long left;

	if (!xmem_block_is_ram(run->mfn, nr)) {
		return 0;
	}
	pg = mfn_to_page(_mfn(run->mfn));
	for (left = nr; left > 0 && xmem_page_is_at(pg, page); left--, pg++) {
		xmem_page_unset_vmalloc(pg);
		page++;
	}
	return nr - left;
}

/* Where nothing is noted, any frame of nobody will do. */
static unsigned long check_run_at(const struct xmem_run *run, unsigned long va,
				  const void *caller)
{
	if (!XMEM_PAGE_MARKS_VMALLOC) {
		check_run_free(run, caller);
		return run->nr;
	}
	return unmark_run(run, va >> PAGE_SHIFT);
}

XMEM_API_PAGES unsigned long xmem_free_runs_at(const struct xmem_run *runs,
					       unsigned int nr_runs,
					       unsigned long va,
					       unsigned long nr)
{
	const void *caller = XMEM_CALLER();
	unsigned long good = 0;

	for (unsigned int i = 0; i < nr_runs; i++) {
		unsigned long at = check_run_at(&runs[i], va, caller);

		good += at;
		va += at << PAGE_SHIFT;
		if (at < runs[i].nr) {
			return good;
		}
	}
	if (good == nr) {
		free_checked(runs, nr_runs, caller);
	}
	return good;
}
