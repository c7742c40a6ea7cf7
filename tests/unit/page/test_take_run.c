/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_take_run.c - exactly so many frames: checked, scrubbed, freed
 *
 * (Where they are found: tests/unit/heap/test_run.c.)
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"

#define ANY _mfn(0), INVALID_MFN

static unsigned long take(unsigned long nr, unsigned long align,
			  unsigned int memflags)
{
	return mfn_x(xmem_take_run(nr, align, ANY, memflags));
}

/* Nothing, or a multiple of what is no power of two: no frames. */
static void bad_requests_are_refused(void **state)
{
	(void)state;
	fake_add(1024, 2048, false);
	assert_int_equal(take(0, 1, 0), XMEM_NO_MFN);
	assert_int_equal(take(5, 3, 0), XMEM_NO_MFN);
	assert_int_equal(take(5, ~0UL, 0), XMEM_NO_MFN);
	assert_int_equal(take(1025, 1, 0), XMEM_NO_MFN);
	assert_int_equal(take(5, TEST_TOP_BIT, 0), XMEM_NO_MFN);
	assert_int_equal(total_free_pages(), 1024);
	fake_check();
}

/* An alignment of 0 is that of 1; others count from frame 0. */
static void alignment_is_in_frames(void **state)
{
	(void)state;
	fake_add(1024, 2048, false);
	assert_int_equal(take(5, 0, 0), 2043);
	assert_int_equal(take(3, 1, 0), 2037);
	assert_int_equal(take(5, 256, 0), 1536);
	assert_int_equal(take(5, 1024, 0), 1024);
	assert_int_equal(mfn_x(xmem_take_run(5, 1, _mfn(1500), _mfn(1510), 0)),
			 1505);
	assert_int_equal(mfn_x(xmem_take_run(6, 1, _mfn(1500), _mfn(1510), 0)),
			 XMEM_NO_MFN);
	fake_check();
}

/* Flags as those of a block: width of the address, DMA memory, node. */
static void flags_limit_the_frames(void **state)
{
	(void)state;
	fake.node_frames = 1UL << 14;
	fake_add(1, 1UL << 14, false);
	fake_add(1UL << 14, 1UL << 15, false);
	assert_int_equal(take(100, 1, MEMF_bits(PAGE_SHIFT + 7)), 28);
	assert_int_equal(take((1UL << 12) + 1, 1,
			      MEMF_no_dma | MEMF_bits(PAGE_SHIFT + 13)),
			 XMEM_NO_MFN);
	assert_int_equal(
		take(1UL << 12, 1, MEMF_no_dma | MEMF_bits(PAGE_SHIFT + 13)),
		1UL << 12);
	assert_int_equal(take(100, 1, MEMF_node(1)), (1UL << 15) - 100);
	assert_int_equal(take(1UL << 14, 1, MEMF_node(1) | MEMF_exact_node),
			 XMEM_NO_MFN);
	fake_check();
}

/* Dirty frames are zeroed unless the caller does not care, and RAM sees it. */
static void frames_are_scrubbed_as_always(void **state)
{
	(void)state;
	fake_add(1024, 2048, false);
	assert_int_equal(take(1000, 1, 0), 1048);
	assert_int_equal(fake.nr_scrubbed, 1000);
	assert_int_equal(fake.nr_flushed, 1000);
	assert_int_equal(fake.flushed_stain, 0);
	assert_int_equal(take(24, 1, MEMF_no_scrub), 1024);
	assert_int_equal(fake.nr_scrubbed, 1000);
	assert_int_equal(fake.nr_flushed, 1024);
}

/* They are nobody's, and are freed in any parts. */
static void frames_are_freed_in_parts(void **state)
{
	struct xmem_run run = {1050, 998};

	(void)state;
	fake_add(1024, 2048, false);
	assert_int_equal(take(1000, 1, MEMF_no_scrub), 1048);
	assert_null(page_get_owner(mfn_to_page(_mfn(1048))));
	free_domheap_pages(mfn_to_page(_mfn(1048)), 1);
	xmem_free_runs(&run, 1);
	assert_int_equal(total_free_pages(), 1024);
	fake_check();
}

/* A call that fails asks no node. */
static void injected_failures_take_nothing(void **state)
{
	(void)state;
	fake_add(1024, 2048, false);
	fake_fail(1, false);
	assert_int_equal(take(10, 1, 0), XMEM_NO_MFN);
	assert_int_equal(fake.nr_taken, 0);
	assert_int_equal(take(10, 1, 0), 2038);
	assert_int_equal(fake.nr_calls, 2);
}

#define T(name) cmocka_unit_test_setup(name, fake_setup)
static const struct CMUnitTest tests[] = {
	T(bad_requests_are_refused),  T(alignment_is_in_frames),
	T(flags_limit_the_frames),    T(frames_are_scrubbed_as_always),
	T(frames_are_freed_in_parts), T(injected_failures_take_nothing),
};

TEST_MAIN(tests)
