/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_pt_tables.c - tables wait, come into use and go out of it
 *
 * link: src/pt/ tests/fake/pt/fake.c
 * include: tests/fake/pt/include
 * flags: -DFAKE_PT_LEVELS=3 -DFAKE_PT_BITS=3 -DFAKE_PT_TOP_BITS=2
 *
 * Three levels: a root of four entries above tables of eight; blocks of 8
 * and 64 pages, groups of four.
 */
#include "pt/pt_priv.h"
#include "pt_tests.h"

#define RW PAGE_HYPERVISOR_RW

static bool is_mapped(unsigned long page, unsigned long mfn, unsigned int order)
{
	struct xmem_pt_found found;

	return xmem_pt_lookup(&pt, va_of(page), &found) && found.mfn == mfn &&
	       found.order == order;
}

static int reset(void **unused)
{
	(void)unused;
	fake_levels = FAKE_PT_LEVELS;
	pt = fake_reset();
	return 0;
}

/* A frame full of rubbish comes out of the stash as an empty table. */
static void stash_hands_out_clean_tables(void **unused)
{
	struct xmem_pt_stash stash = {0, 0};
	struct xmem_pt_stash other = {0, 0};

	(void)unused;
	fake_fill(&stash, 3);
	assert_int_equal(stash.nr, 3);
	xmem_pt_stash_move(&other, &stash);
	xmem_pt_stash_move(&other, &stash);
	assert_int_equal(stash.nr, 1);
	assert_int_equal(other.nr, 2);
	while (other.nr > 0) {
		unsigned long mfn = xmem_pt_stash_take(&other);
		const xmem_pte_t *table = xmem_arch_table(mfn);

		for (unsigned long i = 0; i < 1UL << ARCH_PT_BITS; i++) {
			assert_true(xmem_pte_is_none(table[i]));
		}
		fake_give(mfn);
	}
	fake_drain(&stash);
}

/* A walker that still uses a table that waits in a stash sees nothing. */
static void stash_links_are_not_present(void **unused)
{
	struct xmem_pt_stash stash = {0, 0};
	const xmem_pte_t *table;

	(void)unused;
	fake_fill(&stash, 2);
	table = xmem_arch_table(stash.head);
	assert_true(xmem_pte_is_parked(table[0]));
	fake_drain(&stash);
}

/* A table in place of a block holds the block's parts, with the hint if they
 * are pages. */
static void grow_fills_a_table_with_the_parts(void **unused)
{
	struct xmem_pt_stash stash = {0, 0};
	struct xmem_pt_at at;

	(void)unused;
	fake_leaf_levels = 3;
	(void)apply(XMEM_PT_MAP, 64, 64, 0x1040, RW | XMEM_MAP_WC);
	fake_fill(&stash, 2);
	for (unsigned int level = 2; level > 0; level--) {
		at = xmem_pt_walk(&pt, 83, 0);
		assert_int_equal(at.level, level);
		xmem_pt_grow(&at, 83, &stash);
	}
	for (unsigned long i = 64; i < 128; i++) {
		struct xmem_pt_found found;
		bool small = i >= 80 && i < 88;

		assert_true(xmem_pt_lookup(&pt, va_of(i), &found));
		assert_int_equal(found.mfn, 0x1000 + i);
		assert_int_equal(found.flags, RW | XMEM_MAP_WC);
		assert_int_equal(found.order, small ? 0 : 3);
		assert_int_equal(found.cont, small);
	}
	ASSERT_VALID(fake_check(&pt));
}

/* A walk that lacks tables builds them, those that exist stay. */
static void reach_builds_what_lacks(void **unused)
{
	struct xmem_pt_stash stash = {0, 0};
	struct xmem_pt_at at;

	(void)unused;
	fake_fill(&stash, 3);
	at = xmem_pt_reach(&pt, 100, 0, &stash);
	assert_int_equal(at.level, 0);
	assert_int_equal(stash.nr, 1);
	at = xmem_pt_reach(&pt, 100, 0, &stash);
	assert_int_equal(stash.nr, 1);
	at = xmem_pt_reach(&pt, 120, 0, &stash);
	assert_int_equal(stash.nr, 0);
	assert_true(xmem_pte_is_none(at.pte));
	ASSERT_VALID(fake_check(&pt));
}

/* Out go the tables that end where the range ends and begin in it. */
static void take_out_takes_what_is_covered(void **unused)
{
	struct xmem_pt_stash out = {0, 0};

	(void)unused;
	(void)apply(XMEM_PT_PREPARE, 0, 128, 0, 0);
	assert_int_equal(fake_nr_tables, 1 + 2 + 16);
	xmem_pt_take_out(&pt, 16, 7, &out);
	assert_int_equal(out.nr, 0);
	xmem_pt_take_out(&pt, 15, 15, &out);
	assert_int_equal(out.nr, 0);
	xmem_pt_take_out(&pt, 16, 9, &out);
	assert_int_equal(out.nr, 1);
	xmem_pt_take_out(&pt, 64, 64, &out); /* Not the one in the root. */
	assert_int_equal(out.nr, 2);
	fake_flush();
	fake_drain(&out);
	ASSERT_VALID(fake_check(&pt));
}

