/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_map.c - what the boot has built: map, direct map, frame table, totals
 *
 * Compared with the memory map of the firmware and what the tester asked
 * for, by walking the real page tables through the public API. What of the
 * RAM must be in the direct map depends on the layout: all of it (full), all
 * below a limit (partial), or the xenheap at least (separate).
 */
#include <arch/layout.h>
#include <arch/pte.h>

#include <xmem/xmem.h>

#include "contract.h"
#include "frames.h"

#define KIB 10U
#define MIB 20U

static uint64_t ram_bytes(void)
{
	struct contract_range r;
	uint64_t sum = 0;

	for (unsigned int i = 0; contract_ram(i, &r); i++) {
		sum += r.end - r.start;
	}
	return sum;
}

/* Firmware keeps little of what the tester provides; ranges ascend. */
static bool memory_map_is_the_machines(void)
{
	uint64_t want = (uint64_t)contract_machine.want_mib << MIB;
	uint64_t kept = (uint64_t)contract_machine.firmware_kib << KIB;
	struct contract_range r;
	uint64_t last = 0;

	CHECK(want != 0);
	CHECK(ram_bytes() <= want);
	CHECK(want - ram_bytes() <= kept);
	for (unsigned int i = 0; contract_ram(i, &r); i++) {
		CHECK(r.start >= last && r.end > r.start);
		last = r.end;
	}
	return true;
}

static bool all_cpus_run(void)
{
	CHECK(contract_nr_cpus() == contract_machine.want_cpus);
	return true;
}

/* ---- what the boot allocator was told ---- */

/* End of the range of boot RAM that holds @mfn; @mfn itself if none does. */
static unsigned long boot_ram_end(unsigned long mfn)
{
	unsigned long s;
	unsigned long e;

	for (unsigned int i = 0; xmem_boot_ram(i, &s, &e); i++) {
		if (mfn >= s && mfn < e) {
			return e;
		}
	}
	return mfn;
}

static bool is_ram(unsigned long mfn)
{
	unsigned long s;
	unsigned long e;

	for (unsigned int i = 0; ram_at(i, &s, &e); i++) {
		if (mfn >= s && mfn < e) {
			return true;
		}
	}
	return false;
}

/* Separate layout: the xenheap need not go through the boot allocator. */
static bool rest_is_mapped(void)
{
	unsigned long s;
	unsigned long e;

	for (unsigned int i = 0; ram_at(i, &s, &e); i++) {
		while (s < e) {
			unsigned long end = boot_ram_end(s);

			CHECK(end > s || xmem_arch_mfn_mapped(s));
			s = end > s ? end : s + 1;
		}
	}
	return true;
}

/* Every whole frame but frame 0, and nothing else. */
static bool boot_ranges_are_the_map(void)
{
	unsigned long nr = 0;
	unsigned long s;
	unsigned long e;

	for (unsigned int i = 0; xmem_boot_ram(i, &s, &e); i++) {
		CHECK(is_ram(s) && is_ram(e - 1));
		nr += e - s;
	}
	if (XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE) {
		return rest_is_mapped();
	}
	CHECK(nr == ram_frames());
	return true;
}

/* ---- the direct map ---- */

/* Must the direct map cover frame @mfn of RAM? */
static bool must_be_mapped(unsigned long mfn)
{
	return mfn < xmem_xenheap_limit();
}

/* Which frames the layout promises. */
static bool direct_map_covers_the_layout(void)
{
	unsigned long nr = 0;
	unsigned long s;
	unsigned long e;

	for (unsigned int i = 0; ram_at(i, &s, &e); i++) {
		for (unsigned long mfn = s; mfn < e; mfn++) {
			bool mapped = xmem_arch_mfn_mapped(mfn);

			CHECK(mapped || !must_be_mapped(mfn));
			nr += mapped;
		}
	}
	contract_diag("direct map: %lu of %lu frames", nr, ram_frames());
	CHECK(nr > 0 && nr >= avail_xenheap_pages());
	CHECK(XMEM_LAYOUT != XMEM_LAYOUT_FULL || nr == ram_frames());
	return true;
}

/* Level of the largest block possible at @mfn with @left frames to go. */
static unsigned int best_level(unsigned long mfn, unsigned long left)
{
	unsigned int level = 0;

	while (level + 1 < ARCH_PT_LEVELS &&
	       xmem_arch_level_has_leaf(level + 1)) {
		unsigned long nr = 1UL << ((level + 1) * ARCH_PT_BITS);

		if ((mfn & (nr - 1)) != 0 || left < nr) {
			break;
		}
		level++;
	}
	return level;
}

#define CENSUS_LEVELS 5

struct census {
	unsigned long blocks[CENSUS_LEVELS];
	unsigned long nr_split; /* blocks above level 1 that are in pieces */
};

/* Frames [@smfn, @emfn), all mapped, at their place, read-write, not
 * executable. */
