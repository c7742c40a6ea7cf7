/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * runs.c - allocate and free many frames at once, for vmalloc
 *
 * The frames are nobody's, unless vmalloc marks them with the page at which it
 * maps them (xmem_page_set_vmalloc()): the heap knows those as described. A
 * free of an area checks these marks and removes them. Then the frames look as
 * if they were in a cache, and nobody else may free them, until they are given.
 */
#include <xmem/pages.h>

#include "lib/assert.h"
#include "lib/attr.h"
#include "page/mark.h"
#include "page/scrub.h"

_Static_assert(MEMF_no_scrub == XMEM_MEMF_NO_SCRUB &&
		       MEMF_vmalloc == XMEM_MEMF_VMALLOC,
	       "<xmem/hooks.h> says which flags vmalloc passes");

/* Blocks given in one lock hold. */
#define RUN_BATCH 64U

/* ---- taking ---- */

static void tell_taken(const struct xmem_run *runs, unsigned int nr_runs)
{
	for (unsigned int i = 0; i < nr_runs; i++) {
		xmem_tell_range(runs[i].mfn, runs[i].nr, false);
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
		heap_node_unlock(node);
		tell_taken(bulk->runs + from, bulk->nr_runs - from);
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
		.described = XMEM_PAGE_MARKS_VMALLOC &&
			     (memflags & MEMF_vmalloc) != 0,
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

XMEM_REQUIRES(H)
static int give_block(struct heap_node *node, unsigned long mfn,
		      unsigned int order, bool marked)
{
	if (marked) {
		return xmem_heap_give_used(node, mfn, order);
	}
	return xmem_word_of(mfn_to_page(_mfn(mfn))) == 0
		       ? xmem_heap_give(node, mfn, order, false, true)
		       : -XMEM_EEXIST;
}

/* Give the first block of @left, or a smaller one if that is not in one span.
 * *@order: of the block that was given, or refused. @marked: it was vmalloc's;
 * else it must be plain. The lock of @node is held. */
XMEM_REQUIRES(H)
static int give_first(struct heap_node *node, struct xmem_run *left,
		      bool marked, unsigned int *order)
{
	int rc;

	*order = heap_first_block(left);
	rc = give_block(node, left->mfn, *order, marked);
	while (rc == -XMEM_EINVAL && *order > 0) {
		(*order)--; /* It reaches into the next span. */
		rc = give_block(node, left->mfn, *order, marked);
	}
	return rc;
}

/* Give up to *@budget blocks from the start of @left, while they are on @node,
 * as the first one is. The lock of @node is held. *@order: of the last block.
 * Return: 0, or the error of the last block. */
XMEM_REQUIRES(H)
static int give_run_locked(struct heap_node *node, struct xmem_run *left,
			   bool marked, unsigned int *budget,
			   unsigned int *order)
{
	int rc = 0;

	while (left->nr > 0 && *budget > 0 && rc == 0) {
		rc = give_first(node, left, marked, order);
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

/* struct freed_runs - where a free of runs has got to. */
struct freed_runs {
	const struct xmem_run *runs;
	unsigned int nr_runs;
	unsigned int i; /* the run that @left belongs to */
	struct xmem_run left;
	bool marked; /* they were vmalloc's */
	const void *caller;
};

/* The block of @order at the start of what is left, of nobody's, is a union of
 * plain and described frames: see nobody.c. */
static XMEM_COLD void free_union(struct freed_runs *f, unsigned int order)
{
	struct marked_block block = {.pg = mfn_to_page(_mfn(f->left.mfn)),
				     .mfn = f->left.mfn,
				     .order = order,
				     .told = true,
				     .caller = f->caller};

	xmem_nobody_free(&block);
	f->left.mfn += 1UL << order;
	f->left.nr -= 1UL << order;
	if (f->left.nr == 0 && ++f->i < f->nr_runs) {
		f->left = f->runs[f->i];
	}
}

/* Give, in one lock hold, what is left of a run and the runs after it, while
 * they are on the same node, up to RUN_BATCH blocks. */
static void free_batch(struct freed_runs *f)
{
	struct heap_node *node = heap_node_of(f->left.mfn);
	unsigned int budget = RUN_BATCH;
	unsigned int order = 0;
	int rc;

	heap_node_lock(node);
	do {
		rc = give_run_locked(node, &f->left, f->marked, &budget,
				     &order);
		if (rc == 0 && f->left.nr == 0 && ++f->i < f->nr_runs) {
			f->left = f->runs[f->i];
		}
	} while (rc == 0 && f->i < f->nr_runs && budget > 0 &&
		 heap_node_of(f->left.mfn) == node);
	heap_node_unlock(node);
	if (XMEM_UNLIKELY(rc == -XMEM_EEXIST && !f->marked)) {
		free_union(f, order);
	} else if (XMEM_UNLIKELY(rc != 0)) {
		xmem_heap_refuse(rc, f->left.mfn, order, f->caller);
	}
}

static void tell_given(const struct xmem_run *runs, unsigned int nr_runs,
		       const void *caller)
{
	for (unsigned int i = 0; XMEM_PORT_HEARS_FRAMES && i < nr_runs; i++) {
		int rc = heap_tell_given(runs[i].mfn, runs[i].nr, false);

		if (XMEM_UNLIKELY(rc != 0)) {
			xmem_heap_refuse(rc, runs[i].mfn, 0, caller);
		}
	}
}

static void free_runs(const struct xmem_run *runs, unsigned int nr_runs,
		      bool marked, const void *caller)
{
	struct freed_runs f = {.runs = runs,
			       .nr_runs = nr_runs,
			       .marked = marked,
			       .caller = caller};

	tell_given(runs, nr_runs, caller);
	if (nr_runs > 0) {
		f.left = runs[0];
	}
	while (f.i < nr_runs) {
		free_batch(&f);
	}
}

static void check_ram(const struct xmem_run *run, const void *caller)
{
	unsigned long last = run->mfn + run->nr - 1;

	XMEM_PANIC_IF(run->nr > 0 && (last < run->mfn ||
				      !xmem_mark_is_ram(run->mfn, run->nr)),
		      "heap: free of frames %lx..%lx: the heap does not know "
		      "it, caller %p\n",
		      run->mfn, last, caller);
}

XMEM_API_PAGES void xmem_free_runs(const struct xmem_run *runs,
				   unsigned int nr_runs)
{
	const void *caller = XMEM_CALLER();

	for (unsigned int i = 0; i < nr_runs; i++) {
		check_ram(&runs[i], caller);
	}
	free_runs(runs, nr_runs, false, caller);
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

/* Check that vmalloc has mapped @run at @va, and remove the marks, if
 * descriptors have room for such. Return: how many frames have passed. */
static unsigned long check_run_at(const struct xmem_run *run, unsigned long va,
				  const void *caller)
{
	if (!XMEM_PAGE_MARKS_VMALLOC) {
		check_ram(run, caller);
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
		free_runs(runs, nr_runs, XMEM_PAGE_MARKS_VMALLOC, caller);
	}
	return good;
}
