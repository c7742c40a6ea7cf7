/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmu.c - direct map, frame table and windows of x86-64
 *
 * Direct map   RAM ranges in ascending order, at most 1 GiB at a time, with
 *              the largest blocks. Tables are taken from boot frames below
 *              the end of what is mapped so far, which is all that can be
 *              reached: that end begins at XMEM_PORT_BOOT_MAPPED and follows
 *              the work, so any amount of RAM needs the first GiB only to
 *              start with.
 * Boot window  What the port has mapped there is in use (the tables lie in
 *              it), so nothing in it is unmapped even for a moment: only
 *              2 MiB blocks and pages are written, of the same frames, and
 *              a larger block is split by the engine in one write. At the
 *              end what is not RAM is removed, hence an image that shall
 *              stay reachable is given to init_boot_pages() and reserved.
 * Frame table  Indexed by frame number. Only what describes RAM is backed:
 *              pages are gathered into intervals (neighbours and small gaps
 *              joined), whole 2 MiB of an interval get a block. A hole of
 *              256 MiB or more costs nothing but tables.
 * RAM test     A copy of the ranges in boot memory, searched by bisection.
 * Layouts      Full direct map. The partial layout needs a window for
 *              map_domain_page() and is not built here yet.
 * Locking      None: one CPU until end_boot_allocator(); constant after it.
 */
#include <arch/cpu.h>
#include <arch/layout.h>
#include <arch/pte.h>
#include <arch/tlb.h>

#include <xmem/boot.h>
#include <xmem/map.h>
#include <xmem/page_info.h>
#include <xmem/port.h>
#include <xmem/vmap.h>

#include "lib/align.h"
#include "lib/assert.h"
#include "lib/mem.h"
#include "pt/pt.h"

_Static_assert(sizeof(struct page_info) <= FRAMETABLE_SIZE >> (46 - PAGE_SHIFT),
	       "the frame table window is too small for this page descriptor");
_Static_assert((XMEM_PORT_BOOT_MAPPED & ((1UL << 21) - 1)) == 0,
	       "XMEM_PORT_BOOT_MAPPED must be a multiple of 2 MiB");

#define BLOCK_PAGES  512UL		 /* frames of a 2 MiB block */
#define CHUNK_PAGES  (BLOCK_PAGES * 512) /* direct map work unit: 1 GiB */
#define WINDOW_PAGES (XMEM_PORT_BOOT_MAPPED >> PAGE_SHIFT)

/* A gap of the frame table that is backed rather than left out, in pages. */
#define GAP_PAGES 32UL

struct ram_range {
	unsigned long start;
	unsigned long end;
};

bool xmem_mmu_has_1g;
unsigned long xmem_mmu_root;
unsigned long xmem_mmu_limit = WINDOW_PAGES;

/* All RAM, ascending; nr is 0 until the frame table is built. */
static struct {
	const struct ram_range *range;
	unsigned long nr;
} ram;

/* ---- which frames are RAM ---- */

bool xmem_mmu_is_valid(unsigned long mfn)
{
	unsigned long low = 0;
	unsigned long high = ram.nr;

	while (low < high) {
		unsigned long mid = low + (high - low) / 2;

		if (mfn < ram.range[mid].start) {
			high = mid;
		} else if (mfn >= ram.range[mid].end) {
			low = mid + 1;
		} else {
			return true;
		}
	}
	return false;
}

bool xmem_mmu_is_mapped(unsigned long mfn)
{
	return ram.nr == 0 ? mfn < xmem_mmu_limit : xmem_mmu_is_valid(mfn);
}

/* ---- the direct map ---- */

/* Apply @req with tables that can be reached. Tables that go out of use are
 * the port's and stay with it. */
