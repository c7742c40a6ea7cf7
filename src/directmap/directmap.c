/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * directmap.c - the frame index, and all RAM where the index says
 *
 * Index        The ranges given to the boot allocator are copied, and the
 *              tables built, in boot memory that the port has mapped: the
 *              boot window (xmem_boot_window()).
 * Direct map   With the largest blocks, at most a section at a time. Tables
 *              come from frames that can be reached. That is the boot window
 *              first, so the sections in which it lies are mapped first, with
 *              tables from it; then every frame mapped so far will do, hence
 *              any amount of RAM needs no larger window.
 * Window       Until its sections are mapped, tables are reached where the
 *              port has put the window: the index leads there for a while
 *              (xmem_arch_table() goes by the index). Where the window is
 *              part of the direct map already, nothing in it is
 *              unmapped even for a moment: only smaller blocks of the same
 *              frames are written (xmem_arch_allow_large()). At the end what
 *              does not belong into the direct map is removed from it.
 * Layouts      Above xmem_frames.mapped_end nothing is mapped:
 *              domain_page.c.
 * Locking      None: one CPU until end_boot_allocator(); constant after.
 */
#include <arch/layout.h>
#include <arch/pte.h>
#include <arch/tlb.h>

#include <xmem/admin.h>
#include <xmem/boot.h>
#include <xmem/map.h>
#include <xmem/port.h>

#include "directmap/directmap_priv.h"
#include "lib/align.h"
#include "lib/assert.h"
#include "lib/phase.h"
#include "pt/pt.h"

#define SECTION_PAGES (1UL << XMEM_SECTION_ORDER)

#define window xmem_boot_ram_window

/* Before anything is built: can the window do what it is for? */
static void check_window(void)
{
	unsigned long root = xmem_arch_root();
	unsigned long limit = xmem_xenheap_limit();

	window.end = window.all;
	if (XMEM_LAYOUT == XMEM_LAYOUT_PARTIAL && limit < window.all) {
		window.end = limit;
	}
	XMEM_PANIC_IF(window.start >= window.all,
		      "mmu: call xmem_boot_window() before "
		      "arch_init_directmap()\n");
	XMEM_PANIC_IF(window.start / SECTION_PAGES !=
			      (window.all - 1) / SECTION_PAGES,
		      "mmu: the boot window, frames %lx..%lx, crosses a "
		      "multiple of %lx frames: make it smaller\n",
		      window.start, window.all - 1, SECTION_PAGES);
	XMEM_PANIC_IF(root < window.start || root >= window.end,
		      "mmu: the root table in frame %lx is not in the boot "
		      "window, frames %lx..%lx\n",
		      root, window.start, window.end - 1);
}

/* ---- the index ---- */

/* @bytes of boot memory in the window. */
static unsigned long alloc_in_window(unsigned long bytes)
{
	mfn_t mfn = xmem_alloc_boot_pages_in(xmem_pages_for(bytes), 1,
					     window.start, window.end);

	XMEM_PANIC_IF(mfn_eq(mfn, INVALID_MFN),
		      "mmu: no %lu bytes of RAM in the boot window, frames "
		      "%lx..%lx, for the frame index\n",
		      bytes, window.start, window.end - 1);
	return mfn_x(mfn);
}

/* Frames in which the tables of the index lie. */
static struct {
	unsigned long ranges;
	unsigned long tables;
} home;

static void build_index(void)
{
	struct xmem_frame_range *range;
	unsigned long start;
	unsigned long end;
	unsigned int nr = 0;

	while (xmem_boot_ram(nr, &start, &end)) {
		nr++;
	}
	home.ranges = alloc_in_window(nr * sizeof(*range));
	range = common_window_address(home.ranges);
	for (unsigned int i = 0; i < nr; i++) {
		(void)xmem_boot_ram(i, &range[i].start, &range[i].end);
	}
	home.tables = alloc_in_window(xmem_frame_index_bytes(range, nr));
	xmem_frame_index_init(&xmem_frames, range, nr,
			      common_window_address(home.tables));
	XMEM_PANIC_IF(!xmem_arch_mfn_valid(xmem_arch_root()),
		      "mmu: the root table in frame %lx is not in RAM given "
		      "to init_boot_pages()\n",
		      xmem_arch_root());
}

/* What lies in the window is in the direct map now. */
static void move_index(void)
{
	xmem_frame_index_move(&xmem_frames, xmem_arch_mfn_to_virt(home.ranges),
			      xmem_arch_mfn_to_virt(home.tables));
}

/* The frame behind the last one that the direct map shall hold. */
static unsigned long find_end(void)
{
	unsigned long fits =
		xmem_arch_index_to_frame(DIRECTMAP_SIZE >> PAGE_SHIFT);
	unsigned long limit = xmem_xenheap_limit();

	if (XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE) {
		return fits;
	}
	XMEM_PANIC_IF(fits < limit,
		      "mmu: RAM from frame %lx on does not fit in the direct "
		      "map\n",
		      fits);
	return limit;
}

/* ---- the direct map ---- */

/* A frame for a table, that can be reached: of the RAM below frame
 * @mapped_end, all of which is mapped, or of the window. */
static unsigned long alloc_table(unsigned long mapped_end)
{
	mfn_t mfn = xmem_alloc_boot_pages_in(1, 1, 0, mapped_end);

	if (mfn_eq(mfn, INVALID_MFN)) {
		mfn = xmem_alloc_boot_pages_in(1, 1, window.start, window.end);
	}
	XMEM_PANIC_IF(mfn_eq(mfn, INVALID_MFN),
		      "mmu: no boot frame below %lx or in the boot window, "
		      "frames %lx..%lx, for tables of the direct map\n",
		      mapped_end, window.start, window.end - 1);
	return mfn_x(mfn);
}

