/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vmalloc.c - allocate virtually contiguous memory from scattered frames
 *
 * Alloc  Take addresses; prepare the tables; then, in batches, get runs of
 *        frames from the heap and commit them. No list of frames is kept: the
 *        page tables are the list. If the heap runs out of memory, what was
 *        committed is unmapped and freed as in vfree().
 * Free   Claim the area; park the entries; flush the TLB once; collect runs of
 *        frames from the entries and free them; then give the addresses back.
 *        So no frame gets a new owner, and no address a new mapping, while a
 *        CPU has a stale translation.
 * Marks  From before it is mapped until it is freed, the descriptor of a frame
 *        says that it is vmalloc's, and at which address. So nobody else can
 *        free it. And if somebody has changed the mapping of a page, vfree()
 *        finds that the mark does not fit, before it frees a wrong frame.
 * Early  While the heap has no memory, frames come from the boot allocator one
 *        by one, and go back to it. If they are freed later they go to the
 *        heap.
 * Below  xmem_alloc_runs, xmem_free_runs_at, and the xmem_map_* functions.
 * Locking  None here; no lock is held while frames are allocated or freed,
 *        tables are touched or the TLB is flushed.
 * Trade-offs  Every vfree() flushes the TLB once. Frames come without being
 *        scrubbed; vzalloc() clears them once, through the new mapping.
 */
#include <xmem/vmap.h>

#include <xmem/boot.h>
#include <xmem/hooks.h>
#include <xmem/page_info.h>
#include <xmem/xenheap.h>

#include "lib/align.h"
#include "lib/assert.h"
#include "lib/attr.h"
#include "lib/mem.h"
#include "lib/relax.h"
#include "lib/stretch.h"
#include "vmap/vmap_priv.h"

/** Runs allocated or freed at a time. */
#define BATCH 8U
/** Bytes cleared at a time. */
#define CLEAR_BATCH (1UL << 20)
/** Flags for frames. */
#define FLAGS (MEMF_no_scrub | (XMEM_PAGE_MARKS_VMALLOC ? MEMF_vmalloc : 0))

/* Up to @nr frames. Return: runs filled, 0 if there is no memory. */
static unsigned int get_runs(struct xmem_run *runs, unsigned long nr,
			     unsigned long *got)
{
	unsigned int filled = xmem_alloc_runs(runs, BATCH, nr, FLAGS, got);
	mfn_t mfn;

	if (filled > 0 || !xmem_boot_active()) {
		return filled;
	}
	mfn = xmem_alloc_boot_pages_below(1, 1, ~0UL);
	if (mfn_eq(mfn, INVALID_MFN)) {
		return 0;
	}
	runs[0] = (struct xmem_run){mfn_x(mfn), 1};
	*got = 1;
	return 1;
}

/* Free the frame @mfn of the page at @va, to the boot allocator or, if that has
 * handed over meanwhile, to the heap. Return: false if it is not its frame. */
static bool put_early_frame(mfn_t mfn, unsigned long va)
{
	struct xmem_run one = {mfn_x(mfn), 1};

	if (!mfn_valid(mfn) ||
	    !xmem_page_is_at(mfn_to_page(mfn), va >> PAGE_SHIFT)) {
		return false;
	}
	if (!xmem_boot_give_back(mfn)) {
		return xmem_free_runs_at(&one, 1, va, 1) == 1;
	}
	xmem_page_unset_vmalloc(mfn_to_page(mfn)); /* Still one CPU runs. */
	return true;
}

/* xmem_free_runs_at() for frames that may be the boot allocator's. */
static unsigned long put_early_runs(const struct xmem_run *runs,
				    unsigned int nr_runs, unsigned long va)
{
	unsigned long done = 0;

	for (unsigned int i = 0; i < nr_runs; i++) {
		for (unsigned long k = 0; k < runs[i].nr; k++) {
			if (!put_early_frame(_mfn(runs[i].mfn + k), va)) {
				return done;
			}
			va += PAGE_SIZE;
			done++;
		}
	}
	return done;
}

/* Mark the frames of @run and map them from @va on. */
static void use_run(struct xmem_run run, unsigned long va)
{
	struct page_info *pg = mfn_to_page(_mfn(run.mfn));
	unsigned long page = va >> PAGE_SHIFT;

	for (unsigned long i = 0; XMEM_PAGE_MARKS_VMALLOC && i < run.nr; i++) {
		xmem_page_set_vmalloc(xmem_page_behind(pg, i), page + i);
		xmem_relax_after(i);
	}
	xmem_map_commit(va, run.mfn, run.nr, PAGE_HYPERVISOR);
}

