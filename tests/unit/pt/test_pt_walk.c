/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_pt_walk.c - a walk ends where it should, and reads what is there
 *
 * link: src/pt/ tests/fake/pt/fake.c
 * include: tests/fake/pt/include
 * flags: -DFAKE_PT_LEVELS=3 -DFAKE_PT_BITS=3 -DFAKE_PT_TOP_BITS=2
 *
 * Three levels: a root of four entries above tables of eight; blocks of 8
 * and 64 pages, groups of four.
 */
#include "fake.h"
#include "pt/pt_priv.h"

#define RW PAGE_HYPERVISOR_RW
#define RO PAGE_HYPERVISOR_RO

static struct xmem_pt pt;

static void map(unsigned long page, unsigned long nr, unsigned long mfn,
		unsigned int flags)
{
	(void)fake_apply(&pt, &(struct xmem_pt_req){.kind = XMEM_PT_MAP,
						    .flags = flags,
						    .va = page << PAGE_SHIFT,
						    .nr = nr,
						    .mfn = mfn});
	ASSERT_VALID(fake_check(&pt));
}

static int reset(void **unused)
{
	(void)unused;
	fake_levels = FAKE_PT_LEVELS;
	pt = fake_reset();
	return 0;
}

/* In an empty space each walk ends in the root, at the entry of the page. */
static void walk_of_nothing_ends_in_the_root(void **unused)
{
	xmem_pte_t *root = xmem_arch_table(pt.root_mfn);

	(void)unused;
	for (unsigned long page = 0; page < FAKE_PAGES; page++) {
		for (unsigned int floor = 0; floor <= XMEM_PT_TOP; floor++) {
			struct xmem_pt_at at = xmem_pt_walk(&pt, page, floor);

			assert_ptr_equal(at.slot, root + page / 64);
			assert_int_equal(at.level, XMEM_PT_TOP);
			assert_true(xmem_pte_is_none(at.pte));
		}
	}
}

/* One read a level, and no write. */
static void walk_reads_an_entry_a_level(void **unused)
{
	unsigned long reads;
	unsigned long writes;

	(void)unused;
	map(9, 1, 0x123, RW);
	writes = fake_nr_writes;
	for (unsigned int floor = 0; floor <= XMEM_PT_TOP; floor++) {
		reads = fake_nr_reads;
		(void)xmem_pt_walk(&pt, 9, floor);
		assert_int_equal(fake_nr_reads - reads,
				 XMEM_PT_TOP - floor + 1);
	}
	assert_int_equal(fake_nr_writes, writes);
}

/* Where there are tables below, the level that is asked for is reached, and
 * no lower one. */
static void walk_stops_at_the_floor(void **unused)
{
	(void)unused;
	map(77, 1, 0x123, RW);
	for (unsigned int floor = 0; floor <= XMEM_PT_TOP; floor++) {
		struct xmem_pt_at at = xmem_pt_walk(&pt, 77, floor);

		assert_int_equal(at.level, floor);
		assert_true(at.pte.v == xmem_pte_read(at.slot).v);
		assert_int_equal(xmem_pte_is_table(at.pte, floor), floor > 0);
	}
	assert_int_equal(xmem_pte_mfn(xmem_pt_walk(&pt, 77, 0).pte), 0x123);
	/* A neighbour in the same leaf table, one of the table beside it. */
	assert_int_equal(xmem_pt_walk(&pt, 78, 0).level, 0);
	assert_int_equal(xmem_pt_walk(&pt, 80, 0).level, 1);
	assert_int_equal(xmem_pt_walk(&pt, 128, 0).level, 2);
}

/* A block ends the walk, from whichever of its pages. */
static void walk_ends_at_a_block(void **unused)
{
	(void)unused;
	map(8, 8, 0x200, RW);
	for (unsigned long page = 8; page < 16; page++) {
		struct xmem_pt_at at = xmem_pt_walk(&pt, page, 0);

		assert_int_equal(at.level, 1);
		assert_ptr_equal(at.slot, xmem_pt_walk(&pt, 8, 0).slot);
		assert_true(xmem_pte_is_leaf(at.pte, 1));
	}
}

/* Bits of a page number above those of the root count for nothing. */
static void walk_ignores_bits_above_the_root(void **unused)
{
	(void)unused;
	map(5, 1, 0x123, RW);
	assert_ptr_equal(xmem_pt_walk(&pt, 5 + 3 * FAKE_PAGES, 0).slot,
			 xmem_pt_walk(&pt, 5, 0).slot);
}

/* A page's own frame and flags come back, also inside a block and a group. */
static void lookup_tells_the_frame_of_the_page(void **unused)
{
	struct xmem_pt_found found;

	(void)unused;
	map(64, 8, 0x200, RW);
	map(128, 4, 0x300, RO);
	map(133, 1, 0x401, RW);
	for (unsigned long i = 0; i < 8; i++) {
		assert_true(xmem_pt_lookup(&pt, (64 + i) << PAGE_SHIFT,
					   &found));
		assert_int_equal(found.mfn, 0x200 + i);
		assert_int_equal(found.flags, RW);
		assert_int_equal(found.order, 3);
		assert_false(found.cont);
	}
	for (unsigned long i = 0; i < 4; i++) {
		assert_true(xmem_pt_lookup(&pt, (128 + i) << PAGE_SHIFT,
					   &found));
		assert_int_equal(found.mfn, 0x300 + i);
		assert_int_equal(found.flags, RO);
		assert_int_equal(found.order, 0);
		assert_true(found.cont);
	}
	assert_true(xmem_pt_lookup(&pt, 133UL << PAGE_SHIFT, &found));
	assert_int_equal(found.mfn, 0x401);
	assert_false(found.cont);
}

/* Neither what is none nor what is parked is found. */
static void lookup_finds_what_is_present(void **unused)
{
	struct xmem_pt_found found = {1, 2, 3, true};

	(void)unused;
	map(20, 2, 0x500, RW);
	xmem_pt_park(&pt, 20UL << PAGE_SHIFT, 1);
	assert_false(xmem_pt_lookup(&pt, 19UL << PAGE_SHIFT, &found));
	assert_false(xmem_pt_lookup(&pt, 20UL << PAGE_SHIFT, &found));
	assert_int_equal(found.mfn, 1);
	assert_int_equal(found.flags, 2);
	assert_int_equal(found.order, 3);
	assert_true(found.cont);
	assert_true(xmem_pt_lookup(&pt, 21UL << PAGE_SHIFT, &found));
}

#define T(name) cmocka_unit_test_setup(name, reset)
static const struct CMUnitTest tests[] = {
	T(walk_of_nothing_ends_in_the_root),
	T(walk_reads_an_entry_a_level),
	T(walk_stops_at_the_floor),
	T(walk_ends_at_a_block),
	T(walk_ignores_bits_above_the_root),
	T(lookup_tells_the_frame_of_the_page),
	T(lookup_finds_what_is_present),
};

TEST_MAIN(tests)
