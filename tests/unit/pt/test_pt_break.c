/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_pt_break.c - what must be broken is, once; groups come and go whole
 *
 * link: src/pt/ tests/fake/pt/fake.c
 * include: tests/fake/pt/include
 * flags: -DFAKE_PT_LEVELS=3 -DFAKE_PT_BITS=3 -DFAKE_PT_TOP_BITS=2
 *
 * Leaf tables of eight entries, groups of four. The fake architecture panics
 * if a break is missing or wrong; the last tests make sure that it does.
 * Here is counted how many there are.
 */
#include "fake.h"

#define RO    PAGE_HYPERVISOR_RO
#define RW    PAGE_HYPERVISOR_RW
#define SMALL MAP_SMALL_PAGES

static struct xmem_pt pt;

static unsigned long va_of(unsigned long page)
{
	return page << PAGE_SHIFT;
}

/* Return: breaks done. */
static unsigned long apply(enum xmem_pt_kind kind, unsigned long page,
			   unsigned long nr, unsigned long mfn,
			   unsigned int flags)
{
	struct xmem_pt_req req = {kind, flags, va_of(page), nr, mfn, 0};
	unsigned long before = fake_nr_breaks;

	(void)fake_apply(&pt, &req);
	ASSERT_VALID(fake_check(&pt));
	return fake_nr_breaks - before;
}

static struct xmem_pt_found look(unsigned long page)
{
	struct xmem_pt_found found = {XMEM_NO_MFN, 0, 0, false};

	(void)xmem_pt_lookup(&pt, va_of(page), &found);
	return found;
}

/* A bit for each page from @page on: has it the hint? */
static unsigned long hints(unsigned long page, unsigned long nr)
{
	unsigned long bits = 0;

	for (unsigned long i = 0; i < nr; i++) {
		bits |= (unsigned long)look(page + i).cont << i;
	}
	return bits;
}

static int reset(void **unused)
{
	(void)unused;
	pt = fake_reset();
	fake_bbm = false;
	return 0;
}

/* ---- when the hint is set ---- */

/* Whole groups with frames that are aligned as they are. */
static void map_gives_the_hint_to_whole_groups(void **unused)
{
	(void)unused;
	assert_int_equal(apply(XMEM_PT_MAP, 1, 14, 0x1005, RW), 0);
	assert_int_equal(hints(0, 16), 0x0ff0);
	(void)apply(XMEM_PT_MAP, 17, 3, 0x1001, RW);
	assert_int_equal(hints(16, 8), 0);
}

/* A group is as large as it is because its frames are one block. */
static void unaligned_frames_get_no_hint(void **unused)
{
	(void)unused;
	(void)apply(XMEM_PT_MAP, 0, 16, 0x1002, RW);
	assert_int_equal(hints(0, 16), 0);
}

/* Whoever wants single pages gets them. */
static void small_pages_get_no_hint(void **unused)
{
	(void)unused;
	(void)apply(XMEM_PT_MAP, 0, 16, 0x1000, RW | SMALL);
	assert_int_equal(hints(0, 16), 0);
}

/* Mapping the same with the hint, and again: then nothing changes. */
static void mapping_anew_adds_the_hint(void **unused)
{
	(void)unused;
	(void)apply(XMEM_PT_MAP, 0, 4, 0x1004, RW | SMALL);
	assert_int_equal(apply(XMEM_PT_MAP, 0, 4, 0x1004, RW), 1);
	assert_int_equal(hints(0, 8), 0x0f);
	assert_int_equal(apply(XMEM_PT_MAP, 0, 4, 0x1004, RW), 0);
	assert_int_equal(apply(XMEM_PT_MAP, 0, 4, 0x1004, RW | SMALL), 1);
	assert_int_equal(hints(0, 8), 0);
}

/* The pages of a block that is split. */
static void parts_of_a_block_get_the_hint(void **unused)
{
	(void)unused;
	(void)apply(XMEM_PT_MAP, 8, 8, 0x1008, RW);
	assert_int_equal(apply(XMEM_PT_PREPARE, 8, 1, 0, 0), 1);
	assert_int_equal(hints(8, 8), 0xff);
}

/* ---- what must be broken ---- */