/* Back [@va, @va + @nr pages) with memory. Return: pages done. */
static unsigned long populate(unsigned long va, unsigned long nr)
{
	struct xmem_run runs[BATCH];
	unsigned long done = 0;
	unsigned long got;
	unsigned int filled;

	while (done < nr) {
		filled = get_runs(runs, nr - done, &got);
		if (filled == 0) {
			break;
		}
		for (unsigned int i = 0; i < filled; i++) {
			use_run(runs[i], va);
			va += runs[i].nr << PAGE_SHIFT;
		}
		done += got;
		if (done < nr) {
			xmem_port_relax();
		}
	}
	return done;
}

/* Panic: page @va of the area at @start is not mapped to its frame any more.
 * @next: the first frame that the pages from there on are mapped to. */
static XMEM_COLD void refuse(unsigned long start, unsigned long va,
			     unsigned long next, const void *caller)
{
	xmem_port_panic("vfree: page %p of the area at %p has lost its frame: "
			"what is mapped from there on begins with frame %lx "
			"(caller %p)\n",
			(void *)va, (void *)start, next, caller);
}

/* Frame number @i of @runs, or XMEM_NO_MFN. */
static unsigned long frame_in(const struct xmem_run *runs, unsigned int nr_runs,
			      unsigned long i)
{
	while (nr_runs > 0 && i >= runs->nr) {
		i -= runs->nr;
		runs++;
		nr_runs--;
	}
	return nr_runs > 0 ? runs->mfn + i : XMEM_NO_MFN;
}

/* Unmap the first @nr > 0 pages of the area at @start and free their frames.
 * @caller: for messages. */
static void depopulate(unsigned long start, unsigned long nr,
		       const void *caller)
{
	struct xmem_run runs[BATCH];
	unsigned long va = start;
	unsigned long done;
	unsigned long good;
	unsigned int filled;

	xmem_map_park(va, nr);
	xmem_port_tlb_flush(va, nr);
	for (;;) {
		filled =
			xmem_map_collect(va, xmem_stretch(va >> PAGE_SHIFT, nr),
					 runs, BATCH, &done);
		good = XMEM_UNLIKELY(xmem_boot_active())
			       ? put_early_runs(runs, filled, va)
			       : xmem_free_runs_at(runs, filled, va, done);
		va += good << PAGE_SHIFT;
		if (XMEM_UNLIKELY(good != done)) {
			refuse(start, va, frame_in(runs, filled, good), caller);
		}
		nr -= good;
		if (nr == 0) {
			return;
		}
		xmem_port_relax();
	}
}

static void *alloc_in(enum vmap_region type, unsigned long size,
		      const void *caller)
{
	unsigned long nr = xmem_pages_for(size);
	unsigned long va = xmem_window_take(type, nr, 1, AREA_OWNED);
	unsigned long done;

	if (va == 0) {
		return NULL;
	}
	if (xmem_map_prepare(va, nr) != 0) {
		goto out_give_va;
	}
	done = populate(va, nr);
	if (done == nr) {
		return (void *)va;
	}
	if (done > 0) {
		depopulate(va, done, caller);
	}
out_give_va:
	xmem_window_give(va, nr);
	return NULL;
}

XMEM_API_MAPS void *vmalloc(size_t size)
{
	return alloc_in(VMAP_DEFAULT, size, XMEM_CALLER());
}

XMEM_API_MAPS void *vmalloc_xen(size_t size)
{
	return alloc_in(VMAP_XEN, size, XMEM_CALLER());
}

XMEM_API_MAPS void *vzalloc(size_t size)
{
	unsigned long left = xmem_pages_for(size) << PAGE_SHIFT;
	char *va = alloc_in(VMAP_DEFAULT, size, XMEM_CALLER());
	char *at = va;

	while (va != NULL && left > 0) {
		unsigned long bytes = left < CLEAR_BATCH ? left : CLEAR_BATCH;

		memset(at, 0, bytes);
		at += bytes;
		left -= bytes;
		if (left > 0) {
			xmem_port_relax();
		}
	}
	return va;
}

XMEM_API_MAPS void vfree(void *va)
{
	unsigned long nr;

	if (va == NULL) {
		return;
	}
	nr = xmem_window_claim(va, AREA_OWNED, "vfree", XMEM_CALLER());
	depopulate((unsigned long)va, nr, XMEM_CALLER());
	xmem_window_give((unsigned long)va, nr);
}

XMEM_API_MAPS unsigned int vmalloc_size(const void *va)
{
	unsigned int tag;
	unsigned int nr = xmem_window_find(va, &tag);

	return tag == AREA_OWNED ? nr : 0;
}
