/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_inspect.c - snapshots of a node
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"

/* Frames 1024 to 1087, of which eight are clean, and one of the xenheap. */
static void add_frames(void)
{
	bool dirty;

	fake_add(1024, 1088, false);
	fake_add(2048, 2049, true);
	assert_int_equal(xmem_block_take_at(1024, 3, &dirty), 0);
	assert_int_equal(xmem_block_give(1024, 3, true), 0);
}

/* The snapshot: spans, free, dirty, metadata, blocks by order. */
static void snapshot_tells_all(void **state)
{
	struct xmem_heap_stats stats;
	unsigned long bytes;

	(void)state;
	bytes = xmem_heap_span_bytes(1024, 1088);
	add_frames();
	/* Only the first span brings the struct of its node. */
	bytes += xmem_heap_span_bytes(2048, 2049);
	assert_int_equal(mfn_of(alloc_domheap_pages(NULL, 1, MEMF_no_scrub)),
			 1086);
	xmem_heap_get_stats(0, &stats);
	assert_int_equal(stats.span_pages, 65);
	assert_int_equal(stats.free_pages, 63);
	assert_int_equal(stats.dirty_pages, 55);
	assert_int_equal(stats.nr_arenas, 2);
	assert_int_equal(stats.meta_bytes, bytes);
	for (unsigned int k = 0; k <= MAX_ORDER; k++) {
		assert_int_equal(stats.free_blocks[k], k < 6 ? 1 : 0);
	}
}

/* A node without memory, and one that does not exist. */
static void nothing_is_no_pages(void **state)
{
	struct xmem_heap_stats stats;

	(void)state;
	memset(&stats, 1, sizeof(stats));
	xmem_heap_get_stats(MAX_NUMNODES, &stats);
	assert_int_equal(stats.span_pages + stats.nr_arenas, 0);
	assert_int_equal(stats.free_blocks[XMEM_STATS_ORDERS - 1], 0);
	xmem_heap_get_stats(1, &stats);
	assert_int_equal(stats.free_pages + stats.nr_arenas, 0);
}

#define T(name) cmocka_unit_test_setup(name, fake_setup)
static const struct CMUnitTest tests[] = {
	T(snapshot_tells_all),
	T(nothing_is_no_pages),
};

TEST_MAIN(tests)
