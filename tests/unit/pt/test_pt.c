/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_pt.c - changes of page tables, one property each
 *
 * link: src/pt/ tests/fake/pt/fake.c
 * include: tests/fake/pt/include
 *
 * On the fake architecture: four levels of four entries, so blocks have 4
 * and 16 pages; there is none in the root unless a test says so. Random
 * mixtures: tests/model/pt_model.c.
 */
#include "pt_tests.h"

#define RO PAGE_HYPERVISOR_RO
#define RW PAGE_HYPERVISOR_RW
#define RX PAGE_HYPERVISOR_RX

static unsigned long need(enum xmem_pt_kind kind, unsigned long page,
			  unsigned long nr, unsigned long mfn,
			  unsigned int flags)
{
	struct xmem_pt_req req = {kind, flags, va_of(page), nr, mfn, 0};

	return xmem_pt_need(&pt, &req);
}

static void assert_mapped(unsigned long page, unsigned long mfn,
			  unsigned int flags, unsigned int order)
{
	struct xmem_pt_found found = {0, 0, 0, false};

	assert_true(xmem_pt_lookup(&pt, va_of(page), &found));
	assert_int_equal(found.mfn, mfn);
	assert_int_equal(found.flags, flags);
	assert_int_equal(found.order, order);
}

static void assert_hole(unsigned long page)
{
	struct xmem_pt_found found;

	assert_false(xmem_pt_lookup(&pt, va_of(page), &found));
}

static int reset(void **unused)
{
	(void)unused;
	pt = fake_reset();
	return 0;
}

/* Address and frame aligned alike: as few entries as there can be. */
static void map_takes_the_largest_blocks(void **unused)
{
	(void)unused;
	assert_false(apply(XMEM_PT_MAP, 63, 82, 0x103f, RW));
	assert_mapped(63, 0x103f, RW, 0);
	assert_mapped(64, 0x1040, RW, 4);
	assert_mapped(127, 0x107f, RW, 4);
	assert_mapped(128, 0x1080, RW, 4);
	assert_mapped(144, 0x1090, RW, 0);
	assert_hole(62);
	assert_hole(145);
}

/* A block is no larger than the alignment of the frames. */
static void map_follows_the_alignment_of_frames(void **unused)
{
	(void)unused;
	(void)apply(XMEM_PT_MAP, 0, 64, 0x1010, RW);
	assert_mapped(0, 0x1010, RW, 4);
	(void)apply(XMEM_PT_MAP, 64, 64, 0x1004, RW);
	assert_mapped(64, 0x1004, RW, 2);
	(void)apply(XMEM_PT_MAP, 128, 64, 0x1001, RW);
	assert_mapped(128, 0x1001, RW, 0);
	assert_mapped(191, 0x1040, RW, 0);
}

/* No block at a level that the architecture has none at. */
static void map_keeps_to_the_levels_of_the_machine(void **unused)
{
	(void)unused;
	fake_leaf_levels = 2;
	(void)apply(XMEM_PT_MAP, 0, 256, 0x1000, RW);
	assert_mapped(17, 0x1011, RW, 2);
	fake_leaf_levels = 4;
	(void)apply(XMEM_PT_MAP, 0, 256, 0x1000, RX);
	assert_mapped(17, 0x1011, RX, 6);
}

/* MAP_SMALL_PAGES: pages only. */
static void map_small_pages_means_pages(void **unused)
{
	(void)unused;
	(void)apply(XMEM_PT_MAP, 0, 64, 0x1000, RW | MAP_SMALL_PAGES);
	for (unsigned long i = 0; i < 64; i++) {
		assert_mapped(i, 0x1000 + i, RW, 0);
	}
}

/* Pages give way to a block; their tables come out, what was present shows. */
static void map_replaces_tables_by_a_block(void **unused)
{
	unsigned long before = fake_nr_tables;

	(void)unused;
	(void)apply(XMEM_PT_MAP, 64, 64, 0x2000, RW | MAP_SMALL_PAGES);
	assert_int_equal(fake_nr_tables, before + 1 + 4 + 16);
	assert_true(apply(XMEM_PT_MAP, 64, 64, 0x1000, RO));
	assert_mapped(100, 0x1024, RO, 4);
	assert_int_equal(fake_nr_tables, before + 1);
}

