/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_block.c - the lowest door: blocks without marks, errors instead of
 * panics, and who may say "clean"
 *
 * Random calls against an oracle: tests/model/block_model.c.
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"

static bool dirty;

static unsigned long take(unsigned int order, unsigned long lo,
			  unsigned long hi)
{
	struct xmem_block_request req = {order, XMEM_ANY_NODE, 0, lo, hi};

	return xmem_block_take(&req, &dirty);
}

static unsigned long take_on(unsigned int node, unsigned int flags)
{
	struct xmem_block_request req = {0, node, flags, 0, ~0UL};

	return xmem_block_take(&req, &dirty);
}

/* A span of frames that no other function has to do with. */
static void add(unsigned long smfn, unsigned long emfn, bool clean)
{
	fake_span(smfn, emfn, false);
	assert_int_equal(xmem_block_give_range(smfn, emfn - smfn, clean), 0);
}

/* No memory, no block, and nothing is written. */
static void without_memory_nothing_is_found(void **state)
{
	(void)state;
	dirty = true;
	assert_true(take(0, 1, ~0UL) == XMEM_NO_MFN);
	assert_true(dirty);
	assert_int_equal(xmem_block_take_at(5, 0, &dirty), -XMEM_ENOENT);
	assert_int_equal(xmem_block_give(5, 0, true), -XMEM_ENOENT);
	assert_int_equal(xmem_block_give_range(5, 9, true), -XMEM_ENOENT);
	assert_true(dirty);
	fake_check();
}

/* The highest of the smallest blocks within the bounds. */
static void bounds_are_kept(void **state)
{
	(void)state;
	add(1024, 2048, false);
	assert_int_equal(take(0, 0, ~0UL), 2047);
	assert_int_equal(take(4, 1024, 1100), 1072);
	assert_true(take(4, 1057, 1087) == XMEM_NO_MFN);
	assert_true(take(0, 2048, ~0UL) == XMEM_NO_MFN);
	assert_true(take(0, 0, 1024) == XMEM_NO_MFN);
	assert_true(take(0, 1500, 1500) == XMEM_NO_MFN);
	assert_true(take(0, 1501, 1500) == XMEM_NO_MFN);
	assert_int_equal(take(0, 1500, 1501), 1500);
	assert_int_equal(total_free_pages(), 1024 - 1 - 16 - 1);
	fake_check();
}

/* What does not exist is refused before anything is looked at. */
static void bad_requests_give_none(void **state)
{
	const unsigned int orders[] = {MAX_ORDER + 1, 31, 32, 63, 64, ~0U};

	(void)state;
	add(1, FAKE_FRAMES, false);
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		assert_true(take(orders[i], 0, ~0UL) == XMEM_NO_MFN);
		assert_int_equal(xmem_block_take_at(0, orders[i], &dirty),
				 -XMEM_EINVAL);
		assert_int_equal(xmem_block_give(0, orders[i], false),
				 -XMEM_EINVAL);
	}
	assert_true(take_on(MAX_NUMNODES, 0) == XMEM_NO_MFN);
	assert_true(take_on(~0U - 1, 0) == XMEM_NO_MFN);
	assert_true(take_on(0, 1U << 2) == XMEM_NO_MFN);
	assert_true(take_on(0, 1U << 31) == XMEM_NO_MFN);
	assert_int_equal(xmem_block_give_range(7, 0, false), -XMEM_EINVAL);
	assert_int_equal(xmem_block_give_range(7, ~0UL, false), -XMEM_EINVAL);
	assert_int_equal(total_free_pages(), FAKE_FRAMES - 1);
	fake_check();
}

/* The preferred node, then the others in turn; that node alone if exact; that
 * of the CPU without a preference. */
static void nodes_are_asked_in_turn(void **state)
{
	(void)state;
	fake.node_frames = 1024;
	add(1, 2, false);
	add(1024, 1026, false);
	add(3072, 3073, false);
	fake.cpu_node = 3;
	assert_int_equal(take_on(XMEM_ANY_NODE, 0), 3072);
	assert_true(take_on(XMEM_ANY_NODE, XMEM_BLOCK_EXACT_NODE) ==
		    XMEM_NO_MFN);
	assert_int_equal(take_on(1, XMEM_BLOCK_EXACT_NODE), 1025);
	assert_int_equal(take_on(2, 0), 1);
	assert_true(take_on(2, XMEM_BLOCK_EXACT_NODE) == XMEM_NO_MFN);
	assert_int_equal(take_on(0, 0), 1024);
	assert_true(take_on(0, 0) == XMEM_NO_MFN);
	fake_check();
}

