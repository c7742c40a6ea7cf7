/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_map.c - what the boot has built: map, direct map, frame table, totals
 *
 * Compared with the memory map of the loader and the command line of QEMU,
 * by walking the real page tables through the public API.
 */
#include <arch/layout.h>
#include <arch/pte.h>

#include <xmem/xmem.h>

#include "boot.h"

#define MIB	 (1UL << 20)
#define GIB	 (1UL << 30)
#define LAPIC_PA 0xfee00000UL

static unsigned long ram_bytes(void)
{
	unsigned long sum = 0;

	for (unsigned int i = 0; i < boot_nr_ram; i++) {
		sum += boot_ram[i].end - boot_ram[i].start;
	}
	return sum;
}

/* Firmware keeps less than 2 MiB of what QEMU was told to provide. */
static bool memory_map_is_the_machines(void)
{
	unsigned long want = boot_want_mib * MIB;

	CHECK(boot_want_mib != 0);
	CHECK(ram_bytes() <= want);
	CHECK(want - ram_bytes() < 2 * MIB);
	if (want > 4 * GIB) {
		CHECK(boot_ram[boot_nr_ram - 1].start >= 4 * GIB);
	}
	return true;
}

static bool all_cpus_run(void)
{
	CHECK(boot_nr_online == boot_want_cpus);
	return true;
}

/* All RAM ranges given to the boot allocator, as frames. */
static bool ram_range(unsigned int i, unsigned long *smfn, unsigned long *emfn)
{
	return xmem_boot_ram(i, smfn, emfn);
}

static unsigned long ram_frames(void)
{
	unsigned long nr = 0;
	unsigned long s;
	unsigned long e;

	for (unsigned int i = 0; ram_range(i, &s, &e); i++) {
		nr += e - s;
	}
	return nr;
}

static bool boot_ranges_are_the_map(void)
{
	unsigned long bytes = ram_frames() << PAGE_SHIFT;

	/* Frame 0 and partial frames are lost. */
	CHECK(bytes <= ram_bytes());
	CHECK(ram_bytes() - bytes <= (2 * boot_nr_ram + 1) * PAGE_SIZE);
	return true;
}

/* Order of the largest block possible at @mfn with @left frames to go. The
 * boot window, below 1 GiB, has no 1 GiB blocks. */
static unsigned int best_order(unsigned long mfn, unsigned long left)
{
	unsigned int order =
		xmem_mmu_has_1g && mfn >= GIB >> PAGE_SHIFT ? 18 : 9;

	while (order > 0 &&
	       ((mfn & ((1UL << order) - 1)) != 0 || left < 1UL << order)) {
		order -= 9;
	}
	return order;
}

static bool range_is_mapped_best(unsigned long smfn, unsigned long emfn,
				 unsigned long *blocks)
{
	while (smfn < emfn) {
		unsigned long va = (unsigned long)mfn_to_virt(smfn);
		unsigned int flags = 0;
		unsigned int order = 0;

		CHECK(xmem_map_attrs(va, &flags, &order));
		CHECK(flags == PAGE_HYPERVISOR_RW);
		CHECK(mfn_x(xen_map_to_mfn(va)) == smfn);
		CHECK(order >= best_order(smfn, emfn - smfn));
		blocks[order / 9]++;
		smfn += 1UL << order;
	}
	return true;
}

/* Every frame of RAM at its place, read-write, not executable, with the
 * largest block that alignment allows. */
static bool direct_map_uses_largest_blocks(void)
{
	unsigned long blocks[3] = {0};
	unsigned long s;
	unsigned long e;

	for (unsigned int i = 0; ram_range(i, &s, &e); i++) {
		CHECK(range_is_mapped_best(s, e, blocks));
	}
	boot_diag("direct map: %lu pages, %lu of 2 MiB, %lu of 1 GiB",
		  blocks[0], blocks[1], blocks[2]);
	return true;
}

static bool is_outside(unsigned long mfn)
{
	const void *va = mfn_to_virt(mfn);

	CHECK(!mfn_valid(_mfn(mfn)));
	CHECK(!xmem_arch_mfn_mapped(mfn));
	CHECK(!xmem_arch_in_directmap(va));
	CHECK(!xmem_map_attrs((unsigned long)va, NULL, NULL));
	CHECK(mfn_eq(xen_map_to_mfn((unsigned long)va), INVALID_MFN));
	return true;
}

/* Holes and devices are in neither direct map nor frame table. */
static bool holes_are_not_mapped(void)
{
	unsigned long hole = 0;
	unsigned long s;
	unsigned long e;

	for (unsigned int i = 0; ram_range(i, &s, &e); i++) {
		CHECK(hole == s || is_outside(hole));
		CHECK(hole == s || is_outside(s - 1));
		hole = e;
	}
	CHECK(is_outside(hole));
	CHECK(is_outside(LAPIC_PA >> PAGE_SHIFT));
	CHECK(!mfn_valid(INVALID_MFN));
	CHECK(!mfn_valid(_mfn(~0UL >> PAGE_SHIFT)));
	CHECK(!xmem_arch_in_directmap(NULL));
	CHECK(!xmem_arch_in_directmap((void *)~0UL));
	return true;
}

static bool descriptor_works(unsigned long mfn)
{
	struct page_info *pg = mfn_to_page(_mfn(mfn));

	CHECK(mfn_valid(_mfn(mfn)));
	CHECK(mfn_x(page_to_mfn(pg)) == mfn);
	CHECK(virt_to_page(page_to_virt(pg)) == pg);
	CHECK(pg->priv == 0);
	CHECK(xmem_map_attrs((unsigned long)pg, NULL, NULL));
	return true;
}