/* At the root too, where the architecture has blocks that large. */
static void map_replaces_a_table_in_the_root(void **unused)
{
	(void)unused;
	fake_leaf_levels = 4;
	(void)apply(XMEM_PT_MAP, 64, 64, 0x2000, RW | MAP_SMALL_PAGES);
	(void)apply(XMEM_PT_MAP, 64, 64, 0x1000, RO);
	assert_mapped(100, 0x1024, RO, 6);
	assert_int_equal(fake_nr_tables, 1);
}

/* Pages in the middle of a block: the rest of it stays as it was. */
static void map_splits_the_block_around(void **unused)
{
	(void)unused;
	(void)apply(XMEM_PT_MAP, 0, 64, 0x1000, RW | XMEM_MAP_WC);
	assert_true(apply(XMEM_PT_MAP, 21, 1, 0x5555, RX));
	assert_mapped(21, 0x5555, RX, 0);
	assert_mapped(20, 0x1014, RW | XMEM_MAP_WC, 0);
	assert_mapped(24, 0x1018, RW | XMEM_MAP_WC, 2);
	assert_mapped(63, 0x103f, RW | XMEM_MAP_WC, 4);
}

/* Mapping the same again changes nothing: no flush. */
static void map_again_is_no_change(void **unused)
{
	(void)unused;
	(void)apply(XMEM_PT_MAP, 3, 70, 0x1003, RW);
	assert_false(apply(XMEM_PT_MAP, 3, 70, 0x1003, RW));
	assert_true(apply(XMEM_PT_MAP, 3, 70, 0x1003, RO));
}

/* Every access and memory type reads back, at every level, also split. */
static void attributes_survive_mapping_and_splitting(void **unused)
{
	static const unsigned int access[] = {RO, RW, RX};

	(void)unused;
	for (unsigned int k = 0; k < 12; k++) {
		unsigned int flags = access[k % 3] | (k / 3) << 4;

		(void)apply(XMEM_PT_MAP, 64, 85, 0x4040, flags);
		assert_mapped(64, 0x4040, flags, 4);
		assert_mapped(128, 0x4080, flags, 4);
		assert_mapped(144, 0x4090, flags, 2);
		assert_mapped(148, 0x4094, flags, 0);
		assert_true(apply(XMEM_PT_CLEAR, 90, 1, 0, 0));
		assert_hole(90);
		assert_mapped(91, 0x405b, flags, 0);
		assert_mapped(64, 0x4040, flags, 4);
		(void)apply(XMEM_PT_CLEAR, 0, 256, 0, 0);
	}
}

/* New attributes inside a block, old ones outside, holes untouched. */
static void change_splits_at_both_ends(void **unused)
{
	(void)unused;
	(void)apply(XMEM_PT_MAP, 0, 64, 0x1000, RW);
	assert_true(apply(XMEM_PT_CHANGE, 5, 50, 0, RO | XMEM_MAP_UC));
	assert_mapped(4, 0x1004, RW, 0);
	assert_mapped(5, 0x1005, RO | XMEM_MAP_UC, 0);
	assert_mapped(16, 0x1010, RO | XMEM_MAP_UC, 4);
	assert_mapped(54, 0x1036, RO | XMEM_MAP_UC, 0);
	assert_mapped(55, 0x1037, RW, 0);
	assert_mapped(56, 0x1038, RW, 2);
	assert_false(apply(XMEM_PT_CHANGE, 64, 64, 0, RW));
	assert_hole(70);
	assert_false(apply(XMEM_PT_CHANGE, 5, 50, 0, RO | XMEM_MAP_UC));
}

/* Part of a block goes, the rest stays mapped. */
static void clear_splits_what_it_cuts(void **unused)
{
	(void)unused;
	(void)apply(XMEM_PT_MAP, 0, 64, 0x1000, RX);
	assert_int_equal(need(XMEM_PT_CLEAR, 1, 62, 0, 0), 4);
	assert_int_equal(need(XMEM_PT_CLEAR, 1, 63, 0, 0), 2);
	assert_int_equal(need(XMEM_PT_CLEAR, 4, 8, 0, 0), 1);
	assert_int_equal(need(XMEM_PT_CLEAR, 16, 16, 0, 0), 0);
	assert_int_equal(need(XMEM_PT_CLEAR, 0, 64, 0, 0), 0);
	assert_true(apply(XMEM_PT_CLEAR, 1, 63, 0, 0));
	assert_mapped(0, 0x1000, RX, 0);
	assert_hole(1);
	assert_hole(63);
}