/* A block takes the place of a tree: every table of it comes out, empty. */
static void take_apart_finds_every_table(void **unused)
{
	(void)unused;
	fake_leaf_levels = 3;
	(void)apply(XMEM_PT_MAP, 64, 64, 0x2000, RW | MAP_SMALL_PAGES);
	assert_int_equal(fake_nr_tables, 1 + 1 + 8);
	assert_true(apply(XMEM_PT_MAP, 64, 64, 0x1000, RW));
	assert_true(is_mapped(100, 0x1024, 6));
	assert_int_equal(fake_nr_tables, 1);
}

/* It is done in pieces, each a table at the tree's level and what is below, so
 * that somebody else may run in between. */
static void take_apart_stops_after_each_table(void **unused)
{
	struct xmem_pt_req req = {XMEM_PT_MAP, RW, va_of(64), 64, 0x1000, 0};
	struct xmem_pt_stash none = {0, 0};
	struct xmem_pt_rest rest = {.nr = 0};
	unsigned int pieces = 0;

	(void)unused;
	fake_leaf_levels = 3;
	(void)apply(XMEM_PT_MAP, 64, 64, 0x2000, RW | MAP_SMALL_PAGES);
	assert_true(xmem_pt_apply(&pt, &req, &none, &rest));
	assert_true(rest.has_tree);
	fake_flush();
	while (xmem_pt_dismantle(&rest)) {
		pieces++;
		assert_int_equal(rest.out.nr, pieces);
	}
	assert_int_equal(pieces, 8);
	assert_int_equal(rest.out.nr, 9);
	assert_false(xmem_pt_dismantle(&rest));
	assert_false(xmem_pt_go_on(&req, &rest));
	fake_drain(&rest.out);
	ASSERT_VALID(fake_check(&pt));
}

/* No page that stays mapped to its frame is ever missing, unless it must. */
static void a_block_replaces_tables_in_one_write(void **unused)
{
	unsigned long breaks = fake_nr_breaks;

	(void)unused;
	(void)apply(XMEM_PT_MAP, 8, 8, 0x1008, RW | MAP_SMALL_PAGES);
	(void)apply(XMEM_PT_MAP, 8, 8, 0x1008, RW);
	assert_true(is_mapped(9, 0x1009, 3));
	assert_int_equal(fake_nr_breaks - breaks, 1);
}

/* The root has fewer entries than a table: more bits do not reach past it. */
static void the_root_may_be_short(void **unused)
{
	unsigned long top = ~0UL >> PAGE_SHIFT;

	(void)unused;
	assert_int_equal(FAKE_PAGES, 256);
	(void)apply(XMEM_PT_MAP, top - 255, 256, 0x1000, RW);
	assert_true(is_mapped(0, 0x1000, 3));
	assert_true(is_mapped(top, 0x10ff, 3));
	assert_true(is_mapped(256, 0x1000, 3));
	assert_int_equal(fake_nr_tables, 1 + 4);
}

/* The number of levels is a variable: two are the least. */
static void the_number_of_levels_may_vary(void **unused)
{
	(void)unused;
	fake_levels = 2;
	pt = fake_reset();
	assert_int_equal(FAKE_PAGES, 32);
	fake_leaf_levels = 2;
	(void)apply(XMEM_PT_MAP, 8, 17, 0x1008, RW);
	assert_true(is_mapped(8 + 32, 0x1008, 3));
	assert_true(is_mapped(24, 0x1018, 0));
	assert_int_equal(fake_nr_tables, 2);
	(void)apply(XMEM_PT_CLEAR, 0, 32, 0, 0);
	assert_int_equal(fake_nr_tables, 2);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(stash_hands_out_clean_tables, reset),
	cmocka_unit_test_setup(stash_links_are_not_present, reset),
	cmocka_unit_test_setup(grow_fills_a_table_with_the_parts, reset),
	cmocka_unit_test_setup(reach_builds_what_lacks, reset),
	cmocka_unit_test_setup(take_out_takes_what_is_covered, reset),
	cmocka_unit_test_setup(take_apart_finds_every_table, reset),
	cmocka_unit_test_setup(take_apart_stops_after_each_table, reset),
	cmocka_unit_test_setup(a_block_replaces_tables_in_one_write, reset),
	cmocka_unit_test_setup(the_root_may_be_short, reset),
	cmocka_unit_test_setup(the_number_of_levels_may_vary, reset),
};

TEST_MAIN(tests)
