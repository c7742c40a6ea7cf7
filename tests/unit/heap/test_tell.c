/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_tell.c - the port hears of every frame that crosses the API, once
 *
 * The fake machine notes what it is told, and finds a frame that is told as
 * what it is already. Its port ends the test if a hook is called under a lock
 * or with preemption on.
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"

#include "heap/heap.h"
#include "lib/tell.h"

/* The hooks have heard of so many frames since the last call. */
static void heard(unsigned long taken, unsigned long given)
{
	assert_int_equal(fake.nr_taken, taken);
	assert_int_equal(fake.nr_given, given);
	fake.nr_taken = 0;
	fake.nr_given = 0;
	fake_check();
}

static int set_up(void **state)
{
	(void)fake_setup(state);
	fake_add(1024, 8192, false);
	heard(0, 7168);
	return 0;
}

/* Who hears where it is forbidden ends the test. */
static void the_machine_looks(void **state)
{
	static xmem_lock_t lock = XMEM_LOCK_INIT;
	xmem_preempt_t preempt;

	(void)state;
	xmem_port_lock(&lock);
	EXPECT_PANIC(xmem_tell(1024, 0, false), "frames told under a lock");
	EXPECT_PANIC(xmem_port_frames_taken(1024, 0),
		     "frames told with preemption on");
	EXPECT_PANIC(xmem_port_frames_given(1024, 0),
		     "frames told with preemption on");
	xmem_port_preempt_off(preempt);
	xmem_port_preempt_off(preempt);
	EXPECT_PANIC(xmem_port_preempt_on(preempt + 1),
		     "preemption on with another state");
	heard(0, 0);
}

/* Pages of domains and of the xenheap, of each order. */
static void blocks_are_told(void **state)
{
	struct domain d;

	(void)state;
	xmem_owner_init(&d.mem, ~0UL, 0);
	for (unsigned int order = 0; order < 11; order++) {
		unsigned long nr = 1UL << order;
		struct page_info *pg = alloc_domheap_pages(&d, order, 0);
		struct page_info *none = alloc_domheap_pages(NULL, order, 0);
		void *va = alloc_xenheap_pages(order, 0);

		heard(3 * nr, 0);
		free_domheap_pages(pg, order);
		heard(0, nr);
		free_domheap_pages(none, order);
		free_xenheap_pages(va, order);
		heard(0, 2 * nr);
	}
}

/* What is not allocated, and what is not freed, is not told. */
static void failures_are_not_told(void **state)
{
	struct domain d;
	struct page_info *pg;

	(void)state;
	xmem_owner_init(&d.mem, 1, 0);
	assert_null(alloc_domheap_pages(&d, 1, 0));
	assert_null(alloc_domheap_pages(NULL, 13, 0));
	assert_null(alloc_xenheap_pages(13, 0));
	heard(0, 0);
	pg = alloc_domheap_pages(NULL, 0, 0);
	heard(1, 0);
	free_domheap_page(pg);
	heard(0, 1);
	EXPECT_PANIC(free_domheap_page(pg), "free already");
	EXPECT_PANIC(free_xenheap_page(page_to_virt(pg)), "free already");
	heard(0, 0);
}

/* Frames for metadata and tables, also what of a block is too much. */
static void metadata_is_told(void **state)
{
	void *va;

	(void)state;
	va = xmem_meta_take(3);
	heard(4, 1);
	xmem_meta_give(va, 3);
	heard(0, 3);
	va = xmem_alloc_pages_exact(5, 0, 0);
	heard(8, 3);
	xmem_free_pages_exact(va, 5);
	heard(0, 5);
}

/* Runs and ranges of any length. */
static void runs_are_told(void **state)
{
	struct xmem_run runs[8];
	unsigned long got;
	unsigned int nr;

	(void)state;
	nr = xmem_alloc_runs(runs, 8, 1000, 0, &got);
	assert_int_equal(got, 1000);
	heard(1000, 0);
	xmem_free_runs(runs, nr);
	heard(0, 1000);
	EXPECT_PANIC(xmem_free_runs(runs, nr), "free already");
	heard(0, 0);
	assert_int_equal(xmem_take_range(_mfn(1100), 333, 0), 0);
	heard(333, 0);
	assert_int_equal(xmem_take_range(_mfn(1099), 333, 0), -XMEM_EBUSY);
	assert_int_equal(xmem_take_range_partial(_mfn(1024), 333, 0), 76);
	heard(76, 0);
	assert_true(mfn_eq(xmem_take_run(6759, 0, _mfn(0), INVALID_MFN, 0),
			   _mfn(1433)));
	heard(6759, 0);
	runs[0] = (struct xmem_run){1024, 7168};
	xmem_free_runs(runs, 1);
	heard(0, 7168);
}

/* The lowest door: what is refused is not told. */
static void lowest_door_is_told(void **state)
{
	struct xmem_block_request req = {
		.lo = 0, .hi = ~0UL, .order = 3, .node = XMEM_ANY_NODE};
	unsigned long mfn;
	bool dirty;

	(void)state;
	mfn = xmem_block_take(&req, &dirty);
	heard(8, 0);
	assert_int_equal(xmem_block_take_at(mfn, 2, &dirty), -XMEM_EBUSY);
	assert_int_equal(xmem_block_give(mfn - 8, 3, false), -XMEM_EBUSY);
	assert_int_equal(xmem_block_give(8192, 3, false), -XMEM_ENOENT);
	assert_int_equal(xmem_block_give_range(mfn, 9, false), -XMEM_EBUSY);
	heard(0, 0);
	assert_int_equal(xmem_block_give(mfn, 2, false), 0);
	assert_int_equal(xmem_block_give_range(mfn + 4, 4, true), 0);
	heard(0, 8);
	assert_int_equal(xmem_block_take_at(mfn, 3, &dirty), 0);
	heard(8, 0);
	fake_span(8192, 9000, false);
	assert_int_equal(xmem_block_take_at(8184, 3, &dirty), 0);
	heard(8, 0);
	assert_int_equal(xmem_block_give_range(8184, 16, false), -XMEM_EINVAL);
	heard(0, 0);
}

/* Memory that enters late, over spans and without one; what is there already is
 * not told, and the metadata of a new span is. */
static void late_memory_is_told(void **state)
{
	(void)state;
	EXPECT_PANIC(init_domheap_pages(PA(1024), PA(2048)),
		     "some are free already");
	heard(0, 0);
	init_domheap_pages(PA(16384), PA(32768));
	assert_int_equal(fake.nr_given - fake.nr_taken,
			 total_free_pages() - 7168);
	assert_true(fake.nr_given >= 16384);
	fake_check();
}

#define T(test) cmocka_unit_test_setup(test, set_up)

static const struct CMUnitTest tests[] = {
	T(the_machine_looks),	T(blocks_are_told), T(failures_are_not_told),
	T(metadata_is_told),	T(runs_are_told),   T(lowest_door_is_told),
	T(late_memory_is_told),
};

TEST_MAIN(tests)