/* Memory of the direct map, by layout. */
static void xen_means_mapped(void **state)
{
	(void)state;
	xmem_host_layout = XMEM_LAYOUT_PARTIAL;
	xenheap_max_mfn(1099);
	add(1024, 1200, false);
	assert_int_equal(take_on(0, XMEM_BLOCK_XEN), 1099);
	assert_int_equal(take_on(0, 0), 1199);

	fake_reset();
	xmem_host_layout = XMEM_LAYOUT_SEPARATE;
	add(1024, 1026, false);
	fake_span(2000, 2001, true);
	assert_true(take_on(0, XMEM_BLOCK_XEN) == XMEM_NO_MFN);
	assert_int_equal(xmem_block_give(2000, 0, true), 0);
	assert_int_equal(take_on(0, XMEM_BLOCK_XEN), 2000);
	assert_int_equal(take_on(0, 0), 1025);
	assert_int_equal(take_on(0, 0), 1024);
	assert_true(take_on(0, 0) == XMEM_NO_MFN);
	fake_check();
}

/* A block at its place, out of a larger free one or out of pieces. */
static void take_at_a_place(void **state)
{
	(void)state;
	add(1024, 2048, true);
	assert_int_equal(xmem_block_give_range(1500, 9, false), -XMEM_EBUSY);
	assert_int_equal(xmem_block_take_at(1536, 5, &dirty), 0);
	assert_false(dirty);
	assert_int_equal(xmem_block_take_at(1536, 5, &dirty), -XMEM_EBUSY);
	assert_int_equal(xmem_block_take_at(1536, 6, &dirty), -XMEM_EBUSY);
	assert_int_equal(xmem_block_take_at(1537, 5, &dirty), -XMEM_EINVAL);
	assert_int_equal(xmem_block_take_at(3000, 0, &dirty), -XMEM_ENOENT);
	assert_int_equal(xmem_block_take_at(0, 11, &dirty), -XMEM_ENOENT);
	assert_int_equal(xmem_block_take_at(1024, 11, &dirty), -XMEM_EINVAL);
	assert_int_equal(total_free_pages(), 1024 - 32);
	/* From below and above, one page of it dirty: in one piece again. */
	assert_int_equal(xmem_block_give(1536, 4, true), 0);
	assert_int_equal(xmem_block_give(1553, 0, false), 0);
	assert_int_equal(xmem_block_give(1552, 0, true), 0);
	assert_int_equal(xmem_block_take_at(1536, 5, &dirty), -XMEM_EBUSY);
	assert_int_equal(xmem_block_give_range(1554, 14, true), 0);
	assert_int_equal(xmem_block_take_at(1024, 10, &dirty), 0);
	assert_true(dirty);
	assert_int_equal(total_free_pages(), 0);
	fake_check();
}

/* An error changes nothing: no frame, no count, no hook. */
static void errors_change_nothing(void **state)
{
	unsigned long taken;
	unsigned long given;

	(void)state;
	add(1024, 1100, false);
	assert_int_equal(xmem_block_take_at(1056, 3, &dirty), 0);
	taken = fake.nr_taken;
	given = fake.nr_given;
	assert_int_equal(xmem_block_give(1048, 3, false), -XMEM_EBUSY);
	assert_int_equal(xmem_block_give(1056, 4, false), -XMEM_EBUSY);
	assert_int_equal(xmem_block_give(1057, 1, false), -XMEM_EINVAL);
	assert_int_equal(xmem_block_give(1024, 7, false), -XMEM_EINVAL);
	assert_int_equal(xmem_block_give(1100, 0, false), -XMEM_ENOENT);
	assert_int_equal(xmem_block_give_range(1056, 9, false), -XMEM_EBUSY);
	assert_int_equal(xmem_block_give_range(1090, 11, false), -XMEM_EINVAL);
	assert_int_equal(xmem_block_take_at(1048, 4, &dirty), -XMEM_EINVAL);
	assert_int_equal(xmem_block_take_at(1024, 6, &dirty), -XMEM_EBUSY);
	assert_int_equal(total_free_pages(), 76 - 8);
	assert_int_equal(fake.nr_taken, taken);
	assert_int_equal(fake.nr_given, given);
	assert_int_equal(xmem_block_give_range(1056, 8, false), 0);
	assert_int_equal(fake.nr_given, given + 8);
	fake_check();
}

