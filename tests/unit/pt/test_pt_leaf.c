/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_pt_leaf.c - commit, park, collect
 *
 * link: src/pt/ tests/fake/pt/fake.c
 * include: tests/fake/pt/include
 */
#include "pt_tests.h"

#define RW PAGE_HYPERVISOR_RW

static void commit(unsigned long page, unsigned long nr, unsigned long mfn,
		   unsigned int flags)
{
	struct xmem_pt_req req = {XMEM_PT_MAP, flags, va_of(page), nr, mfn, 0};

	xmem_pt_commit(&pt, &req);
}

static unsigned long frame_of(unsigned long page)
{
	struct xmem_pt_found found;

	return xmem_pt_lookup(&pt, va_of(page), &found) ? found.mfn
							: XMEM_NO_MFN;
}

/* Collect and compare with one run expected, or none. */
static unsigned long collect_run(unsigned long page, unsigned long nr,
				 unsigned long mfn, unsigned long nr_frames)
{
	struct xmem_run run = {0, 0};
	struct xmem_pt_runs runs = {&run, 1, 0};
	unsigned long done = xmem_pt_collect(&pt, va_of(page), nr, &runs);

	assert_int_equal(runs.nr, nr_frames > 0);
	assert_int_equal(run.nr, nr_frames);
	assert_true(nr_frames == 0 || run.mfn == mfn);
	return done;
}

static int reset(void **unused)
{
	(void)unused;
	pt = fake_reset();
	return 0;
}

/* Ready means: a leaf table for every page, no hole and no block. */
static void ready_if_all_leaf_tables_exist(void **unused)
{
	(void)unused;
	assert_false(xmem_pt_ready(&pt, va_of(2), 1));
	apply(XMEM_PT_PREPARE, 2, 20, 0, 0);
	assert_true(xmem_pt_ready(&pt, va_of(0), 24));
	assert_false(xmem_pt_ready(&pt, va_of(0), 25));
	apply(XMEM_PT_MAP, 4, 4, 0x1000, RW);
	assert_false(xmem_pt_ready(&pt, va_of(0), 24));
	assert_true(xmem_pt_ready(&pt, va_of(8), 16));
}

/* Frames in a row at pages in a row, over several leaf tables. */
static void commit_maps_a_run(void **unused)
{
	(void)unused;
	apply(XMEM_PT_PREPARE, 2, 20, 0, 0);
	commit(2, 20, 0x777, RW | MAP_SMALL_PAGES);
	for (unsigned long i = 0; i < 20; i++) {
		assert_int_equal(frame_of(2 + i), 0x777 + i);
	}
	assert_int_equal(frame_of(1), XMEM_NO_MFN);
	assert_int_equal(frame_of(22), XMEM_NO_MFN);
	ASSERT_VALID(fake_check(&pt));
}

static bool has_hint(unsigned long page)
{
	struct xmem_pt_found found;

	return xmem_pt_lookup(&pt, va_of(page), &found) && found.cont;
}

/* Whole groups of aligned frames, unless single pages are asked for. */
static void commit_gives_the_hint_to_whole_groups(void **unused)
{
	(void)unused;
	apply(XMEM_PT_PREPARE, 0, 32, 0, 0);
	commit(2, 9, 0x702, RW);
	for (unsigned long i = 2; i < 11; i++) {
		assert_int_equal(has_hint(i), i >= 4 && i < 8);
	}
	commit(12, 4, 0x702, RW);
	commit(16, 4, 0x704, RW | MAP_SMALL_PAGES);
	assert_false(has_hint(12));
	assert_false(has_hint(16));
	ASSERT_VALID(fake_check(&pt));
}

/* No table: a bug of the caller, told with the place. */
static void commit_needs_a_prepared_range(void **unused)
{
	(void)unused;
	apply(XMEM_PT_PREPARE, 0, 4, 0, 0);
	EXPECT_PANIC(commit(4, 4, 0x777, RW), "it was not prepared");
	EXPECT_PANIC(commit(2, 4, 0x777, RW), "page 4 has no table");
}

/* One walk for a leaf table, one write for a page, no read of entries. */
static void commit_walks_once_a_leaf_table(void **unused)
{
	unsigned long reads, writes;

	(void)unused;
	apply(XMEM_PT_PREPARE, 0, 16, 0, 0);
	reads = fake_nr_reads;
	writes = fake_nr_writes;
	commit(0, 16, 0x777, RW);
	assert_int_equal(fake_nr_writes - writes, 16);
	if (XMEM_DEBUG == 0) {
		assert_int_equal(fake_nr_reads - reads,
				 4 * (ARCH_PT_LEVELS - 1));
	}
}

/* Without access nothing is present, and the frames can be collected. */
static void commit_without_access_parks(void **unused)
{
	(void)unused;
	apply(XMEM_PT_PREPARE, 0, 4, 0, 0);
	commit(0, 4, 0x777, PAGE_HYPERVISOR_NONE);
	assert_int_equal(frame_of(0), XMEM_NO_MFN);
	xmem_pt_park(&pt, 0, 4);
	assert_true(fake_is_clean());
	assert_int_equal(collect_run(0, 4, 0x777, 4), 4);
}

