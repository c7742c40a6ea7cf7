/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frametable.c - build the frame table: a descriptor for every frame of RAM
 *
 * Only pages of the table that describe RAM get memory. They are gathered into
 * intervals, and whole blocks of an interval get a block of frames where the
 * boot allocator has one. A gap between two intervals is filled as well if it
 * is at most 1/32 of the interval before it. So the table costs at most 3 %
 * more than its descriptors, plus two pages for each range of RAM. Holes of
 * the machine cost nothing beyond that.
 *
 * The frames need not be in the direct map: descriptors are reached through
 * the table's own window.
 */
#include <arch/layout.h>
#include <arch/pte.h>

#include <xmem/boot.h>
#include <xmem/map.h>
#include <xmem/page_info.h>
#include <xmem/port.h>
#include <xmem/vmap.h>

#include "lib/align.h"
#include "lib/assert.h"
#include "lib/mem.h"
#include "lib/phase.h"
#include "map/map.h"
#include "pt/pt.h"

#define BLOCK_PAGES (1UL << ARCH_PT_BITS) /* of a level 1 block */

/* A gap is filled if the interval before it is so many times as long. */
#define GAP_SHARE 32UL

/* Pages [start, end) of the table. */
struct interval {
	unsigned long start;
	unsigned long end;
};

/* Allocate a run of *@nr boot frames, or fewer, by halves, if there is none.
 * *@nr: frames allocated. */
static mfn_t alloc_run(unsigned long *nr)
{
	mfn_t mfn = INVALID_MFN;

	while (*nr > 1 && mfn_eq(mfn, INVALID_MFN)) {
		mfn = xmem_alloc_boot_pages_below(
			*nr, *nr % BLOCK_PAGES == 0 ? BLOCK_PAGES : 1, ~0UL);
		*nr = mfn_eq(mfn, INVALID_MFN) ? *nr / 2 : *nr;
	}
	if (mfn_eq(mfn, INVALID_MFN)) {
		mfn = xmem_alloc_boot_pages_below(1, 1, ~0UL);
	}
	XMEM_PANIC_IF(mfn_eq(mfn, INVALID_MFN),
		      "mmu: no boot frame for the frame table\n");
	return mfn;
}

/* Back @nr pages of the frame table from page @page on with zeroed frames. */
static void back_pages(unsigned long page, unsigned long nr)
{
	while (nr > 0) {
		unsigned long va = FRAMETABLE_VIRT + (page << PAGE_SHIFT);
		unsigned long got = nr;
		mfn_t mfn = alloc_run(&got);

		XMEM_PANIC_IF(
			xmem_map_pages(va, mfn, got, PAGE_HYPERVISOR_RW) != 0,
			"mmu: cannot map the frame table at %lx\n", va);
		memset((void *)va, 0, got << PAGE_SHIFT);
		page += got;
		nr -= got;
	}
}

/* Back the pages of the interval, cut at block boundaries. */
static void back_interval(struct interval now)
{
	while (now.start < now.end) {
		unsigned long next =
			xmem_align_down(now.start, BLOCK_PAGES) + BLOCK_PAGES;

		next = next < now.end ? next : now.end;
		back_pages(now.start, next - now.start);
		now.start = next;
	}
}

/* The pages that describe the RAM of @range. They are consecutive, as sections
 * that are neighbours have neighbouring indices. */
static struct interval table_pages(const struct xmem_frame_range *range)
{
	unsigned long entry = sizeof(struct page_info);
	unsigned long first = xmem_arch_frame_to_index(range->start);
	unsigned long last = xmem_arch_frame_to_index(range->end - 1);

	XMEM_PANIC_IF(last >= FRAMETABLE_SIZE / entry,
		      "mmu: no room in the frame table for frames %lx..%lx\n",
		      range->start, range->end - 1);
	return (struct interval){(first * entry) >> PAGE_SHIFT,
				 xmem_pages_for((last + 1) * entry)};
}

static void back_frametable(void)
{
	struct interval now = {0, 0};

	for (unsigned long i = 0; i < xmem_frames.nr_ranges; i++) {
		struct interval next = table_pages(&xmem_frames.range[i]);
		unsigned long gap = next.start - now.end;

		/* Two intervals may share a page. */
		if (next.start < now.end ||
		    gap <= (now.end - now.start) / GAP_SHARE) {
			now.end = next.end > now.end ? next.end : now.end;
		} else {
			back_interval(now);
			now = next;
		}
	}
	back_interval(now);
}

/* Build the top-level entries of the other windows now, so that a copy of the
 * root table sees all that will ever be mapped in them. */
static void populate_windows(void)
{
	XMEM_PANIC_IF(
		xmem_map_link_top(VMAP_VIRT_START,
				  VMAP_VIRT_SIZE >> PAGE_SHIFT) != 0 ||
			xmem_map_link_top(
				VMAP_XEN_VIRT_START,
				(VMAP_XEN_VIRT_END - VMAP_XEN_VIRT_START) >>
					PAGE_SHIFT) != 0 ||
			xmem_map_populate(CPU_WINDOWS_VIRT,
					  CPU_WINDOWS_SIZE >> PAGE_SHIFT) != 0,
		"mmu: no tables for the windows\n");
}

/* Give the architecture the entry of the page behind the slots of
 * map_domain_page(), if it needs it. */
static void hand_out_alias(void)
{
	const struct xmem_pt pt = {xmem_arch_root()};
	struct xmem_pt_at at;

	if (XMEM_PT_BREAKS) {
		at = xmem_pt_walk(&pt, CPU_ALIAS_VIRT >> PAGE_SHIFT, 0);
		xmem_arch_set_alias(at.slot);
	}
}

XMEM_API_MAPS void arch_init_frametable(void)
{
	xmem_phase_check(XMEM_PHASE_FRAMETABLE, XMEM_CALLER());
	back_frametable();
	populate_windows();
	hand_out_alias();
	xmem_phase_done(XMEM_PHASE_FRAMETABLE);
}
