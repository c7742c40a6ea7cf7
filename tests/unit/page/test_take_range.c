/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_take_range.c - frames that the caller names: checked, scrubbed, freed
 *
 * (Spans, nodes and races: tests/unit/heap/test_range.c.)
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"

static int take(unsigned long mfn, unsigned long nr, unsigned int memflags)
{
	return xmem_take_range(_mfn(mfn), nr, memflags);
}

static unsigned long take_part(unsigned long mfn, unsigned long nr,
			       unsigned int memflags)
{
	return xmem_take_range_partial(_mfn(mfn), nr, memflags);
}

/* No frames, and ranges that wrap around, are no ranges. */
static void bad_ranges_are_refused(void **state)
{
	(void)state;
	fake_add(1000, 2000, false);
	assert_int_equal(take(1000, 0, 0), -XMEM_EINVAL);
	assert_int_equal(take(1000, ~0UL - 999, 0), -XMEM_EINVAL);
	assert_int_equal(take(~0UL, 1, 0), -XMEM_EINVAL);
	assert_int_equal(take(~0UL, 2, 0), -XMEM_EINVAL);
	assert_int_equal(take_part(1000, 0, 0), 0);
	assert_int_equal(take_part(1000, ~0UL - 999, 0), 0);
	assert_int_equal(take_part(~0UL, 1, 0), 0);
	assert_int_equal(total_free_pages(), 1000);
	assert_int_equal(take(0, 1, 0), -XMEM_ENOENT);
	assert_int_equal(take(~0UL - 1, 1, 0), -XMEM_ENOENT);
	fake_check();
}

/* Dirty frames are zeroed unless the caller does not care, and RAM sees it. */
static void frames_are_scrubbed_as_always(void **state)
{
	(void)state;
	fake_add(1000, 2000, false);
	assert_int_equal(take(1000, 100, 0), 0);
	assert_int_equal(fake.nr_scrubbed, 100);
	assert_int_equal(fake.nr_flushed, 100);
	assert_int_equal(fake.nr_icache, 1);
	assert_int_equal(fake.flushed_stain, 0);
	assert_int_equal(take(1100, 100, MEMF_no_scrub | MEMF_no_icache_flush),
			 0);
	assert_int_equal(take_part(1200, 100, MEMF_no_scrub), 100);
	assert_int_equal(fake.nr_scrubbed, 100);
	assert_int_equal(fake.nr_icache, 2);
	assert_int_equal(take_part(1300, 1000, 0), 700);
	assert_int_equal(fake.nr_scrubbed, 800);
	assert_int_equal(fake.nr_flushed, 1000);
	assert_int_equal(take(1300, 1, 0), -XMEM_EBUSY);
	assert_int_equal(take_part(1300, 1, 0), 0);
	assert_int_equal(fake.nr_scrubbed, 800);
	assert_int_equal(fake.nr_flushed, 1000);
	fake_check();
}

/* They are nobody's, and are freed in any parts: as blocks and as runs. */
static void frames_are_freed_in_parts(void **state)
{
	const struct xmem_run runs[] = {{1001, 99}, {1108, 892}};

	(void)state;
	fake_add(1000, 2000, false);
	assert_int_equal(take(1000, 1000, MEMF_no_scrub), 0);
	assert_null(page_get_owner(mfn_to_page(_mfn(1500))));
	free_domheap_page(mfn_to_page(_mfn(1000)));
	free_domheap_pages(mfn_to_page(_mfn(1100)), 2);
	free_domheap_pages(mfn_to_page(_mfn(1104)), 2);
	xmem_free_runs(runs, 2);
	assert_int_equal(total_free_pages(), 1000);
	EXPECT_PANIC(free_domheap_page(mfn_to_page(_mfn(1000))), "double free");
	fake_check();
}

/* An injected failure is one that a caller must expect. */
static void injected_failures_are_answers(void **state)
{
	(void)state;
	fake_add(1000, 2000, false);
	fake_fail(1, false);
	assert_int_equal(take(1000, 10, 0), -XMEM_EBUSY);
	assert_int_equal(take(1000, 0, 0), -XMEM_EINVAL);
	assert_int_equal(fake.nr_calls, 1);
	fake_fail(1, false);
	assert_int_equal(take_part(1000, 10, 0), 0);
	assert_int_equal(take_part(1000, 10, 0), 10);
	assert_int_equal(fake.nr_calls, 2);
	fake_check();
}

#define T(name) cmocka_unit_test_setup(name, fake_setup)
static const struct CMUnitTest tests[] = {
	T(bad_ranges_are_refused),
	T(frames_are_scrubbed_as_always),
	T(frames_are_freed_in_parts),
	T(injected_failures_are_answers),
};

TEST_MAIN(tests)