static void apply(const struct xmem_pt_req *req)
{
	struct xmem_pt pt = {xmem_mmu_root};
	struct xmem_pt_stash stash = {0};
	struct xmem_pt_stash out = {0};
	unsigned long need = xmem_pt_need(&pt, req);

	while (stash.nr < need) {
		mfn_t mfn = xmem_alloc_boot_pages_below(1, 1, xmem_mmu_limit);

		XMEM_PANIC_IF(mfn_eq(mfn, INVALID_MFN),
			      "mmu: no boot frame below frame %lx for the "
			      "tables of %lx\n",
			      xmem_mmu_limit, req->va);
		xmem_pt_stash_put(&stash, mfn_x(mfn));
	}
	if (xmem_pt_apply(&pt, req, &stash, &out)) {
		xmem_tlb_flush_all();
	}
}

static void map_chunk(unsigned long smfn, unsigned long emfn)
{
	struct xmem_pt_req req = {
		.kind = XMEM_PT_MAP,
		.flags = PAGE_HYPERVISOR_RW,
		.va = (unsigned long)xmem_arch_mfn_to_virt(smfn),
		.nr = emfn - smfn,
		.mfn = smfn,
	};

	xmem_mmu_has_1g = smfn >= WINDOW_PAGES && xmem_cpu_has_1g();
	apply(&req);
	if (emfn > xmem_mmu_limit) {
		xmem_mmu_limit = emfn;
	}
}

/* End of the chunk that starts at @smfn: the next GiB, or the window's end. */
static unsigned long chunk_end(unsigned long smfn, unsigned long emfn)
{
	unsigned long end = xmem_align_down(smfn, CHUNK_PAGES) + CHUNK_PAGES;

	if (smfn < WINDOW_PAGES && end > WINDOW_PAGES) {
		end = WINDOW_PAGES;
	}
	return end < emfn ? end : emfn;
}

/* What the port mapped of frames [@smfn, @emfn), which are not RAM, goes. */
static void unmap_hole(unsigned long smfn, unsigned long emfn)
{
	unsigned long end = emfn < WINDOW_PAGES ? emfn : WINDOW_PAGES;
	struct xmem_pt_req req = {
		.kind = XMEM_PT_EMPTY,
		.va = (unsigned long)xmem_arch_mfn_to_virt(smfn),
		.nr = end - smfn,
	};

	if (smfn < end) {
		apply(&req);
	}
}

static void unmap_holes(void)
{
	unsigned long hole = 0;
	unsigned long start;
	unsigned long end;

	for (unsigned int i = 0; xmem_boot_ram(i, &start, &end); i++) {
		unmap_hole(hole, start);
		hole = end;
	}
	unmap_hole(hole, WINDOW_PAGES);
}

/* Is @mfn in a range given to the boot allocator? */
static bool is_boot_ram(unsigned long mfn)
{
	unsigned long start;
	unsigned long end;

	for (unsigned int i = 0; xmem_boot_ram(i, &start, &end); i++) {
		if (mfn >= start && mfn < end) {
			return true;
		}
	}
	return false;
}

XMEM_API_MAPS void arch_init_directmap(void)
{
	unsigned long start;
	unsigned long end;

	xmem_mmu_root = xmem_cpu_read_root();
	XMEM_PANIC_IF(!is_boot_ram(xmem_mmu_root),
		      "mmu: the root table in frame %lx is not in RAM given "
		      "to init_boot_pages()\n",
		      xmem_mmu_root);
	for (unsigned int i = 0; xmem_boot_ram(i, &start, &end); i++) {
		XMEM_PANIC_IF(end > DIRECTMAP_SIZE >> PAGE_SHIFT,
			      "mmu: RAM up to frame %lx does not fit in the "
			      "direct map\n",
			      end - 1);
		while (start < end) {
			unsigned long next = chunk_end(start, end);

			map_chunk(start, next);
			start = next;
		}
	}
	xmem_mmu_has_1g = xmem_cpu_has_1g();
	unmap_holes();
	xmem_tlb_flush_all();
}

/* ---- the frame table ---- */

