/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * runs.c - allocate and free many frames at once, for vmalloc
 *
 * The frames are nobody's until vmalloc marks them with the page at which it
 * maps them (xmem_page_set_vmalloc()). Until then the first frame of each run
 * is held. A free of an area checks these marks and removes them.
 */
#include <xmem/pages.h>

#include "lib/assert.h"
#include "lib/attr.h"
#include "lib/relax.h"
#include "page/mark.h"
#include "page/scrub.h"

_Static_assert(MEMF_no_scrub == XMEM_MEMF_NO_SCRUB &&
		       MEMF_vmalloc == XMEM_MEMF_VMALLOC,
	       "<xmem/hooks.h> says which flags vmalloc passes");

/* Blocks given in one lock hold. */
#define RUN_BATCH 64U

/* ---- taking ---- */

/* Hold the first frame of each run of @bulk, from number @from on. The lock of
 * the node is held. */
static void hold_runs(const struct heap_bulk *bulk, unsigned int from)
{
	for (unsigned int i = from; i < bulk->nr_runs; i++) {
		xmem_page_hold(mfn_to_page(_mfn(bulk->runs[i].mfn)));
	}
}

static void take_runs(struct heap_bulk *bulk)
{
	unsigned int from = 0;

	xmem_heap_bulk_begin(bulk);
	while (heap_bulk_goes_on(bulk)) {
		struct heap_node *node = xmem_heap_take_more(bulk);

		if (!node) {
			return;
		}
		if ((bulk->memflags & MEMF_vmalloc) != 0) {
			hold_runs(bulk, from);
		}
		heap_node_unlock(node);
		from = bulk->nr_runs;
	}
}

/* Zero the dirty runs: bit 0 of @dirty_runs belongs to the last run. */
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
	struct heap_bulk bulk = {
		.runs = runs,
		.max_runs = max_runs < 64 ? max_runs : 64,
		.memflags = memflags,
		.left = nr,
	};

	take_runs(&bulk);
	if ((memflags & MEMF_no_scrub) == 0) {
		scrub_runs(runs, bulk.nr_runs, bulk.dirty_runs);
	}
	*got = nr - bulk.left;
	return bulk.nr_runs;
}

/* ---- giving ---- */

static void check_run_free(const struct xmem_run *run, const void *caller)
{
	unsigned long mfn = run->mfn;
	unsigned long last = mfn + run->nr - 1;
	const struct page_info *pg;

	if (run->nr == 0) {
		return;
	}
	XMEM_PANIC_IF(last < mfn || !xmem_mark_is_ram(mfn, run->nr),
		      "heap: free of frames %lx..%lx: the heap does not know "
		      "it, caller %p\n",
		      mfn, last, caller);
	pg = mfn_to_page(_mfn(mfn));
	for (unsigned long left = run->nr; left > 0; left--, pg++) {
		XMEM_PANIC_IF(!xmem_mark_is(pg, false, NULL),
			      "heap: free of frame %lx, which is owned, "
			      "referenced, xenheap or vmalloc, caller %p\n",
			      mfn_x(page_to_mfn(pg)), caller);
		xmem_relax_after(run->nr - left);
	}
}

/* Give the first block of @left, or a smaller one if that is not in one span.
 * *@order: of the block that was given. The lock of @node is held. */
XMEM_REQUIRES(H)
static int give_first(struct heap_node *node, struct xmem_run *left,
		      unsigned int *order)
{
	int rc;

	*order = heap_first_block(left);
	if (!xmem_mark_is(mfn_to_page(_mfn(left->mfn)), false, NULL)) {
		return -XMEM_EBUSY; /* Meanwhile freed and allocated again. */
	}
	rc = xmem_heap_give(node, left->mfn, *order, false, true);
	while (rc == -XMEM_EINVAL && *order > 0) {
		(*order)--; /* It reaches into the next span. */
		rc = xmem_heap_give(node, left->mfn, *order, false, true);
	}
	return rc;
}

/* Give up to *@budget blocks from the start of @left, while they are on @node,
 * as the first one is. The lock of @node is held. *@order: of the last block.
 * Return: 0, or the error of the last block. */
XMEM_REQUIRES(H)
static int give_run_locked(struct heap_node *node, struct xmem_run *left,
			   unsigned int *budget, unsigned int *order)
{
	int rc = 0;

	while (left->nr > 0 && *budget > 0 && rc == 0) {
		rc = give_first(node, left, order);
		if (rc == 0) {
			left->mfn += 1UL << *order;
			left->nr -= 1UL << *order;
			(*budget)--;
		}
		if (left->nr > 0 && heap_node_of(left->mfn) != node) {
			break;
		}
	}
	return rc;
}

/* Give, in one lock hold, @left, which is what is left of runs[@i], and the
 * runs after it, while they are on the same node, up to RUN_BATCH blocks.
 * Return: the number of the run that *@left belongs to then. */
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

/* Remove the marks of @run, which is not empty and was mapped from @page on.
 * Stops at a frame without the mark of its page. Return: how many. */
static unsigned long unmark_run(const struct xmem_run *run, unsigned long page)
{
	unsigned long nr = run->nr;
	struct page_info *pg;
	unsigned long left;

	if (!xmem_mark_is_ram(run->mfn, nr)) {
		return 0;
	}
	pg = mfn_to_page(_mfn(run->mfn));
	for (left = nr; left > 0 && xmem_page_is_at(pg, page); left--, pg++) {
		xmem_page_unset_vmalloc(pg);
		page++;
	}
	return nr - left;
}

/* Check that vmalloc has mapped @run at @va, and remove the marks. If
 * descriptors have no room for such marks, check that it is nobody's. Return:
 * how many frames have passed. */
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