/* A table goes if the range covers it, else it stays, empty or not. */
static void clear_returns_tables_it_covers(void **unused)
{
	(void)unused;
	(void)apply(XMEM_PT_MAP, 0, 64, 0x1000, RW | MAP_SMALL_PAGES);
	assert_int_equal(fake_nr_tables, 1 + 1 + 4 + 16);
	assert_true(apply(XMEM_PT_CLEAR, 1, 15, 0, 0));
	assert_int_equal(fake_nr_tables, 1 + 1 + 4 + 13);
	assert_true(apply(XMEM_PT_CLEAR, 16, 48, 0, 0));
	assert_int_equal(fake_nr_tables, 1 + 1 + 1 + 1);
	assert_true(apply(XMEM_PT_CLEAR, 0, 64, 0, 0));
	assert_int_equal(fake_nr_tables, 1 + 1);
	assert_false(apply(XMEM_PT_CLEAR, 0, 256, 0, 0));
	assert_int_equal(fake_nr_tables, 1 + 1);
}

/* A prepared neighbour in the same table keeps it. */
static void clear_leaves_tables_of_others(void **unused)
{
	(void)unused;
	(void)apply(XMEM_PT_PREPARE, 0, 4, 0, 0);
	(void)apply(XMEM_PT_MAP, 1, 3, 0x1000, RW);
	(void)apply(XMEM_PT_CLEAR, 1, 3, 0, 0);
	assert_int_equal(need(XMEM_PT_PREPARE, 0, 4, 0, 0), 0);
}

/* EMPTY unmaps all and keeps the tables. */
static void empty_keeps_tables(void **unused)
{
	(void)unused;
	(void)apply(XMEM_PT_MAP, 0, 64, 0x1000, RW | MAP_SMALL_PAGES);
	assert_true(apply(XMEM_PT_EMPTY, 0, 64, 0, 0));
	assert_int_equal(fake_nr_tables, 1 + 1 + 4 + 16);
	assert_int_equal(need(XMEM_PT_PREPARE, 0, 64, 0, 0), 0);
	assert_hole(0);
	assert_hole(63);
}

/* Tables down to page level; what was mapped stays mapped, now in pages. */
static void prepare_builds_tables_and_keeps_mappings(void **unused)
{
	(void)unused;
	(void)apply(XMEM_PT_MAP, 16, 16, 0x1010, RO);
	assert_int_equal(need(XMEM_PT_PREPARE, 10, 9, 0, 0), 2 + 3);
	assert_false(apply(XMEM_PT_PREPARE, 10, 9, 0, 0));
	assert_int_equal(need(XMEM_PT_PREPARE, 8, 12, 0, 0), 0);
	assert_int_equal(need(XMEM_PT_PREPARE, 8, 13, 0, 0), 1);
	assert_mapped(16, 0x1010, RO, 0);
	assert_mapped(31, 0x101f, RO, 2);
	assert_hole(10);
}

/* One table below the root for each of its entries, and none below that; what
 * is mapped stays, and the tables that are there. */
static void link_builds_the_tables_below_the_root(void **unused)
{
	(void)unused;
	assert_int_equal(need(XMEM_PT_LINK, 5, 1, 0, 0), 1);
	assert_int_equal(need(XMEM_PT_LINK, 63, 2, 0, 0), 2);
	assert_int_equal(need(XMEM_PT_LINK, 0, 256, 0, 0), 4);
	(void)apply(XMEM_PT_MAP, 16, 16, 0x1010, RO);
	assert_int_equal(need(XMEM_PT_LINK, 10, 150, 0, 0), 2);
	assert_false(apply(XMEM_PT_LINK, 10, 150, 0, 0));
	assert_int_equal(need(XMEM_PT_LINK, 0, 192, 0, 0), 0);
	assert_int_equal(need(XMEM_PT_LINK, 0, 256, 0, 0), 1);
	assert_int_equal(need(XMEM_PT_PREPARE, 64, 1, 0, 0), 2);
	assert_mapped(16, 0x1010, RO, 4);
	assert_mapped(31, 0x101f, RO, 4);
	assert_hole(10);
	assert_hole(70);
}