/* The most frames, at most @nr, that boot memory has in one run. */
static mfn_t alloc_run(unsigned long *nr)
{
	mfn_t mfn = INVALID_MFN;

	while (*nr > 1 && mfn_eq(mfn, INVALID_MFN)) {
		mfn = xmem_alloc_boot_pages_below(
			*nr, *nr % BLOCK_PAGES == 0 ? BLOCK_PAGES : 1, ~0UL);
		*nr = mfn_eq(mfn, INVALID_MFN) ? *nr / 2 : *nr;
	}
	return mfn_eq(mfn, INVALID_MFN) ? alloc_boot_pages(1, 1) : mfn;
}

/* Back @nr pages of the frame table from page @page on with zeroed frames. */
static void back_pages(unsigned long page, unsigned long nr)
{
	while (nr > 0) {
		unsigned long va = FRAMETABLE_VIRT + (page << PAGE_SHIFT);
		unsigned long got = nr;
		mfn_t mfn = alloc_run(&got);

		XMEM_PANIC_IF(
			map_pages_to_xen(va, mfn, got, PAGE_HYPERVISOR_RW) != 0,
			"mmu: cannot map the frame table at %lx\n", va);
		memset((void *)va, 0, got << PAGE_SHIFT);
		page += got;
		nr -= got;
	}
}

/* Back pages [@start, @end): single pages up to a block boundary, blocks,
 * single pages again. */
static void back_interval(unsigned long start, unsigned long end)
{
	while (start < end) {
		unsigned long next =
			xmem_align_down(start, BLOCK_PAGES) + BLOCK_PAGES;

		next = next < end ? next : end;
		back_pages(start, next - start);
		start = next;
	}
}

/* Frame table pages that describe frames [@smfn, @emfn). */
static struct ram_range table_pages(unsigned long smfn, unsigned long emfn)
{
	unsigned long entry = sizeof(struct page_info);

	return (struct ram_range){(smfn * entry) >> PAGE_SHIFT,
				  xmem_pages_for(emfn * entry)};
}

static void back_frametable(void)
{
	struct ram_range now = {0, 0};
	unsigned long smfn;
	unsigned long emfn;

	for (unsigned int i = 0; xmem_boot_ram(i, &smfn, &emfn); i++) {
		struct ram_range next = table_pages(smfn, emfn);

		if (now.end != 0 && next.start <= now.end + GAP_PAGES) {
			now.end = next.end;
		} else {
			back_interval(now.start, now.end);
			now = next;
		}
	}
	back_interval(now.start, now.end);
}

static void copy_ram_ranges(void)
{
	unsigned long start;
	unsigned long end;
	unsigned int nr = 0;
	struct ram_range *copy;

	while (xmem_boot_ram(nr, &start, &end)) {
		nr++;
	}
	copy = xmem_arch_mfn_to_virt(
		mfn_x(alloc_boot_pages(xmem_pages_for(nr * sizeof(*copy)), 1)));
	for (unsigned int i = 0; i < nr; i++) {
		if (xmem_boot_ram(i, &start, &end)) {
			copy[i] = (struct ram_range){start, end};
		}
	}
	ram.range = copy;
	ram.nr = nr;
}

/* Top-level entries of the other windows, so that a root table copied from
 * now on sees all that will ever be mapped in them. */
static void populate_windows(void)
{
	XMEM_PANIC_IF(populate_pt_range(VMAP_VIRT_START, 1) != 0 ||
			      populate_pt_range(VMAP_XEN_VIRT_START, 1) != 0,
		      "mmu: no table for the vmap windows\n");
}

XMEM_API_MAPS void arch_init_frametable(void)
{
	back_frametable();
	populate_windows();
	copy_ram_ranges();
}

/* ---- windows ---- */

XMEM_API_MAPS void *arch_vmap_virt_end(void)
{
	return (void *)(VMAP_VIRT_START + VMAP_VIRT_SIZE);
}

XMEM_API_MAPS void *map_domain_page(mfn_t mfn)
{
	XMEM_ASSERT(xmem_arch_mfn_mapped(mfn_x(mfn)));
	return xmem_arch_mfn_to_virt(mfn_x(mfn));
}

XMEM_API_MAPS void unmap_domain_page(const void *va)
{
	(void)va;
}