/* A range lies in one span, whatever lies behind it. */
static void ranges_are_whole_or_refused(void **state)
{
	(void)state;
	fake_span(1024, 1100, false);
	fake_span(1100, 1200, false);
	assert_int_equal(xmem_block_give_range(1090, 20, true), -XMEM_EINVAL);
	assert_int_equal(total_free_pages(), 0);
	assert_int_equal(xmem_block_give_range(1090, 10, true), 0);
	assert_int_equal(xmem_block_give_range(1100, 10, true), 0);
	assert_int_equal(total_free_pages(), 20);
	fake_check();
}

/* Fault injection reaches this door, once a call. */
static void a_take_may_be_made_to_fail(void **state)
{
	(void)state;
	add(1024, 1100, false);
	fake_fail(2, false);
	assert_int_equal(take(0, 0, ~0UL), 1099);
	assert_true(take(0, 0, ~0UL) == XMEM_NO_MFN);
	assert_int_equal(take(0, 0, ~0UL), 1098);
	assert_int_equal(fake.nr_calls, 3);
}

/* ---- who may say "clean" ---- */

/* What is given as clean is handed out without scrubbing, by all doors. */
static void clean_is_believed_here(void **state)
{
	struct page_info *pg;

	(void)state;
	add(1024, 1026, true);
	memset(fake_stain + 1024, 0, 2);
	pg = alloc_domheap_pages(NULL, 0, 0);
	assert_int_equal(fake.nr_scrubbed, 0);
	free_domheap_pages(pg, 0);
	assert_int_equal(take(0, 1025, 1026), 1025);
	assert_true(dirty);
	assert_int_equal(take(0, 0, ~0UL), 1024);
	assert_false(dirty);
	fake_check();
}

/* Frame 1099 was taken and is free again: dirty. */
static void assert_dirty_again(const char *door)
{
	if (xmem_heap_frame_state(1099) != XMEM_FRAME_DIRTY) {
		fail_msg("%s: the frame is not dirty", door);
	}
	/* Clean for the next one. */
	assert_int_equal(xmem_block_take_at(1099, 0, &dirty), 0);
	assert_int_equal(xmem_block_give(1099, 0, true), 0);
}

/* By any other door a frame that was clean comes back dirty. */
static void every_other_free_is_dirty(void **state)
{
	struct xmem_run run = {1099, 1};
	unsigned long got;
	void *va;

	(void)state;
	add(1024, 1100, true);
	memset(fake_stain + 1024, 0, 76);
	free_domheap_pages(alloc_domheap_pages(NULL, 0, 0), 0);
	assert_dirty_again("domheap");
	free_xenheap_pages(alloc_xenheap_pages(0, 0), 0);
	assert_dirty_again("xenheap");
	assert_int_equal(xmem_alloc_runs(&run, 1, 1, 0, &got), 1);
	xmem_free_runs(&run, 1);
	assert_dirty_again("runs");
	assert_int_equal(xmem_alloc_runs(&run, 1, 1, 0, &got), 1);
	xmem_page_set_vmalloc(mfn_to_page(_mfn(1099)), 77);
	assert_int_equal(xmem_free_runs_at(&run, 1, 77 << PAGE_SHIFT, 1), 1);
	assert_dirty_again("vmalloc");
	va = xmem_meta_take(1);
	xmem_meta_give(va, 1);
	assert_dirty_again("metadata");
	va = xmem_alloc_pages_exact(1, 0, 0);
	xmem_free_pages_exact(va, 1);
	assert_dirty_again("exact pages");
	assert_int_equal(take(0, 1099, 1100), 1099);
	init_domheap_pages(PA(1099), PA(1100));
	assert_dirty_again("init_domheap_pages");
	assert_int_equal(take(0, 1099, 1100), 1099);
	init_xenheap_pages(PA(1099), PA(1100));
	assert_dirty_again("init_xenheap_pages");
	fake_check();
}

#define TEST(f) cmocka_unit_test_setup(f, fake_setup)

static const struct CMUnitTest tests[] = {
	TEST(without_memory_nothing_is_found),
	TEST(bounds_are_kept),
	TEST(bad_requests_give_none),
	TEST(nodes_are_asked_in_turn),
	TEST(xen_means_mapped),
	TEST(take_at_a_place),
	TEST(errors_change_nothing),
	TEST(ranges_are_whole_or_refused),
	TEST(a_take_may_be_made_to_fail),
	TEST(clean_is_believed_here),
	TEST(every_other_free_is_dirty),
};

TEST_MAIN(tests)