/* Fresh entries: nothing to break. */
static void empty_entries_are_just_written(void **unused)
{
	(void)unused;
	assert_int_equal(apply(XMEM_PT_MAP, 0, 256, 0x1003, RW), 0);
	assert_int_equal(apply(XMEM_PT_CLEAR, 0, 256, 0, 0), 0);
	assert_int_equal(apply(XMEM_PT_MAP, 0, 256, 0x2000, RW), 0);
}

/* Other frames: one break a leaf table, whatever lies between. */
static void other_frames_break_a_row_at_once(void **unused)
{
	(void)unused;
	(void)apply(XMEM_PT_MAP, 0, 3, 0x1003, RW);
	(void)apply(XMEM_PT_MAP, 5, 9, 0x1002, RO);
	assert_int_equal(apply(XMEM_PT_MAP, 0, 16, 0x3001, RW), 2);
	assert_int_equal(look(9).mfn, 0x300a);
}

/* Rights of single pages change in place, their type does not. */
static void rights_need_no_break_but_types_do(void **unused)
{
	(void)unused;
	(void)apply(XMEM_PT_MAP, 0, 16, 0x1003, RW);
	assert_int_equal(apply(XMEM_PT_CHANGE, 0, 16, 0, RO), 0);
	assert_int_equal(apply(XMEM_PT_CHANGE, 0, 16, 0, RO | XMEM_MAP_UC), 2);
	assert_int_equal(look(15).flags, RO | XMEM_MAP_UC);
	assert_int_equal(look(15).mfn, 0x1012);
}

/* Holes and parked pages between those that are broken stay what they are. */
static void change_keeps_holes_and_parked_pages(void **unused)
{
	struct xmem_run run = {0, 0};
	struct xmem_pt_runs runs = {&run, 1, 0};

	(void)unused;
	(void)apply(XMEM_PT_MAP, 0, 8, 0x1003, RW | SMALL);
	(void)apply(XMEM_PT_CLEAR, 2, 1, 0, 0);
	xmem_pt_park(&pt, va_of(5), 1);
	assert_false(fake_is_clean());
	fake_flush();
	assert_int_equal(apply(XMEM_PT_CHANGE, 0, 8, 0, RO | XMEM_MAP_WC), 3);
	assert_int_equal(look(2).mfn, XMEM_NO_MFN);
	assert_int_equal(look(5).mfn, XMEM_NO_MFN);
	assert_int_equal(look(6).mfn, 0x1009);
	assert_int_equal(xmem_pt_collect(&pt, 0, 8, &runs), 8);
	assert_int_equal(runs.nr, 1);
	assert_int_equal(run.mfn, 0x1008);
}

/* Rights of whole groups: one break a leaf table, the hint stays. */
static void rights_of_groups_are_broken_and_keep_the_hint(void **unused)
{
	(void)unused;
	(void)apply(XMEM_PT_MAP, 0, 16, 0x1004, RW);
	assert_int_equal(hints(0, 16), 0xffff);
	assert_int_equal(apply(XMEM_PT_CHANGE, 0, 16, 0, RO), 2);
	assert_int_equal(hints(0, 16), 0xffff);
	assert_int_equal(look(15).flags, RO);
	assert_int_equal(apply(XMEM_PT_CHANGE, 0, 16, 0, RO), 0);
}

/* A part: its group loses the hint, the one beside it does not. */
static void a_part_of_a_group_takes_its_hint(void **unused)
{
	(void)unused;
	(void)apply(XMEM_PT_MAP, 0, 16, 0x1004, RW);
	assert_int_equal(apply(XMEM_PT_CHANGE, 5, 1, 0, RO), 1);
	assert_int_equal(hints(0, 16), 0xff0f);
	assert_int_equal(look(4).flags, RW);
	assert_int_equal(look(5).flags, RO);
	assert_int_equal(apply(XMEM_PT_CLEAR, 3, 6, 0, 0), 2);
	assert_int_equal(hints(0, 16), 0xf000);
	assert_int_equal(look(2).mfn, 0x1006);
	assert_int_equal(apply(XMEM_PT_MAP, 14, 2, 0x5555, RW), 2);
	assert_int_equal(hints(0, 16), 0);
	assert_int_equal(look(13).mfn, 0x1011);
}

