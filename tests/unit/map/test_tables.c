/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_tables.c - memory for page tables: where it comes from, what is kept
 *
 * link: src/map/tables.c src/pt/ tests/fake/pt/fake.c
 * include: tests/fake/pt/include
 *
 * Boot allocator and heap are stand-ins that count, and fail the test if they
 * are called with a lock held.
 */
#include <xmem/debug.h>
#include <xmem/frames.h>
#include <xmem/map.h>

#include "boot_memory.h"

#include "map/tables.h"

static unsigned long nr_left; /* allocations until memory runs out */
static unsigned long nr_from_heap, nr_given_back;
static unsigned long nr_relaxed;

/* ---- stand-ins ---- */

static unsigned long take_frame(void)
{
	assert_int_equal(xmem_host_held.nr, 0);
	if (nr_left == 0) {
		return XMEM_NO_MFN;
	}
	nr_left--;
	return fake_take();
}

void *xmem_meta_take(unsigned long nr)
{
	unsigned long mfn = take_frame();

	assert_false(boot);
	assert_int_equal(nr, 1);
	nr_from_heap++;
	return mfn == XMEM_NO_MFN ? NULL : mfn_to_virt(mfn);
}

void xmem_meta_give(void *va, unsigned long nr)
{
	assert_int_equal(xmem_host_held.nr, 0);
	assert_false(boot);
	assert_int_equal(nr, 1);
	nr_given_back++;
	fake_give(virt_to_mfn(va));
}

void xmem_port_tlb_flush(unsigned long va, unsigned long nr_pages)
{
	(void)va;
	(void)nr_pages;
	fail_msg("no TLB is flushed here");
}

void fake_made(unsigned long va, unsigned long nr, bool tables)
{
	(void)va;
	(void)nr;
	(void)tables;
}

void fake_changed(unsigned long va, unsigned long nr)
{
	(void)va;
	(void)nr;
}

void fake_relax(void)
{
	assert_int_equal(xmem_host_held.nr, 0);
	nr_relaxed++;
}

/* ---- helpers ---- */

static void take_spare(struct xmem_pt_stash *stash, unsigned long nr)
{
	xmem_tables_lock();
	xmem_tables_take_spare_locked(stash, nr);
	xmem_tables_unlock();
}

static int power_on(void **unused)
{
	(void)unused;
	fake_reset();
	xmem_tables.spare = (struct xmem_pt_stash){0, 0};
	boot = false;
	nr_left = ~0UL;
	nr_from_boot = 0;
	nr_from_heap = 0;
	nr_given_back = 0;
	nr_relaxed = 0;
	return 0;
}

/* ---- tests ---- */

/* What lacks is allocated, no more, with a pause between two tables. */
static void fill_allocates_what_lacks(void **unused)
{
	struct xmem_pt_stash stash = {0, 0};

	(void)unused;
	assert_true(xmem_tables_fill(&stash, 0));
	assert_int_equal(nr_from_heap, 0);
	assert_true(xmem_tables_fill(&stash, 3));
	assert_int_equal(nr_relaxed, 2);
	assert_true(xmem_tables_fill(&stash, 2));
	assert_true(xmem_tables_fill(&stash, 5));
	assert_int_equal(stash.nr, 5);
	assert_int_equal(nr_from_heap, 5);
	assert_int_equal(nr_from_boot, 0);
	fake_drain(&stash);
}

/* The boot allocator is asked as long as it is in charge, within limits. */
static void boot_tables_come_from_the_boot_allocator(void **unused)
{
	struct xmem_pt_stash stash = {0, 0};

	(void)unused;
	boot = true;
	fake_limit = FAKE_MFN + FAKE_FRAMES;
	assert_true(xmem_tables_fill(&stash, 3));
	assert_int_equal(nr_from_boot, 3);
	boot = false;
	assert_true(xmem_tables_fill(&stash, 4));
	assert_int_equal(nr_from_boot, 3);
	assert_int_equal(nr_from_heap, 1);
	fake_drain(&stash);
}

/* When memory runs out, what was allocated stays with the caller. */
static void fill_says_that_memory_ran_out(void **unused)
{
	struct xmem_pt_stash stash = {0, 0};

	(void)unused;
	for (unsigned int i = 0; i < 2; i++) {
		boot = i == 1;
		nr_left = 2;
		assert_false(xmem_tables_fill(&stash, 3));
		assert_int_equal(stash.nr, 2);
		assert_int_equal(fake_nr_tables, 1 + 2);
		fake_drain(&stash);
	}
}

/* Of what is given back a few tables become spare, the others are freed. */
static void give_back_keeps_a_few(void **unused)
{
	struct xmem_pt_stash stash = {0, 0};

	(void)unused;
	xmem_tables_give_back(&stash);
	assert_int_equal(xmem_map_spare_tables(), 0);
	for (unsigned int i = 0; i < 2; i++) {
		fake_fill(&stash, XMEM_SPARE_TABLES + 3);
		xmem_tables_give_back(&stash);
		assert_int_equal(stash.nr, 0);
		assert_int_equal(xmem_map_spare_tables(), XMEM_SPARE_TABLES);
	}
	assert_int_equal(nr_given_back, XMEM_SPARE_TABLES + 3 + 3);
	assert_int_equal(nr_relaxed, nr_given_back);
}

/* During boot all are kept; the first give-back after it frees the surplus. */
static void boot_tables_are_all_kept(void **unused)
{
	struct xmem_pt_stash stash = {0, 0};

	(void)unused;
	boot = true;
	fake_fill(&stash, XMEM_SPARE_TABLES + 9);
	xmem_tables_give_back(&stash);
	assert_int_equal(xmem_map_spare_tables(), XMEM_SPARE_TABLES + 9);
	boot = false;
	fake_fill(&stash, 1);
	xmem_tables_give_back(&stash);
	assert_int_equal(xmem_map_spare_tables(), XMEM_SPARE_TABLES);
	assert_int_equal(nr_given_back, 10);
}

/* Spare tables are taken up to the number wanted, as far as there are any. */
static void spare_tables_are_taken_first(void **unused)
{
	struct xmem_pt_stash stash = {0, 0};

	(void)unused;
	fake_fill(&stash, 3);
	xmem_tables_give_back(&stash);
	take_spare(&stash, 2);
	assert_int_equal(stash.nr, 2);
	assert_int_equal(xmem_map_spare_tables(), 1);
	take_spare(&stash, 2);
	assert_int_equal(stash.nr, 2);
	take_spare(&stash, 7);
	assert_int_equal(stash.nr, 3);
	assert_int_equal(xmem_map_spare_tables(), 0);
	fake_drain(&stash);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(fill_allocates_what_lacks, power_on),
	cmocka_unit_test_setup(boot_tables_come_from_the_boot_allocator,
			       power_on),
	cmocka_unit_test_setup(fill_says_that_memory_ran_out, power_on),
	cmocka_unit_test_setup(give_back_keeps_a_few, power_on),
	cmocka_unit_test_setup(boot_tables_are_all_kept, power_on),
	cmocka_unit_test_setup(spare_tables_are_taken_first, power_on),
};

int main(void)
{
	test_begin();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
