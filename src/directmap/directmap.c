/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * directmap.c - build the frame index and the direct map
 *
 * Index        It copies the ranges given to the boot allocator and builds its
 *              tables in the boot window: RAM that the port has mapped
 *              (xmem_boot_window()).
 * Direct map   RAM is mapped with the largest blocks, at most one section at a
 *              time. The page tables must lie in frames that are mapped. At
 *              first these are the frames of the boot window, so its section
 *              is mapped first, with tables from the window. From then on any
 *              frame mapped so far will do; so any amount of RAM can be mapped
 *              with a small boot window.
 * Boot window  While its section is being mapped, the index leads to where the
 *              port has mapped the window, so that xmem_arch_table(), which
 *              goes by the index, finds the tables there. If the window is
 *              part of the direct map already, its pages stay mapped all the
 *              time: only blocks that are no larger, of the same frames, are
 *              written over them (xmem_arch_allow_large()). At the end what
 *              is no RAM of the direct map is unmapped.
 * Layouts      Frames from xmem_frames.mapped_end on are not mapped here: see
 *              domain_page.c.
 * Locking      None: one CPU until end_boot_allocator(); constant after.
 */
#include <arch/layout.h>
#include <arch/pte.h>
#include <arch/tlb.h>

#include <xmem/boot.h>
#include <xmem/map.h>
#include <xmem/port.h>

#include "directmap/directmap_priv.h"
#include "heap/heap.h"
#include "lib/align.h"
#include "lib/assert.h"
#include "lib/phase.h"
#include "pt/pt.h"

#define SECTION_PAGES (1UL << XMEM_SECTION_ORDER)

/* Before anything is built: is the boot window fit for use? */
static void check_window(void)
{
	unsigned long root = xmem_arch_root();
	unsigned long limit = heap_xen_limit();

	xmem_boot_ram_window.direct_end = boot_window()->end;
	if (XMEM_LAYOUT == XMEM_LAYOUT_PARTIAL && limit < boot_window()->end) {
		xmem_boot_ram_window.direct_end = limit;
	}
	XMEM_PANIC_IF(boot_window()->start >= boot_window()->end,
		      "mmu: call xmem_boot_window() before "
		      "arch_init_directmap()\n");
	XMEM_PANIC_IF(boot_window()->start / SECTION_PAGES !=
			      (boot_window()->end - 1) / SECTION_PAGES,
		      "mmu: the boot window, frames %lx..%lx, crosses a "
		      "multiple of %lx frames: make it smaller\n",
		      boot_window()->start, boot_window()->end - 1,
		      SECTION_PAGES);
	XMEM_PANIC_IF(root < boot_window()->start ||
			      root >= boot_window()->direct_end,
		      "mmu: the root table in frame %lx is not in the boot "
		      "window, frames %lx..%lx\n",
		      root, boot_window()->start,
		      boot_window()->direct_end - 1);
}

/* ---- the index ---- */

/* Allocate @bytes of boot memory in the boot window. */
static unsigned long alloc_in_window(unsigned long bytes)
{
	mfn_t mfn = xmem_alloc_boot_pages_in(xmem_pages_for(bytes), 1,
					     boot_window()->start,
					     boot_window()->direct_end);

	XMEM_PANIC_IF(mfn_eq(mfn, INVALID_MFN),
		      "mmu: no %lu bytes of RAM in the boot window, frames "
		      "%lx..%lx, for the frame index\n",
		      bytes, boot_window()->start,
		      boot_window()->direct_end - 1);
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
	range = boot_window_address(home.ranges);
	for (unsigned int i = 0; i < nr; i++) {
		(void)xmem_boot_ram(i, &range[i].start, &range[i].end);
	}
	home.tables = alloc_in_window(xmem_frame_index_bytes(range, nr));
	xmem_frame_index_init(&xmem_frames, range, nr,
			      boot_window_address(home.tables));
	XMEM_PANIC_IF(!xmem_arch_mfn_valid(xmem_arch_root()),
		      "mmu: the root table in frame %lx is not in RAM given "
		      "to init_boot_pages()\n",
		      xmem_arch_root());
}

/* Reach the index through the direct map from now on. */
static void move_index(void)
{
	xmem_frame_index_move(&xmem_frames, xmem_arch_mfn_to_virt(home.ranges),
			      xmem_arch_mfn_to_virt(home.tables));
}