/* The last page of the address space: ranges end by count, not by address. */
static void ranges_may_end_at_the_top(void **unused)
{
	unsigned long top = ~0UL >> PAGE_SHIFT;
	unsigned long page = top - 79;

	(void)unused;
	(void)apply(XMEM_PT_MAP, page, 80, 0x1070, RW);
	assert_mapped(top, 0x10bf, RW, 4);
	assert_mapped(page, 0x1070, RW, 4);
	assert_true(apply(XMEM_PT_CHANGE, top, 1, 0, RO));
	assert_mapped(top, 0x10bf, RO, 0);
	assert_mapped(top - 1, 0x10be, RW, 0);
	assert_hole(0);
	assert_true(apply(XMEM_PT_CLEAR, page, 80, 0, 0));
	assert_hole(top);
	assert_hole(page);
}

/* Addresses that differ above the index bits are the same place. */
static void bits_above_the_top_level_are_ignored(void **unused)
{
	(void)unused;
	(void)apply(XMEM_PT_MAP, (~0UL >> PAGE_SHIFT) - 255, 4, 0x1000, RW);
	assert_mapped(0, 0x1000, RW, 2);
}

/* One walk for each leaf table: reads do not grow with pages. */
static void need_walks_once_a_leaf_table(void **unused)
{
	unsigned long reads;

	(void)unused;
	(void)apply(XMEM_PT_PREPARE, 0, 64, 0, 0);
	reads = fake_nr_reads;
	assert_int_equal(need(XMEM_PT_PREPARE, 0, 64, 0, 0), 0);
	assert_int_equal(fake_nr_reads - reads, 16 * ARCH_PT_LEVELS);
}

/* A lookup of nothing leaves the answer alone. */
static void lookup_of_a_hole_writes_nothing(void **unused)
{
	struct xmem_pt_found found = {1, 2, 3, true};

	(void)unused;
	assert_false(xmem_pt_lookup(&pt, 0, &found));
	assert_int_equal(found.mfn, 1);
	assert_int_equal(found.flags, 2);
	assert_int_equal(found.order, 3);
	assert_true(found.cont);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(map_takes_the_largest_blocks, reset),
	cmocka_unit_test_setup(map_follows_the_alignment_of_frames, reset),
	cmocka_unit_test_setup(map_keeps_to_the_levels_of_the_machine, reset),
	cmocka_unit_test_setup(map_small_pages_means_pages, reset),
	cmocka_unit_test_setup(map_replaces_tables_by_a_block, reset),
	cmocka_unit_test_setup(map_replaces_a_table_in_the_root, reset),
	cmocka_unit_test_setup(map_splits_the_block_around, reset),
	cmocka_unit_test_setup(map_again_is_no_change, reset),
	cmocka_unit_test_setup(attributes_survive_mapping_and_splitting, reset),
	cmocka_unit_test_setup(change_splits_at_both_ends, reset),
	cmocka_unit_test_setup(clear_splits_what_it_cuts, reset),
	cmocka_unit_test_setup(clear_returns_tables_it_covers, reset),
	cmocka_unit_test_setup(clear_leaves_tables_of_others, reset),
	cmocka_unit_test_setup(empty_keeps_tables, reset),
	cmocka_unit_test_setup(link_builds_the_tables_below_the_root, reset),
	cmocka_unit_test_setup(prepare_builds_tables_and_keeps_mappings, reset),
	cmocka_unit_test_setup(ranges_may_end_at_the_top, reset),
	cmocka_unit_test_setup(bits_above_the_top_level_are_ignored, reset),
	cmocka_unit_test_setup(need_walks_once_a_leaf_table, reset),
	cmocka_unit_test_setup(lookup_of_a_hole_writes_nothing, reset),
};

TEST_MAIN(tests)