/* Tables that go out of use are the port's and stay with it. What is mapped
 * now may be a table with the next request, so the hardware knows before. */
static void apply(const struct xmem_pt_req *req, unsigned long mapped_end)
{
	struct xmem_pt pt = {xmem_arch_root()};
	struct xmem_pt_stash stash = {0};
	struct xmem_pt_rest rest = {.nr = 0};
	struct xmem_pt_req part = *req;
	unsigned long need = xmem_pt_need(&pt, req);

	while (stash.nr < need) {
		xmem_pt_stash_put(&stash, alloc_table(mapped_end));
	}
	do {
		if (xmem_pt_apply(&pt, &part, &stash, &rest)) {
			xmem_tlb_flush_all();
		}
		xmem_arch_pt_made(part.va, part.nr, true);
	} while (xmem_pt_go_on(&part, &rest));
}

/* Frames [@smfn, @emfn), all of section @s, which has its index at @forth:
 * those below the end of the direct map are mapped. */
static void map_part(unsigned long smfn, unsigned long emfn,
		     unsigned long forth, unsigned long mapped_end)
{
	unsigned long end =
		emfn < xmem_frames.mapped_end ? emfn : xmem_frames.mapped_end;
	struct xmem_pt_req req = {
		.kind = XMEM_PT_MAP,
		.flags = PAGE_HYPERVISOR_RW,
		.va = (unsigned long)xmem_arch_index_to_virt(smfn + forth),
		.nr = end - smfn,
		.mfn = smfn,
	};

	if (smfn < end) {
		apply(&req, mapped_end);
	}
}

/* The @i-th range of RAM, as far as it is in section @s. */
static bool range_in_section(unsigned long i, unsigned long s,
			     struct xmem_frame_range *part)
{
	unsigned long low = s * SECTION_PAGES;
	unsigned long last = low + SECTION_PAGES - 1;

	*part = xmem_frames.range[i];
	part->start = part->start > low ? part->start : low;
	part->end = part->end - 1 < last ? part->end : last + 1;
	return part->start < part->end;
}

/* The section of the window, with tables from the window. Meanwhile the index
 * leads into the window, where tables are reached. */
static void map_window_section(unsigned long s)
{
	unsigned long *forth =
		(unsigned long *)common_window_address(home.tables) +
		(xmem_frames.forth -
		 (const unsigned long *)common_window_address(home.tables));
	unsigned long real = forth[s];
	struct xmem_frame_range part;

	forth[s] = xmem_arch_virt_to_index((void *)window.va) - window.start;
	xmem_arch_allow_large(false);
	for (unsigned long i = 0; i < xmem_frames.nr_ranges; i++) {
		if (range_in_section(i, s, &part)) {
			map_part(part.start, part.end, real, 0);
		}
	}
	xmem_arch_allow_large(true);
	forth[s] = real;
}

/* All other sections, ascending. */
static void map_range(const struct xmem_frame_range *range,
		      unsigned long window_section)
{
	unsigned long mfn = range->start;

	while (mfn < range->end) {
		unsigned long s = mfn / SECTION_PAGES;
		unsigned long next = (s + 1) * SECTION_PAGES;

		next = next < range->end ? next : range->end;
		if (s != window_section) {
			map_part(mfn, next, xmem_frames.forth[s], mfn);
		}
		mfn = next;
	}
}

/* What the port mapped of frames [@smfn, @emfn) goes. */
static void unmap_hole(unsigned long smfn, unsigned long emfn)
{
	unsigned long start = smfn > window.start ? smfn : window.start;
	unsigned long end = emfn < window.all ? emfn : window.all;
	struct xmem_pt_req req = {
		.kind = XMEM_PT_EMPTY,
		.va = (unsigned long)xmem_arch_mfn_to_virt(window.start) +
		      ((start - window.start) << PAGE_SHIFT),
		.nr = end - start,
	};

	if (start < end) {
		apply(&req, window.end);
	}
}

static void unmap_holes(void)
{
	unsigned long limit = xmem_frames.mapped_end;
	unsigned long hole = 0;

	for (unsigned long i = 0; i < xmem_frames.nr_ranges; i++) {
		const struct xmem_frame_range *range = &xmem_frames.range[i];

		if (range->start < limit) {
			unmap_hole(hole, range->start);
			hole = range->end < limit ? range->end : limit;
		}
	}
	unmap_hole(hole, window.all);
}

XMEM_API_MAPS void arch_init_directmap(void)
{
	unsigned long s = window.start / SECTION_PAGES;

	xmem_phase_check(XMEM_PHASE_DIRECTMAP, XMEM_CALLER());
	xmem_arch_mmu_init();
	xmem_windows_check();
	check_window();
	xmem_port_check_mapped();
	build_index();
	xmem_frame_index_limit(&xmem_frames, common_window_address(home.tables),
			       find_end());
	XMEM_PANIC_IF(window.end > xmem_frames.mapped_end,
		      "mmu: the boot window, frames %lx..%lx, does not fit in "
		      "the direct map, which ends at %lx\n",
		      window.start, window.end - 1, xmem_frames.mapped_end);
	xmem_port_check_shared();
	map_window_section(s);
	for (unsigned long i = 0; i < xmem_frames.nr_ranges; i++) {
		map_range(&xmem_frames.range[i], s);
	}
	if (xmem_arch_mfn_to_virt(window.start) == (void *)window.va) {
		unmap_holes();
	}
	move_index();
	xmem_table_limit = xmem_frames.mapped_end;
	xmem_tlb_flush_all();
	xmem_phase_done(XMEM_PHASE_DIRECTMAP);
}