/* The frame behind the last one that the direct map is to cover. */
static unsigned long find_end(void)
{
	unsigned long fits =
		xmem_arch_index_to_frame(DIRECTMAP_SIZE >> PAGE_SHIFT);
	unsigned long limit = heap_xen_limit();

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

/* Allocate a frame for a table that is mapped: below frame @mapped_end, where
 * all RAM is mapped, else in the boot window. */
static unsigned long alloc_table(unsigned long mapped_end)
{
	mfn_t mfn = xmem_alloc_boot_pages_in(1, 1, 0, mapped_end);

	if (mfn_eq(mfn, INVALID_MFN)) {
		mfn = xmem_alloc_boot_pages_in(1, 1, boot_window()->start,
					       boot_window()->direct_end);
	}
	XMEM_PANIC_IF(mfn_eq(mfn, INVALID_MFN),
		      "mmu: no boot frame below %lx or in the boot window, "
		      "frames %lx..%lx, for tables of the direct map\n",
		      mapped_end, boot_window()->start,
		      boot_window()->direct_end - 1);
	return mfn_x(mfn);
}

/* Carry out @req. Tables that go out of use are the port's and stay with it.
 * The hardware is told after each stretch, as a frame that it has mapped may be
 * a table of the next request. */
static void apply(const struct xmem_pt_req *req, unsigned long mapped_end)
{
	struct xmem_pt pt = {xmem_arch_root()};
	struct xmem_pt_stash stash = {0};
	struct xmem_pt_rest rest = {.nr = 0};
	struct xmem_pt_req left = *req;
	unsigned long need = xmem_pt_need(&pt, req);

	while (stash.nr < need) {
		xmem_pt_stash_put(&stash, alloc_table(mapped_end));
	}
	do {
		if (xmem_pt_apply(&pt, &left, &stash, &rest)) {
			xmem_tlb_flush_all();
		}
		xmem_arch_pt_made(left.va, left.nr, true);
	} while (xmem_pt_end_stretch(&left, &rest));
}

/* Map frames [@smfn, @emfn) of one section, as far as the direct map covers
 * them. @forth: what is added to a frame of that section to get its index. */
static void map_frames(unsigned long smfn, unsigned long emfn,
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

/* Set *@part to what section @s has of the @i-th range of RAM. Return: false if
 * that is nothing. */
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

/* Map section @s, that of the boot window, with tables from the window. For as
 * long as that takes the index leads into the window, to find tables there. */
static void map_window_section(unsigned long s)
{
	unsigned long *forth =
		(unsigned long *)boot_window_address(home.tables) +
		(xmem_frames.forth -
		 (const unsigned long *)boot_window_address(home.tables));
	unsigned long real = forth[s];
	struct xmem_frame_range part;

	forth[s] = xmem_arch_virt_to_index((void *)boot_window()->va) -
		   boot_window()->start;
	xmem_arch_allow_large(false);
	for (unsigned long i = 0; i < xmem_frames.nr_ranges; i++) {
		if (range_in_section(i, s, &part)) {
			map_frames(part.start, part.end, real, 0);
		}
	}
	xmem_arch_allow_large(true);
	forth[s] = real;
}

/* Map @range but for the section of the boot window. */
static void map_range(const struct xmem_frame_range *range,
		      unsigned long window_section)
{
	unsigned long mfn = range->start;

	while (mfn < range->end) {
		unsigned long s = mfn / SECTION_PAGES;
		unsigned long next = (s + 1) * SECTION_PAGES;

		next = next < range->end ? next : range->end;
		if (s != window_section) {
			map_frames(mfn, next, xmem_frames.forth[s], mfn);
		}
		mfn = next;
	}
}

/* Unmap what the port has mapped of frames [@smfn, @emfn), which are no RAM. */
static void unmap_hole(unsigned long smfn, unsigned long emfn)
{
	unsigned long start =
		smfn > boot_window()->start ? smfn : boot_window()->start;
	unsigned long end =
		emfn < boot_window()->end ? emfn : boot_window()->end;
	struct xmem_pt_req req = {
		.kind = XMEM_PT_EMPTY,
		.va = (unsigned long)xmem_arch_mfn_to_virt(
			      boot_window()->start) +
		      ((start - boot_window()->start) << PAGE_SHIFT),
		.nr = end - start,
	};

	if (start < end) {
		apply(&req, boot_window()->direct_end);
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
	unmap_hole(hole, boot_window()->end);
}

XMEM_API_MAPS void arch_init_directmap(void)
{
	unsigned long s = boot_window()->start / SECTION_PAGES;

	xmem_phase_check(XMEM_PHASE_DIRECTMAP, XMEM_CALLER());
	xmem_arch_mmu_init();
	xmem_windows_check();
	check_window();
	xmem_port_check_mapped();
	build_index();
	xmem_frame_index_limit(&xmem_frames, boot_window_address(home.tables),
			       find_end());
	XMEM_PANIC_IF(boot_window()->direct_end > xmem_frames.mapped_end,
		      "mmu: the boot window, frames %lx..%lx, does not fit in "
		      "the direct map, which ends at %lx\n",
		      boot_window()->start, boot_window()->direct_end - 1,
		      xmem_frames.mapped_end);
	xmem_port_check_shared();
	map_window_section(s);
	for (unsigned long i = 0; i < xmem_frames.nr_ranges; i++) {
		map_range(&xmem_frames.range[i], s);
	}
	if (xmem_arch_mfn_to_virt(boot_window()->start) ==
	    (void *)boot_window()->va) {
		unmap_holes();
	}
	move_index();
	xmem_table_limit = xmem_frames.mapped_end;
	xmem_tlb_flush_all();
	xmem_phase_done(XMEM_PHASE_DIRECTMAP);
}
