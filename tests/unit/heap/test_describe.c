/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_describe.c - frames in use become plain or described
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"

#include "heap/heap_priv.h"
#include "heap/super.h"

static struct heap_node *node;
static unsigned long mfn;

/* A block of order 6 in use, the highest there is, plain. */
static int set_up(void **state)
{
	(void)fake_setup(state);
	fake.track = false;
	fake_add(1024, 2048, false);
	mfn = mfn_of(alloc_domheap_pages(NULL, 6, 0));
	node = heap_node_of(mfn);
	heap_node_lock(node);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	xmem_host_drop_locks();
	ASSERT_VALID(xmem_heap_check());
	return 0;
}

static bool is_described(unsigned long at)
{
	bool described;

	assert_int_equal(xmem_heap_use_of(node, at, &described), 0);
	return described;
}

static void blocks_change_there_and_back(void **state)
{
	(void)state;
	assert_int_equal(xmem_heap_describe(node, mfn + 8, 3, true), 0);
	for (unsigned long i = 0; i < 64; i++) {
		assert_int_equal(is_described(mfn + i), i >= 8 && i < 16);
	}
	assert_int_equal(xmem_heap_describe(node, mfn + 8, 3, true),
			 -XMEM_EEXIST);
	assert_int_equal(xmem_heap_describe(node, mfn, 4, true), -XMEM_EEXIST);
	assert_int_equal(xmem_heap_describe(node, mfn, 4, false), -XMEM_EEXIST);
	assert_int_equal(xmem_heap_describe(node, mfn + 8, 3, false), 0);
	assert_false(is_described(mfn + 8));
}

static void errors_change_nothing(void **state)
{
	bool described;

	(void)state;
	assert_int_equal(xmem_heap_describe(node, 1024, 0, true), -XMEM_EBUSY);
	assert_int_equal(xmem_heap_describe(node, 1024, 10, true), -XMEM_EBUSY);
	assert_int_equal(xmem_heap_describe(node, 1024, 11, true),
			 -XMEM_EINVAL);
	assert_int_equal(xmem_heap_describe(node, 5000, 0, true), -XMEM_ENOENT);
	assert_int_equal(xmem_heap_use_of(node, 1024, &described), -XMEM_EBUSY);
	assert_int_equal(xmem_heap_use_of(node, 5000, &described),
			 -XMEM_ENOENT);
	assert_int_equal(xmem_heap_all_used(node, mfn, 6), 0);
	assert_int_equal(xmem_heap_describe(node, mfn, 0, true), 0);
	assert_int_equal(xmem_heap_all_used(node, mfn, 6), 0);
	assert_int_equal(xmem_heap_all_used(node, 1024, 10), -XMEM_EBUSY);
	assert_int_equal(xmem_heap_all_used(node, 1024, 11), -XMEM_EINVAL);
	assert_int_equal(xmem_heap_all_used(node, 5000, 0), -XMEM_ENOENT);
}

static void used_blocks_are_given_either_way(void **state)
{
	(void)state;
	assert_int_equal(xmem_heap_describe(node, mfn, 3, true), 0);
	assert_int_equal(xmem_heap_give_used(node, mfn, 4), -XMEM_EEXIST);
	assert_int_equal(xmem_heap_give_used(node, mfn, 3), 0);
	assert_int_equal(xmem_heap_give_used(node, mfn + 8, 3), 0);
	assert_int_equal(xmem_heap_give_used(node, mfn, 4), -XMEM_EBUSY);
}

/* A frame is part of a superpage if the first frame of that says so, and has a
 * descriptor. */
static void superpages_are_found(void **state)
{
	unsigned long size = 1UL << HEAP_SUPER_ORDER;
	struct page_info *pg = mfn_to_page(_mfn(4 * size));

	(void)state;
	assert_null(xmem_heap_super_of(5 * size - 1));
	xmem_page_set_live(pg, XMEM_LIVE_SUPER);
	assert_ptr_equal(xmem_heap_super_of(5 * size - 1), pg);
	assert_ptr_equal(xmem_heap_super_of(4 * size), pg);
	assert_null(xmem_heap_super_of(5 * size));
	assert_null(xmem_heap_super_of(4 * size - 1));
	xmem_page_set_live(pg, XMEM_LIVE_FRAME);
	assert_null(xmem_heap_super_of(4 * size));
	xmem_page_set_live(pg, XMEM_LIVE_NONE);
	fake_hole = 4 * size;
	fake_hole_end = 4 * size + 1;
	assert_null(xmem_heap_super_of(5 * size - 1));
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
static const struct CMUnitTest tests[] = {
	T(blocks_change_there_and_back),
	T(errors_change_nothing),
	T(used_blocks_are_given_either_way),
	T(superpages_are_found),
};

TEST_MAIN(tests)