/* A whole group just goes. */
static void whole_groups_are_cleared_without_a_break(void **unused)
{
	(void)unused;
	(void)apply(XMEM_PT_MAP, 0, 16, 0x1004, RW);
	assert_int_equal(apply(XMEM_PT_CLEAR, 4, 4, 0, 0), 0);
	assert_int_equal(apply(XMEM_PT_EMPTY, 8, 8, 0, 0), 0);
	assert_int_equal(hints(0, 16), 0x000f);
}

/* A block that is split, one that is replaced, one that replaces tables. */
static void blocks_are_broken_once(void **unused)
{
	(void)unused;
	fake_leaf_levels = 3;
	(void)apply(XMEM_PT_MAP, 64, 64, 0x1000, RW);
	assert_int_equal(apply(XMEM_PT_CHANGE, 64, 64, 0, RO), 0);
	assert_int_equal(apply(XMEM_PT_CHANGE, 64, 64, 0, XMEM_MAP_WT | RO), 1);
	assert_int_equal(apply(XMEM_PT_PREPARE, 70, 1, 0, 0), 2);
	assert_int_equal(apply(XMEM_PT_MAP, 72, 8, 0x3000, RW), 1);
	assert_int_equal(apply(XMEM_PT_MAP, 64, 64, 0x2000, RW), 1);
	assert_int_equal(look(64).order, 6);
}

/* A CPU that allows more is asked and believed: what keeps its frames. */
static void a_better_cpu_breaks_less(void **unused)
{
	(void)unused;
	fake_bbm = true;
	(void)apply(XMEM_PT_MAP, 8, 8, 0x1008, RW);
	assert_int_equal(apply(XMEM_PT_CHANGE, 9, 1, 0, RO), 0);
	assert_int_equal(hints(8, 8), 0xf0);
	assert_int_equal(apply(XMEM_PT_CHANGE, 12, 4, 0, RO), 0);
	assert_int_equal(hints(8, 8), 0xf0);
	assert_int_equal(apply(XMEM_PT_MAP, 12, 4, 0x2000, RO), 1);
	assert_int_equal(apply(XMEM_PT_MAP, 8, 8, 0x1008, RW), 1);
}

/* Parking a part of what one commit has mapped. */
static void park_loosens_what_it_cuts(void **unused)
{
	struct xmem_pt_req req = {XMEM_PT_MAP, RW, va_of(0), 8, 0x1000, 0};
	unsigned long breaks;

	(void)unused;
	(void)apply(XMEM_PT_PREPARE, 0, 8, 0, 0);
	xmem_pt_commit(&pt, &req);
	breaks = fake_nr_breaks;
	assert_int_equal(hints(0, 8), 0xff);
	xmem_pt_park(&pt, va_of(4), 4);
	assert_false(fake_is_clean());
	assert_int_equal(fake_nr_breaks, breaks);
	xmem_pt_park(&pt, va_of(1), 2);
	assert_false(fake_is_clean());
	assert_int_equal(fake_nr_breaks, breaks + 1);
	assert_int_equal(hints(0, 8), 0);
	assert_int_equal(look(3).mfn, 0x1003);
	ASSERT_VALID(fake_check(&pt));
}

/* ---- the fake architecture does panic ---- */

static void write_over_a_present_entry(void)
{
	xmem_pte_t *slot = xmem_arch_table(fake_root) + 1;

	fake_leaf_levels = 3;
	xmem_pte_write(slot, xmem_pte_leaf(0x1000, RW, 2));
	xmem_pte_write(slot, xmem_pte_leaf(0x2000, RW, 2));
}

static void use_a_cleared_entry_before_the_flush(void)
{
	xmem_pte_t *slot = xmem_arch_table(fake_root) + 1;

	fake_leaf_levels = 3;
	xmem_pte_write(slot, xmem_pte_leaf(0x1000, RW, 2));
	xmem_pte_write(slot, xmem_pte_none());
	xmem_pte_write(slot, xmem_pte_leaf(0x2000, RW, 2));
}