static bool run_is_mapped_best(unsigned long smfn, unsigned long emfn,
			       struct census *census)
{
	while (smfn < emfn) {
		unsigned long va = (unsigned long)mfn_to_virt(smfn);
		unsigned int best = best_level(smfn, emfn - smfn);
		unsigned int flags = 0;
		unsigned int order = 0;

		CHECK(xmem_map_attrs(va, &flags, &order));
		CHECK(flags == PAGE_HYPERVISOR_RW);
		CHECK(mfn_x(xen_map_to_mfn(va)) == smfn);
		if (best > 1 && order == (best - 1) * ARCH_PT_BITS) {
			census->nr_split++;
		} else {
			CHECK(order >= best * ARCH_PT_BITS);
		}
		census->blocks[order / ARCH_PT_BITS]++;
		smfn += 1UL << order;
	}
	return true;
}

/* The runs of mapped frames in [@smfn, @emfn). */
static bool range_is_mapped_best(unsigned long smfn, unsigned long emfn,
				 struct census *census)
{
	while (smfn < emfn) {
		unsigned long end = smfn;

		while (end < emfn && xmem_arch_mfn_mapped(end)) {
			end++;
		}
		CHECK(run_is_mapped_best(smfn, end, census));
		smfn = end > smfn ? end : smfn + 1;
	}
	return true;
}

/* Everywhere the largest block that alignment allows. One large block may be
 * in pieces: the one that the boot runs in while it builds the map. */
static bool direct_map_uses_largest_blocks(void)
{
	static struct census census;
	unsigned long s;
	unsigned long e;

	census = (struct census){.nr_split = 0};
	for (unsigned int i = 0; ram_at(i, &s, &e); i++) {
		CHECK(range_is_mapped_best(s, e, &census));
	}
	for (unsigned int i = 0; i < ARCH_PT_LEVELS; i++) {
		contract_diag("direct map: %lu blocks of level %u",
			      census.blocks[i], i);
	}
	CHECK(census.nr_split <= 1);
	return true;
}

/* ---- holes ---- */

static bool is_outside(unsigned long mfn)
{
	CHECK(!mfn_valid(_mfn(mfn)));
	CHECK(!xmem_arch_mfn_mapped(mfn));
	CHECK(xmem_heap_frame_state(mfn) != XMEM_FRAME_CLEAN);
	CHECK(xmem_heap_frame_state(mfn) != XMEM_FRAME_DIRTY);
	return true;
}

/* Nothing is mapped at @va, where the direct map would have a frame that is
 * not RAM. */
static bool leads_nowhere(const char *va)
{
	CHECK(!xmem_arch_in_directmap(va));
	CHECK(!xmem_map_attrs((unsigned long)va, NULL, NULL));
	CHECK(mfn_eq(xen_map_to_mfn((unsigned long)va), INVALID_MFN));
	return true;
}

static unsigned long section_of(unsigned long mfn)
{
	return mfn >> XMEM_SECTION_ORDER;
}

/* A frame of the hole [@smfn, @emfn) in the same section as RAM has an
 * address, next to that of the RAM. In a section without RAM it has none. */
static bool hole_is_empty(unsigned long smfn, unsigned long emfn)
{
	CHECK(is_outside(smfn) && is_outside(emfn - 1));
	if (xmem_arch_mfn_mapped(smfn - 1) &&
	    section_of(smfn - 1) == section_of(smfn)) {
		CHECK(leads_nowhere((char *)mfn_to_virt(smfn - 1) +
				    PAGE_SIZE));
	}
	if (xmem_arch_mfn_mapped(emfn) &&
	    section_of(emfn - 1) == section_of(emfn)) {
		CHECK(leads_nowhere((char *)mfn_to_virt(emfn) - PAGE_SIZE));
	}
	return true;
}

/* Holes and devices are in neither direct map nor frame table. */
static bool holes_are_not_mapped(void)
{
	unsigned long hole = 1; /* frame 0 may be RAM, and never is used */
	unsigned long s;
	unsigned long e;

	for (unsigned int i = 0; ram_at(i, &s, &e); i++) {
		CHECK(hole == s || hole_is_empty(hole, s));
		hole = e;
	}
	CHECK(is_outside(hole));
	CHECK(is_outside(mfn_x(INVALID_MFN)));
	CHECK(is_outside(
		(unsigned long)(((1ULL << PADDR_BITS) - 1) >> PAGE_SHIFT)));
	CHECK(contract_machine.device == 0 ||
	      is_outside(
		      (unsigned long)(contract_machine.device >> PAGE_SHIFT)));
	CHECK(!xmem_arch_in_directmap(NULL));
	CHECK(!xmem_arch_in_directmap((void *)~0UL));
	return true;
}

/* ---- the frame table ---- */

static bool descriptor_works(unsigned long mfn)
{
	struct page_info *pg = mfn_to_page(_mfn(mfn));

	CHECK(mfn_valid(_mfn(mfn)));
	CHECK(mfn_x(page_to_mfn(pg)) == mfn);
	CHECK(pg->priv == 0);
	CHECK(xmem_map_attrs((unsigned long)pg, NULL, NULL));
	if (xmem_arch_mfn_mapped(mfn)) {
		CHECK(virt_to_page(page_to_virt(pg)) == pg);
	}
	return true;
}

