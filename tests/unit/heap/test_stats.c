/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_stats.c - counts by node, heap and address width
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"

#include "heap/heap_priv.h"

/* Nothing is free where there is nothing, and nodes that do not exist have
 * nothing either. */
static void empty_heap_has_no_pages(void **state)
{
	struct xmem_heap_stats stats;

	(void)state;
	assert_int_equal(avail_domheap_pages(), 0);
	assert_int_equal(avail_xenheap_pages(), 0);
	assert_int_equal(total_free_pages(), 0);
	assert_int_equal(avail_node_heap_pages(MAX_NUMNODES), 0);
	assert_int_equal(avail_node_heap_pages(~0U), 0);
	assert_int_equal(avail_domheap_pages_region(MAX_NUMNODES, 0, 0), 0);
	memset(&stats, 1, sizeof(stats));
	xmem_heap_get_stats(MAX_NUMNODES, &stats);
	assert_int_equal(stats.span_pages + stats.nr_arenas, 0);
	xmem_heap_get_stats(0, &stats);
	assert_int_equal(stats.free_pages + stats.nr_arenas, 0);
}

/* Frames of [@lo, @hi) whose addresses need from @min to @max bits. */
static unsigned long count(unsigned long lo, unsigned long hi, unsigned int min,
			   unsigned int max)
{
	unsigned long nr = 0;

	for (unsigned long mfn = lo; mfn < hi; mfn++) {
		unsigned int bits = PAGE_SHIFT;

		while (mfn >> (bits - PAGE_SHIFT) != 0) {
			bits++;
		}
		nr += bits >= min && (max == 0 || bits <= max);
	}
	return nr;
}

/* Every pair of widths, against counting. */
static void regions_are_exact_for_all_widths(void **state)
{
	(void)state;
	fake_add(1, 9, false);
	fake_add(100, 1000, false);
	for (unsigned int min = 0; min <= PAGE_SHIFT + 12; min++) {
		for (unsigned int max = 0; max <= PAGE_SHIFT + 12; max++) {
			assert_int_equal(
				avail_domheap_pages_region(~0U, min, max),
				count(1, 9, min, max) +
					count(100, 1000, min, max));
		}
	}
	assert_int_equal(avail_domheap_pages_region(0, 0, 200), 908);
	assert_int_equal(avail_domheap_pages_region(0, 200, 0), 0);
	assert_int_equal(avail_domheap_pages_region(0, ~0U, ~0U), 0);
	assert_int_equal(avail_domheap_pages_region(0, 64, 3), 0);
}

/* Regions count one node, or all of them. */
static void regions_are_counted_by_node(void **state)
{
	(void)state;
	fake.node_frames = 1024;
	for (unsigned int n = 0; n < 4; n++) {
		fake_add(n * 1024 + 8, n * 1024 + 9 + n, false);
		assert_int_equal(avail_domheap_pages_region(n, 0, 0), n + 1);
		assert_int_equal(avail_node_heap_pages(n), n + 1);
	}
	assert_int_equal(avail_domheap_pages_region(~0U, 0, 0), 10);
	assert_int_equal(avail_domheap_pages_region(~0U, 0, PAGE_SHIFT + 11),
			 3);
	assert_int_equal(avail_domheap_pages_region(2, 0, PAGE_SHIFT + 11), 0);
}

/* Full layout: all that is free can be xenheap. */
static void full_layout_has_one_count(void **state)
{
	(void)state;
	fake_add(100, 200, false);
	assert_int_equal(avail_xenheap_pages(), 100);
	assert_non_null(alloc_xenheap_pages(4, 0));
	assert_non_null(alloc_domheap_pages(NULL, 2, 0));
	assert_int_equal(avail_xenheap_pages(), 80);
	assert_int_equal(avail_domheap_pages(), 80);
}

/* Partial layout: for every limit, the free frames below it. */
static void partial_layout_counts_below_the_limit(void **state)
{
	(void)state;
	xmem_host_layout = XMEM_LAYOUT_PARTIAL;
	fake.node_frames = 300;
	fake_add(1, 40, false);
	fake_add(60, 200, false);
	fake_add(300, 310, false);
	xmem_free_runs(NULL, 0);
	for (unsigned long last = 1; last < 400; last++) {
		xenheap_max_mfn(last);
		assert_int_equal(
			avail_xenheap_pages(),
			count(1, last + 1 < 40 ? last + 1 : 40, 0, 0) +
				count(60, last + 1 < 200 ? last + 1 : 200, 0,
				      0) +
				count(300, last + 1 < 310 ? last + 1 : 310, 0,
				      0));
	}
	assert_int_equal(total_free_pages(), 39 + 140 + 10);
}

/* Separate layout: two counts, and their sum. */
static void separate_layout_has_two_counts(void **state)
{
	(void)state;
	xmem_host_layout = XMEM_LAYOUT_SEPARATE;
	fake_add(100, 110, true);
	fake_add(200, 250, false);
	assert_int_equal(avail_xenheap_pages(), 10);
	assert_int_equal(avail_domheap_pages(), 50);
	assert_int_equal(total_free_pages(), 60);
	assert_int_equal(avail_node_heap_pages(0), 60);
	fake_add(1, 2, true); /* The lowest zone counts. */
	assert_int_equal(avail_xenheap_pages(), 11);
}

#define T(name) cmocka_unit_test_setup(name, fake_setup)
static const struct CMUnitTest tests[] = {
	T(empty_heap_has_no_pages),
	T(regions_are_exact_for_all_widths),
	T(regions_are_counted_by_node),
	T(full_layout_has_one_count),
	T(partial_layout_counts_below_the_limit),
	T(separate_layout_has_two_counts),
};

TEST_MAIN(tests)