/* The break of a block at page 64, up to step @last of a wrong one. */
static void break_wrongly(unsigned int last)
{
	xmem_pte_t *slot = xmem_arch_table(fake_root) + 1;
	struct xmem_arch_break brk;
	xmem_pte_t *alias;

	fake_leaf_levels = 3;
	xmem_pte_write(slot, xmem_pte_leaf(0x1000, RW, 2));
	alias = xmem_arch_break_begin(&brk, slot, va_of(64), 64);
	if (last == 0) {
		xmem_pte_write(slot, xmem_pte_none());
	}
	if (last == 1) {
		xmem_pte_write(alias + 1, xmem_pte_none());
	}
	if (last == 2) {
		(void)xmem_arch_table(fake_root);
	}
	xmem_pte_write(alias, xmem_pte_none());
	if (last == 3) {
		xmem_pte_write(alias, xmem_pte_leaf(0x2000, RW, 2));
	}
	if (last == 4) {
		xmem_arch_break_end(&brk);
	}
	xmem_arch_break_flush(va_of(64), 64);
	if (last == 5) {
		xmem_arch_break_end(&brk);
	}
	xmem_pte_write(alias, xmem_pte_leaf(0x2000, RW, 2));
	xmem_arch_break_end(&brk);
	xmem_pte_write(alias, xmem_pte_leaf(0x2000, RW, 2));
}

static void the_fake_architecture_notices(void **unused)
{
	static const char *const says[] = {"offset < sizeof(alias)",
					   "i - now.first < now.nr",
					   "!fake_breaking",
					   "!is_present(new)",
					   "now.flushed",
					   "now.nr_broken == 0",
					   "offset < sizeof(fake_ram)"};

	EXPECT_PANIC(write_over_a_present_entry(), "!must_break(old, new, i)");
	(void)reset(unused);
	EXPECT_PANIC(use_a_cleared_entry_before_the_flush(),
		     "!must_break(old, new, i)");
	for (volatile unsigned int i = 0; i < 7; i++) {
		(void)reset(unused);
		EXPECT_PANIC(break_wrongly(i), says[i]);
	}
}

/* Frames that do not fit or are asked for while the hint hides them, and a
 * group of which one entry is another. */
static void the_fake_architecture_knows_groups(void **unused)
{
	const xmem_pte_t leaf = xmem_pte_leaf(0x1001, RW, 0);
	const xmem_pte_t hint = xmem_pte_set_cont(leaf, true, 1);
	xmem_pte_t *slot;

	(void)unused;
	(void)apply(XMEM_PT_PREPARE, 0, 8, 0, 0);
	slot = xmem_arch_table(xmem_pte_mfn(xmem_pte_read(xmem_arch_table(
		xmem_pte_mfn(xmem_pte_read(xmem_arch_table(fake_root)))))));
	EXPECT_PANIC((void)xmem_pte_set_cont(leaf, true, 2), "== index");
	EXPECT_PANIC((void)xmem_pte_mfn(hint), "!fake_has_hint(e)");
	EXPECT_PANIC((void)xmem_pte_park(hint, 0), "!fake_has_hint(e)");
	assert_int_equal(xmem_pte_mfn(xmem_pt_strip(hint, 2)), 0x1002);
	xmem_pte_write(&slot[1], hint);
	EXPECT_PANIC(xmem_pte_write(&slot[2], xmem_pte_leaf(0x1002, RW, 0)),
		     "has_hint(first[i]) == fake_has_hint(new)");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(map_gives_the_hint_to_whole_groups, reset),
	cmocka_unit_test_setup(unaligned_frames_get_no_hint, reset),
	cmocka_unit_test_setup(small_pages_get_no_hint, reset),
	cmocka_unit_test_setup(mapping_anew_adds_the_hint, reset),
	cmocka_unit_test_setup(parts_of_a_block_get_the_hint, reset),
	cmocka_unit_test_setup(empty_entries_are_just_written, reset),
	cmocka_unit_test_setup(other_frames_break_a_row_at_once, reset),
	cmocka_unit_test_setup(rights_need_no_break_but_types_do, reset),
	cmocka_unit_test_setup(change_keeps_holes_and_parked_pages, reset),
	cmocka_unit_test_setup(rights_of_groups_are_broken_and_keep_the_hint,
			       reset),
	cmocka_unit_test_setup(a_part_of_a_group_takes_its_hint, reset),
	cmocka_unit_test_setup(whole_groups_are_cleared_without_a_break, reset),
	cmocka_unit_test_setup(blocks_are_broken_once, reset),
	cmocka_unit_test_setup(a_better_cpu_breaks_less, reset),
	cmocka_unit_test_setup(park_loosens_what_it_cuts, reset),
	cmocka_unit_test_setup(the_fake_architecture_notices, reset),
	cmocka_unit_test_setup(the_fake_architecture_knows_groups, reset),
};

TEST_MAIN(tests)