/* First, last and every 64th frame of RAM have a descriptor in memory. */
static bool frame_table_describes_all_ram(void)
{
	unsigned long s;
	unsigned long e;

	for (unsigned int i = 0; ram_at(i, &s, &e); i++) {
		for (unsigned long mfn = s; mfn < e; mfn += 64) {
			CHECK(descriptor_works(mfn));
		}
		CHECK(s == e || descriptor_works(e - 1));
	}
	return true;
}

/* Pages that back addresses [@va, @end), @end of a block at most. */
static unsigned long pages_behind(unsigned long va, unsigned long end)
{
	unsigned long nr = 0;
	unsigned int order;

	while (va - 1 < end - 1) {
		order = 0;
		nr += xmem_map_attrs(va, NULL, &order) ? 1UL << order : 0;
		va = (va | ((PAGE_SIZE << order) - 1)) + 1;
	}
	return nr;
}

/* Pages that back the frame table, the rest of its last block included. */
static unsigned long frametable_pages(void)
{
	unsigned long block = PAGE_SIZE << ARCH_PT_BITS;
	unsigned long first = ~0UL;
	unsigned long last = 0;
	unsigned long s;
	unsigned long e;

	for (unsigned int i = 0; ram_at(i, &s, &e); i++) {
		if (s < e) {
			first = first < s ? first : s;
			last = e - 1;
		}
	}
	return pages_behind(
		(unsigned long)mfn_to_page(_mfn(first)) & PAGE_MASK,
		(((unsigned long)mfn_to_page(_mfn(last))) | (block - 1)) + 1);
}

/* A hole costs nothing; neither does what lies behind the last frame: at most
 * 5 % more than dense memory of the same size would take, and the two pages
 * at the ends of each range. */
static bool frame_table_pays_for_ram_only(void)
{
	unsigned long page = PAGE_SIZE / sizeof(struct page_info);
	unsigned long need = (ram_frames() + page - 1) / page;
	unsigned long have = frametable_pages();

	contract_diag("frame table: %lu pages, %lu of them descriptors", have,
		      need);
	CHECK(have >= need);
	CHECK(have - need <= need / 20 + 2UL * ram_nr_ranges());
	return true;
}

/* ---- the hand-over ---- */

static unsigned long count_free_frames(void)
{
	unsigned long nr = 0;
	unsigned long s;
	unsigned long e;

	for (unsigned int i = 0; ram_at(i, &s, &e); i++) {
		for (unsigned long mfn = s; mfn < e; mfn++) {
			enum xmem_frame_state state =
				xmem_heap_frame_state(mfn);

			nr += state == XMEM_FRAME_CLEAN ||
			      state == XMEM_FRAME_DIRTY;
		}
	}
	return nr;
}

/* Which free frames the fronts say they can use. */
static bool counts_agree(void)
{
	unsigned long all = total_free_pages();
	unsigned long dom = avail_domheap_pages();
	unsigned long xen = avail_xenheap_pages();

	CHECK(avail_domheap_pages_region(~0U, 0, 0) == dom);
	if (XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE) {
		CHECK(dom + xen == all);
	} else {
		CHECK(dom == all && xen <= all);
		CHECK(XMEM_LAYOUT == XMEM_LAYOUT_PARTIAL || xen == all);
	}
	return true;
}

/* What the boot allocator had left is what the heap has got, frame by frame,
 * and little was used: image, firmware, descriptors, bitmaps, tables. */
static bool boot_frames_became_heap(void)
{
	unsigned long frames = ram_frames();
	unsigned long used = frames - contract_machine.free_at_start;
	unsigned long expected =
		(frames / 64 * (sizeof(struct page_info) + 1)) >>
		(PAGE_SHIFT - 6);

	CHECK(count_free_frames() == total_free_pages());
	CHECK(counts_agree());
	CHECK(total_free_pages() <= contract_machine.free_at_start);
	contract_diag("%lu frames, %lu used at the hand-over, descriptors %lu",
		      frames, used, expected);
	/* Of each range the ends may need a table of pages, as may a block that
	 * is not all RAM. */
	CHECK(used < expected + (5UL << (MIB - PAGE_SHIFT)) + 64 +
			     4UL * ram_nr_ranges());
	CHECK(xmem_check_all() == NULL);
	return true;
}

const struct contract_test contract_tests_map[] = {
	{"memory map is the machine's", memory_map_is_the_machines},
	{"all CPUs run", all_cpus_run},
	{"boot ranges are the memory map", boot_ranges_are_the_map},
	{"direct map covers what the layout says",
	 direct_map_covers_the_layout},
	{"direct map uses the largest blocks", direct_map_uses_largest_blocks},
	{"holes and devices are not mapped", holes_are_not_mapped},
	{"frame table describes all RAM", frame_table_describes_all_ram},
	{"frame table pays for RAM only", frame_table_pays_for_ram_only},
	{"boot frames became heap", boot_frames_became_heap},
	{NULL, NULL},
};
