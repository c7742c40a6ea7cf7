/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_cache_count.c - how much lies in the caches of CPUs
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 * flags: -DNR_CPUS=200 -O0
 */
#include "caches.h"

#define SMFN 4096UL
#define NR   4096UL

static int set_up(void **state)
{
	fake_setup(state);
	fake.track = false;
	fake_add(SMFN, SMFN + NR, false);
	return 0;
}

static unsigned long count(unsigned long lo, unsigned long hi)
{
	return xmem_cache_count(0, HEAP_DOM, lo, hi);
}

/* Through the stack, the stacks of blocks, and what waits. */
static void every_place_is_counted(void **state)
{
	unsigned long mfn;
	struct page_info *pg;
	bool dirty;

	(void)state;
	caches_up(0, 0, false);
	xmem_host_this_cpu = 0;
	assert_int_equal(count(0, ~0UL), 0);
	pg = caches_pop(false, 2, &dirty);
	assert_true(caches_push(pg, false, 2, true));
	assert_int_equal(count(0, ~0UL) % 4, 0);
	mfn = mfn_of(caches_pop(false, 0, &dirty));
	assert_int_equal(count(mfn, mfn + XMEM_WORD_BITS), XMEM_WORD_BITS - 1);
	/* Below the frontier: it waits. */
	xmem_caches->kind[0].frames.frontier =
		(uintptr_t)mfn_to_page(_mfn(mfn + XMEM_WORD_BITS));
	assert_true(caches_push(mfn_to_page(_mfn(mfn)), false, 0, true));
	assert_int_equal(xmem_caches->kind[0].pending.nr_frames, 1);
	assert_int_equal(count(mfn, mfn + 1), 1);
	assert_int_equal(xmem_cache_count_kind(&xmem_caches->kind[0]),
			 count(0, ~0UL));
	assert_int_equal(count(1, ~0UL - 1), count(0, ~0UL));
}

/* A block is counted as far as it lies in the range. */
static void parts_of_blocks_are_counted(void **state)
{
	struct page_info *pg;
	unsigned long mfn;
	bool dirty;

	(void)state;
	caches_up(0, 0, false);
	xmem_host_this_cpu = 0;
	pg = caches_pop(false, 3, &dirty);
	mfn = mfn_of(pg);
	assert_int_equal(count(mfn, mfn + 8), 0);
	assert_true(caches_push(pg, false, 3, true));
	assert_int_equal(count(mfn, mfn + 8), 8);
	assert_int_equal(count(mfn + 3, mfn + 5), 2);
	assert_int_equal(count(mfn + 7, mfn + 8), 1);
	assert_int_equal(count(mfn + 8, mfn + 8), 0);
	assert_int_equal(xmem_cache_count(1, HEAP_DOM, 0, ~0UL), 0);
	assert_int_equal(xmem_cache_count(0, HEAP_XEN, 0, ~0UL), 0);
}

static void a_frame_in_use_is_in_no_cache(void **state)
{
	struct page_info *pg;
	bool dirty;

	(void)state;
	caches_up(0, 0, false);
	xmem_host_this_cpu = 0;
	pg = caches_pop(false, 0, &dirty);
	assert_false(xmem_cache_has(mfn_of(pg)));
	assert_true(xmem_cache_has(mfn_of(pg) + 1));
	assert_true(caches_push(pg, false, 0, true));
	assert_true(xmem_cache_has(mfn_of(pg)));
}

/* The more caches, the sooner frames are few. */
static void few_frames_are_two_caches_full_for_each_cpu(void **state)
{
	(void)state;
	assert_int_equal(xmem_cache_few_frames(0), 0);
	assert_int_equal(xmem_cpu_up(0, 0), 0);
	assert_int_equal(xmem_cpu_up(1, 0), 0);
	assert_int_equal(xmem_cpu_up(2, 3), 0);
	assert_int_equal(xmem_cache_few_frames(0), 4 * CACHE_FRAMES);
	assert_int_equal(xmem_cache_few_frames(1), 0);
	assert_int_equal(xmem_cache_few_frames(3), 2 * CACHE_FRAMES);
	assert_int_equal(xmem_cpu_down(1), 0);
	assert_int_equal(xmem_cache_few_frames(0), 2 * CACHE_FRAMES);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

static const struct CMUnitTest tests[] = {
	TEST(every_place_is_counted),
	TEST(parts_of_blocks_are_counted),
	TEST(a_frame_in_use_is_in_no_cache),
	TEST(few_frames_are_two_caches_full_for_each_cpu),
};

TEST_MAIN(tests)