/* Parked pages are not mapped; what was mapped tells that a flush is due. */
static void park_unmaps_what_is_there(void **unused)
{
	(void)unused;
	apply(XMEM_PT_PREPARE, 0, 8, 0, 0);
	xmem_pt_park(&pt, va_of(0), 8);
	assert_true(fake_is_clean());
	commit(3, 2, 0x777, RW);
	xmem_pt_park(&pt, va_of(0), 8);
	assert_false(fake_is_clean());
	fake_flush();
	assert_int_equal(frame_of(3), XMEM_NO_MFN);
	assert_int_equal(frame_of(4), XMEM_NO_MFN);
	xmem_pt_park(&pt, va_of(0), 8);
	assert_true(fake_is_clean());
	xmem_pt_park(&pt, va_of(128), 128);
	assert_true(fake_is_clean());
	ASSERT_VALID(fake_check(&pt));
}

/* A block inside the range is parked in one step and collected as one run. */
static void park_takes_whole_blocks(void **unused)
{
	(void)unused;
	apply(XMEM_PT_MAP, 15, 18, 0x100f, RW);
	xmem_pt_park(&pt, va_of(15), 18);
	assert_false(fake_is_clean());
	assert_int_equal(frame_of(20), XMEM_NO_MFN);
	ASSERT_VALID(fake_check(&pt));
	assert_int_equal(collect_run(15, 18, 0x100f, 18), 18);
	assert_int_equal(collect_run(0, 256, 0, 0), 256);
}

/* Part of a block cannot be parked: no neighbour is unmapped silently. */
static void park_refuses_part_of_a_block(void **unused)
{
	(void)unused;
	apply(XMEM_PT_MAP, 16, 16, 0x1010, RW);
	EXPECT_PANIC(xmem_pt_park(&pt, va_of(17), 15), "part of a block");
	EXPECT_PANIC(xmem_pt_park(&pt, va_of(16), 15), "part of a block");
	assert_int_equal(frame_of(16), 0x1010);
}

/* Neighbouring frames make one run, across leaf tables and holes too. */
static void collect_merges_neighbours(void **unused)
{
	struct xmem_run run[4];
	struct xmem_pt_runs runs = {run, 4, 0};

	(void)unused;
	apply(XMEM_PT_PREPARE, 0, 16, 0, 0);
	commit(0, 3, 0x700, RW);
	commit(5, 4, 0x703, RW);
	commit(9, 1, 0x6ff, RW);
	commit(10, 2, 0x800, RW);
	xmem_pt_park(&pt, 0, 16);
	assert_int_equal(xmem_pt_collect(&pt, 0, 16, &runs), 16);
	assert_int_equal(runs.nr, 3);
	assert_int_equal(run[0].mfn, 0x700);
	assert_int_equal(run[0].nr, 7);
	assert_int_equal(run[1].mfn, 0x6ff);
	assert_int_equal(run[1].nr, 1);
	assert_int_equal(run[2].mfn, 0x800);
	assert_int_equal(run[2].nr, 2);
}

/* Full: it says how far it came, and goes on from there. */
static void collect_stops_when_runs_are_full(void **unused)
{
	(void)unused;
	apply(XMEM_PT_PREPARE, 0, 16, 0, 0);
	commit(1, 3, 0x700, RW);
	commit(6, 3, 0x800, RW);
	xmem_pt_park(&pt, 0, 16);
	assert_int_equal(collect_run(0, 16, 0x700, 3), 6);
	assert_int_equal(collect_run(6, 10, 0x800, 3), 10);
	assert_int_equal(collect_run(0, 16, 0, 0), 16);
	ASSERT_VALID(fake_check(&pt));
}

/* Where there is no table there is nothing to collect. */
static void collect_passes_over_holes(void **unused)
{
	(void)unused;
	assert_int_equal(collect_run(3, 200, 0, 0), 200);
}

/* What is still mapped is not taken. */
static void collect_leaves_mapped_pages(void **unused)
{
	(void)unused;
	apply(XMEM_PT_PREPARE, 0, 4, 0, 0);
	commit(0, 4, 0x700, RW);
	assert_int_equal(collect_run(0, 4, 0, 0), 4);
	assert_int_equal(frame_of(2), 0x702);
}

/* The last pages of the address space. */
static void ranges_may_end_at_the_top(void **unused)
{
	unsigned long page = (~0UL >> PAGE_SHIFT) - 5;

	(void)unused;
	apply(XMEM_PT_PREPARE, page, 6, 0, 0);
	commit(page, 6, 0x700, RW);
	assert_int_equal(frame_of(page + 5), 0x705);
	xmem_pt_park(&pt, va_of(page), 6);
	assert_false(fake_is_clean());
	assert_int_equal(collect_run(page, 6, 0x700, 6), 6);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(ready_if_all_leaf_tables_exist, reset),
	cmocka_unit_test_setup(commit_maps_a_run, reset),
	cmocka_unit_test_setup(commit_gives_the_hint_to_whole_groups, reset),
	cmocka_unit_test_setup(commit_needs_a_prepared_range, reset),
	cmocka_unit_test_setup(commit_walks_once_a_leaf_table, reset),
	cmocka_unit_test_setup(commit_without_access_parks, reset),
	cmocka_unit_test_setup(park_unmaps_what_is_there, reset),
	cmocka_unit_test_setup(park_takes_whole_blocks, reset),
	cmocka_unit_test_setup(park_refuses_part_of_a_block, reset),
	cmocka_unit_test_setup(collect_merges_neighbours, reset),
	cmocka_unit_test_setup(collect_stops_when_runs_are_full, reset),
	cmocka_unit_test_setup(collect_passes_over_holes, reset),
	cmocka_unit_test_setup(collect_leaves_mapped_pages, reset),
	cmocka_unit_test_setup(ranges_may_end_at_the_top, reset),
};

TEST_MAIN(tests)
