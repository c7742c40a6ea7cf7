/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vmalloc.c - memory in one row of addresses, from whatever frames there are
 *
 * Alloc  Take addresses; prepare the tables; then, in batches, get runs of
 *        frames from the heap and commit them. No list of frames is kept:
 *        the page tables are the list. When the heap gives out, what was
 *        committed is unmapped and freed as in vfree().
 * Free   Claim the area; park the entries; one TLB flush; collect runs of
 *        frames from the entries and free them; then give the addresses
 *        back. No frame has a new owner, and no address a new mapping, while
 *        a stale translation may live.
 * Early  While the heap has no memory, frames come from the boot allocator
 *        one by one, and go back to it. Freeing them later puts them into
 *        the heap.
 * Below  xmem_alloc_runs, xmem_free_runs and the xmem_map_* functions.
 * Locking  None here; no lock is held while frames are allocated or freed,
 *        tables are touched or the TLB is flushed.
 * Trade-offs  Every vfree() flushes the TLB once. Frames come without being
 *        scrubbed; vzalloc() clears them once, through the new mapping.
 */
#include <xmem/vmap.h>

#include <xmem/boot.h>
#include <xmem/pages.h>

#include "lib/align.h"
#include "lib/assert.h"
#include "lib/attr.h"
#include "lib/mem.h"
#include "vmap/vmap_priv.h"

/** Runs that travel at a time. */
#define BATCH 8U
/** Bytes cleared at a time. */
#define CLEAR_BATCH (1UL << 20)

/* Up to @nr frames. Return: runs filled, 0 if there is no memory. */
static unsigned int get_runs(struct xmem_run *runs, unsigned long nr,
			     unsigned long *got)
{
	unsigned int filled =
		xmem_alloc_runs(runs, BATCH, nr, MEMF_no_scrub, got);
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

/* Free @runs early, when frames may be the boot allocator's. */
static void put_early_runs(const struct xmem_run *runs, unsigned int nr_runs)
{
	for (unsigned int i = 0; i < nr_runs; i++) {
		struct xmem_run one = {runs[i].mfn, 1};

		for (unsigned long left = runs[i].nr; left > 0; left--) {
			if (!xmem_boot_give_back(_mfn(one.mfn))) {
				xmem_free_runs(&one, 1);
			}
			one.mfn++;
		}
	}
}

static void put_runs(const struct xmem_run *runs, unsigned int nr_runs)
{
	if (XMEM_UNLIKELY(xmem_boot_active())) {
		put_early_runs(runs, nr_runs);
	} else {
		xmem_free_runs(runs, nr_runs);
	}
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
			xmem_map_commit(va, runs[i].mfn, runs[i].nr,
					PAGE_HYPERVISOR);
			va += runs[i].nr << PAGE_SHIFT;
		}
		done += got;
		if (done < nr) {
			xmem_port_relax();
		}
	}
	return done;
}

/* Unmap [@va, @va + @nr pages), @nr > 0, and free its frames. */
static void depopulate(unsigned long va, unsigned long nr)
{
	struct xmem_run runs[BATCH];
	unsigned long done;
	unsigned int filled;

	xmem_map_park(va, nr);
	xmem_port_tlb_flush(va, nr);
	while (nr > 0) {
		filled = xmem_map_collect(va, nr, runs, BATCH, &done);
		put_runs(runs, filled);
		va += done << PAGE_SHIFT;
		nr -= done;
		if (nr > 0) {
			xmem_port_relax();
		}
	}
}

static void *alloc_in(enum vmap_region type, unsigned long size)
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
		depopulate(va, done);
	}
out_give_va:
	xmem_window_give(va);
	return NULL;
}

XMEM_API_MAPS void *vmalloc(size_t size)
{
	return alloc_in(VMAP_DEFAULT, size);
}

XMEM_API_MAPS void *vmalloc_xen(size_t size)
{
	return alloc_in(VMAP_XEN, size);
}

XMEM_API_MAPS void *vzalloc(size_t size)
{
	unsigned long left = xmem_pages_for(size) << PAGE_SHIFT;
	char *va = alloc_in(VMAP_DEFAULT, size);
	char *at = va;

	while (va != NULL && left > 0) {
		unsigned long part = left < CLEAR_BATCH ? left : CLEAR_BATCH;

		memset(at, 0, part);
		at += part;
		left -= part;
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
	depopulate((unsigned long)va, nr);
	xmem_window_give((unsigned long)va);
}