/* First, last and every 64th frame of RAM have a descriptor in memory. */
static bool frame_table_describes_all_ram(void)
{
	unsigned long s;
	unsigned long e;

	for (unsigned int i = 0; ram_range(i, &s, &e); i++) {
		for (unsigned long mfn = s; mfn < e; mfn += 64) {
			CHECK(descriptor_works(mfn));
		}
		CHECK(descriptor_works(e - 1));
	}
	return true;
}

/* Bytes of frames that back the frame table. */
static unsigned long frametable_bytes(void)
{
	unsigned long s;
	unsigned long e;
	unsigned long last = 0;
	unsigned long bytes = 0;

	for (unsigned int i = 0; ram_range(i, &s, &e); i++) {
		last = e;
	}
	for (unsigned long va = FRAMETABLE_VIRT;
	     va < (unsigned long)mfn_to_page(_mfn(last)) + (4 * MIB);
	     va += PAGE_SIZE) {
		bytes += xmem_map_attrs(va, NULL, NULL) ? PAGE_SIZE : 0;
	}
	return bytes;
}

/* A hole costs nothing; neither does what lies behind the last frame. */
static bool frame_table_pays_for_ram_only(void)
{
	unsigned long need = ram_frames() * sizeof(struct page_info);
	unsigned long have = frametable_bytes();

	boot_diag("frame table: %lu KiB for %lu KiB of descriptors", have >> 10,
		  need >> 10);
	CHECK(have >= need);
	CHECK(have - need <= 34 * PAGE_SIZE * (boot_nr_ram + 1));
	return true;
}

static unsigned long count_free_frames(void)
{
	unsigned long nr = 0;
	unsigned long s;
	unsigned long e;

	for (unsigned int i = 0; ram_range(i, &s, &e); i++) {
		for (unsigned long mfn = s; mfn < e; mfn++) {
			enum xmem_frame_state state =
				xmem_heap_frame_state(mfn);

			nr += state == XMEM_FRAME_CLEAN ||
			      state == XMEM_FRAME_DIRTY;
		}
	}
	return nr;
}

/* What the boot allocator had left is what the heap has got, frame by frame,
 * and little was used: image, first MiB, descriptors, bitmaps, tables. */
static bool boot_frames_became_heap(void)
{
	unsigned long frames = ram_frames();
	unsigned long used = frames - boot_free_at_start;
	unsigned long expected =
		(frames * (sizeof(struct page_info) + 1)) >> PAGE_SHIFT;

	CHECK(count_free_frames() == total_free_pages());
	CHECK(avail_domheap_pages() == total_free_pages());
	CHECK(total_free_pages() <= boot_free_at_start);
	boot_diag("%lu frames, %lu used at the hand-over, descriptors %lu",
		  frames, used, expected);
	CHECK(used < expected + (5 * MIB >> PAGE_SHIFT));
	CHECK(xmem_check_all() == NULL);
	return true;
}

/* The trampoline's and the image's frames are RAM, mapped, never free. */
static bool reserved_frames_stay_out_of_the_heap(void)
{
	for (unsigned long mfn = 1; mfn < MIB >> PAGE_SHIFT; mfn++) {
		CHECK(xmem_heap_frame_state(mfn) == XMEM_FRAME_USED ||
		      xmem_heap_frame_state(mfn) == XMEM_FRAME_UNKNOWN);
	}
	CHECK(mfn_valid(_mfn(BOOT_TRAMP >> PAGE_SHIFT)));
	CHECK(xmem_heap_frame_state(0x200) == XMEM_FRAME_USED);
	CHECK(mfn_valid(_mfn(0x200)));
	return true;
}

static bool is_refused(unsigned long va)
{
	CHECK(map_pages_to_xen(va, _mfn(1), 1, PAGE_HYPERVISOR_RW) == -EINVAL);
	CHECK(populate_pt_range(va, 1) == -EINVAL);
	CHECK(destroy_xen_mappings(va, va + PAGE_SIZE) == -EINVAL);
	return true;
}

/* A number is an address only if its upper bits are copies of the last one
 * that is translated; mapping any other would change another address. */
static bool addresses_are_canonical(void)
{
	unsigned long half = PAGE_SIZE << (ARCH_PT_LEVELS * ARCH_PT_BITS - 1);

	CHECK(is_refused(half));
	CHECK(is_refused(2 * half - PAGE_SIZE));
	CHECK(is_refused(2 * half));
	CHECK(is_refused(0 - half - PAGE_SIZE));
	CHECK(map_pages_to_xen(half - PAGE_SIZE, _mfn(1), 2,
			       PAGE_HYPERVISOR_RW) == -EINVAL);
	CHECK(map_pages_to_xen(0 - half - PAGE_SIZE, _mfn(1), 2,
			       PAGE_HYPERVISOR_RW) == -EINVAL);
	CHECK(destroy_xen_mappings(PAGE_SIZE, 0) == -EINVAL);
	return true;
}

const struct boot_test boot_tests_map[] = {
	{"memory map is the machine's", memory_map_is_the_machines},
	{"all CPUs run", all_cpus_run},
	{"boot ranges are the memory map", boot_ranges_are_the_map},
	{"direct map uses the largest blocks", direct_map_uses_largest_blocks},
	{"holes and devices are not mapped", holes_are_not_mapped},
	{"frame table describes all RAM", frame_table_describes_all_ram},
	{"frame table pays for RAM only", frame_table_pays_for_ram_only},
	{"boot frames became heap", boot_frames_became_heap},
	{"reserved frames stay out of the heap",
	 reserved_frames_stay_out_of_the_heap},
	{"addresses are canonical", addresses_are_canonical},
	{NULL, NULL},
};
