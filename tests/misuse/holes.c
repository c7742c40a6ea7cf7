/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * holes.c - blocks across holes of RAM, on the host machine
 *
 * Its frame table is mapped by page tables, and only where there is RAM: a
 * descriptor of a hole that is read ends the test. The hole shares a span
 * with the RAM around it.
 */
#include "test.h"

#include <xmem/xmem.h>

#include "xmem_host.h"

/* Frames that a page of the frame table describes. */
#define D (PAGE_SIZE / sizeof(struct page_info))

#define PA(mfn) ((uint64_t)(mfn) << PAGE_SHIFT)

static unsigned int order_of(unsigned long nr)
{
	return get_order_from_pages(nr);
}

/* RAM but for frames [12 D, 14 D). */
static int start(void **state)
{
	static const struct xmem_host_range ranges[] = {
		{PA(1), PA(12 * D), 0, false},
		{PA(14 * D), PA(128 * D), 0, false},
	};
	const struct xmem_host_config config = {.ranges = ranges,
						.nr_ranges = 2};

	(void)state;
	return xmem_host_boot(&config);
}

static int stop(void **state)
{
	(void)state;
	return xmem_host_shutdown() != 0;
}

/* The machine is as its frame table should be. */
static void hole_has_no_descriptors(void **state)
{
	(void)state;
	assert_true(
		xmem_host_probe(mfn_to_page(_mfn(12 * D - 1)), XMEM_HOST_READ));
	assert_false(
		xmem_host_probe(mfn_to_page(_mfn(13 * D)), XMEM_HOST_READ));
	assert_true(xmem_host_probe(mfn_to_page(_mfn(14 * D)), XMEM_HOST_READ));
	assert_int_equal(xmem_heap_frame_state(13 * D), XMEM_FRAME_USED);
}

/* Blocks [8 D, 16 D) and [0, 16 D): valid at both ends, or one. */
static void blocks_across_the_hole_are_refused(void **state)
{
	unsigned long nr = total_free_pages();

	(void)state;
	EXPECT_PANIC(
		free_domheap_pages(mfn_to_page(_mfn(8 * D)), order_of(8 * D)),
		"no such block of RAM, caller 0x");
	EXPECT_PANIC(
		free_domheap_pages(mfn_to_page(_mfn(12 * D)), order_of(4 * D)),
		"is no page descriptor");
	EXPECT_PANIC(free_domheap_pages(mfn_to_page(_mfn(8 * D)),
					order_of(4 * D) + 1),
		     "no such block of RAM, caller 0x");
	xmem_page_set_xenheap(mfn_to_page(_mfn(8 * D)));
	EXPECT_PANIC(free_xenheap_pages(mfn_to_virt(8 * D), order_of(8 * D)),
		     "no such block of RAM, caller 0x");
	xmem_page_release(mfn_to_page(_mfn(8 * D)));
	assert_int_equal(total_free_pages(), nr);
	assert_null(xmem_check_all());
}

static void runs_across_the_hole_are_refused(void **state)
{
	unsigned long nr = total_free_pages();

	(void)state;
	for (unsigned long first = 8 * D; first < 12 * D; first += D / 3) {
		struct xmem_run run = {first, 16 * D - first};

		EXPECT_PANIC(xmem_free_runs(&run, 1),
			     "the heap does not know it, caller 0x");
	}
	assert_int_equal(total_free_pages(), nr);
}

/* What ends before the hole, or begins behind it, is as good as any. */
static void blocks_beside_the_hole_are_freed(void **state)
{
	unsigned long nr = total_free_pages();
	struct page_info *pg;
	unsigned int found = 0;

	(void)state;
	for (unsigned int i = 0; i < 64; i++) {
		pg = alloc_domheap_pages(NULL, order_of(2 * D), MEMF_no_scrub);
		if (pg == NULL) {
			break;
		}
		found += mfn_x(page_to_mfn(pg)) == 10 * D ||
			 mfn_x(page_to_mfn(pg)) == 14 * D;
		pg->priv = (unsigned long)pg;
	}
	assert_int_equal(found, 2);
	for (unsigned long mfn = 2 * D; mfn < 128 * D; mfn += 2 * D) {
		if (!mfn_valid(_mfn(mfn))) {
			continue;
		}
		pg = mfn_to_page(_mfn(mfn));
		if (pg->priv == (unsigned long)pg) {
			free_domheap_pages(pg, order_of(2 * D));
		}
	}
	assert_int_equal(total_free_pages(), nr);
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)
static const struct CMUnitTest tests[] = {
	T(hole_has_no_descriptors),
	T(blocks_across_the_hole_are_refused),
	T(runs_across_the_hole_are_refused),
	T(blocks_beside_the_hole_are_freed),
};

TEST_MAIN(tests)
