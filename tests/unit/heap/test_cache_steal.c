/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_cache_steal.c - what lies in other CPUs' caches, before a call fails
 *
 * One thread is all CPUs: it changes its number.
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "caches.h"

#include <pthread.h>

#define SMFN 4096UL
#define NR   2048UL

static int set_up(void **state)
{
	fake_setup(state);
	fake.track = false;
	return 0;
}

static void be_cpu(unsigned int cpu)
{
	xmem_host_this_cpu = cpu;
}

/* CPUs 0 and 1 have caches; the heap has nothing, and CPU 0's cache @nr frames,
 * of which the first is @mfn. Return: frames that are in use. */
static unsigned long fill_cache(unsigned long mfn, unsigned long nr)
{
	unsigned long used = 0;

	caches_up(0, 0, XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE);
	caches_up(1, 0, XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE);
	fake_add(SMFN, SMFN + NR, false);
	while (caches_take(false, 0) != NULL) {
		used++;
	}
	caches_of(0)->kind[0].pending.most = CACHE_PENDING_FRAMES;
	caches_of(0)->kind[CACHE_NR_KINDS - 1].pending.most =
		CACHE_PENDING_FRAMES;
	for (unsigned long i = 0; i < nr; i++) {
		assert_true(caches_push(mfn_to_page(_mfn(mfn + i)), false, 0,
					true));
	}
	assert_int_equal(caches_held(), nr);
	assert_int_equal(avail_domheap_pages(), nr);
	xmem_host_nr_broadcasts = 0;
	return used - nr;
}

static void check(void)
{
	ASSERT_VALID(xmem_heap_check());
	assert_int_equal(fake.hook_errors, 0);
	assert_int_equal(caches_of(0)->head.busy | caches_of(0)->head.revoked,
			 0);
}

/* ---- one block ---- */

static void the_last_frame_is_had_by_any_cpu(void **state)
{
	(void)state;
	for (unsigned int cpu = 1; cpu < 4; cpu++) {
		struct page_info *pg;

		set_up(NULL);
		(void)fill_cache(SMFN + 77, 1);
		be_cpu(cpu); /* Of 2 and 3 nobody knows. */
		pg = caches_take(false, 0);
		assert_non_null(pg);
		assert_int_equal(mfn_of(pg), SMFN + 77);
		assert_int_equal(xmem_host_nr_broadcasts, 1);
		assert_null(caches_take(false, 0));
		/* Nothing lies in caches: nobody is disturbed. */
		assert_int_equal(xmem_host_nr_broadcasts, 1);
		check();
	}
}

static void cached_frames_become_a_block(void **state)
{
	struct page_info *pg;

	(void)state;
	(void)fill_cache(SMFN + 64, 8);
	be_cpu(1);
	pg = caches_take(false, 3);
	assert_non_null(pg);
	assert_int_equal(mfn_of(pg), SMFN + 64);
	assert_int_equal(xmem_host_nr_broadcasts, 1);
	assert_int_equal(total_free_pages(), 0);
	check();
}

/* They go to the heap, though they do not help. */
static void what_does_not_help_is_free_all_the_same(void **state)
{
	(void)state;
	(void)fill_cache(SMFN + 65, 8);
	be_cpu(1);
	assert_null(caches_take(false, 3));
	assert_int_equal(xmem_host_nr_broadcasts, 1);
	assert_int_equal(caches_held(), 0);
	assert_int_equal(total_free_pages(), 8);
	assert_null(caches_take(false, 3));
	assert_int_equal(xmem_host_nr_broadcasts, 1);
	check();
}

/* ---- who may not ---- */

static void with_interrupts_off_the_call_fails(void **state)
{
	(void)state;
	(void)fill_cache(SMFN, 1);
	be_cpu(1);
	xmem_host_interrupts_off = true;
	assert_null(caches_take(false, 0));
	assert_false(xmem_drain_caches());
	assert_int_equal(xmem_host_nr_broadcasts, 0);
	assert_int_equal(caches_held(), 1);
	xmem_host_interrupts_off = false;
	assert_non_null(caches_take(false, 0));
	check();
}

/* The handler of an interrupt that came while its CPU was in the cache. */
static void a_cpu_in_its_cache_goes_to_the_heap(void **state)
{
	xmem_preempt_t outer, inner;
	struct xmem_cache *c;

	(void)state;
	(void)fill_cache(SMFN, 2);
	c = xmem_cache_enter(&outer);
	assert_ptr_equal(c, caches_of(0));
	assert_null(xmem_cache_enter(&inner));
	assert_null(caches_take(false, 0));
	assert_false(xmem_drain_caches());
	assert_int_equal(xmem_host_nr_broadcasts, 0);
	assert_int_equal(caches_held(), 2);
	xmem_cache_leave(c, &outer);
	assert_non_null(caches_take(false, 0));
	assert_int_equal(xmem_host_nr_broadcasts, 0);
	check();
}

static void a_revoked_cache_is_not_entered(void **state)
{
	xmem_preempt_t preempt;

	(void)state;
	(void)fill_cache(SMFN, 1);
	caches_of(0)->head.revoked = 1;
	assert_null(xmem_cache_enter(&preempt));
	assert_int_equal(caches_of(0)->head.busy, 0);
	caches_of(0)->head.revoked = 0;
	assert_non_null(xmem_cache_enter(&preempt));
	assert_int_equal(caches_of(0)->head.busy, 1);
	xmem_cache_leave(caches_of(0), &preempt);
	check();
}

/* ---- which frames ---- */

static void only_frames_that_would_do_are_stolen(void **state)
{
	struct heap_request req = {.described = true};
	bool dirty;

	(void)state;
	fake.node_frames = 4 * NR;
	(void)fill_cache(SMFN + NR - 2, 1);
	be_cpu(1);
	/* Another node. */
	req.memflags = MEMF_node(1) | MEMF_exact_node;
	assert_int_equal(xmem_heap_take(&req, &dirty), XMEM_NO_MFN);
	req.memflags = MEMF_node(9) | MEMF_exact_node;
	assert_int_equal(xmem_heap_take(&req, &dirty), XMEM_NO_MFN);
	/* Lower addresses. */
	req.memflags = MEMF_bits(PAGE_SHIFT + 12);
	assert_int_equal(xmem_heap_take(&req, &dirty), XMEM_NO_MFN);
	assert_int_equal(xmem_host_nr_broadcasts, 0);
	req.memflags = MEMF_bits(PAGE_SHIFT + 13);
	assert_int_equal(xmem_heap_take(&req, &dirty), SMFN + NR - 2);
	assert_int_equal(xmem_host_nr_broadcasts, 1);
	check();
}

static void the_xenheap_steals_what_it_can_use(void **state)
{
	(void)state;
	xmem_host_layout = XMEM_LAYOUT_PARTIAL;
	xenheap_max_mfn(SMFN + NR / 2 - 1);
	(void)fill_cache(SMFN + NR / 2, 1);
	be_cpu(1);
	assert_null(caches_take(true, 0));
	assert_int_equal(xmem_host_nr_broadcasts, 0);
	assert_non_null(caches_take(false, 0));
	assert_int_equal(xmem_host_nr_broadcasts, 1);
	check();
	/* And the domheap takes what is below the limit. */
	be_cpu(0);
	assert_true(caches_push(mfn_to_page(_mfn(SMFN)), true, 0, true));
	assert_int_equal(total_free_pages(), 1);
	be_cpu(1);
	assert_non_null(caches_take(false, 0));
	check();
}

static void each_heap_steals_its_own(void **state)
{
	struct page_info *pg;

	(void)state;
	xmem_host_layout = XMEM_LAYOUT_SEPARATE;
	(void)fill_cache(SMFN, 1);
	fake_add(3 * SMFN, 3 * SMFN + NR, true);
	while (caches_take(true, 0) != NULL) {
	}
	be_cpu(1);
	assert_int_equal(caches_held(), 1);
	xmem_host_nr_broadcasts = 0;
	assert_null(caches_take(true, 0));
	assert_int_equal(xmem_host_nr_broadcasts, 0);
	assert_int_equal(avail_domheap_pages(), 1);
	pg = caches_take(false, 0);
	assert_int_equal(mfn_of(pg), SMFN);
	check();
}

/* ---- ranges, runs, many frames ---- */

static void a_range_is_stolen(void **state)
{
	(void)state;
	(void)fill_cache(SMFN + 100, 10);
	be_cpu(1);
	assert_int_equal(xmem_take_range(_mfn(SMFN + 90), 5, MEMF_no_scrub),
			 -XMEM_EBUSY);
	assert_int_equal(xmem_host_nr_broadcasts, 0);
	assert_int_equal(xmem_take_range(_mfn(SMFN + 102), 5, MEMF_no_scrub),
			 0);
	assert_int_equal(xmem_host_nr_broadcasts, 1);
	assert_int_equal(total_free_pages(), 5);
	check();
}

static void the_start_of_a_range_is_stolen(void **state)
{
	(void)state;
	(void)fill_cache(SMFN + 100, 10);
	be_cpu(1);
	assert_int_equal(
		xmem_take_range_partial(_mfn(SMFN + 99), 20, MEMF_no_scrub), 0);
	assert_int_equal(xmem_host_nr_broadcasts, 0);
	assert_int_equal(
		xmem_take_range_partial(_mfn(SMFN + 103), 20, MEMF_no_scrub),
		7);
	assert_int_equal(xmem_host_nr_broadcasts, 1);
	check();
}

static void a_run_is_stolen(void **state)
{
	(void)state;
	(void)fill_cache(SMFN + 101, 10);
	be_cpu(1);
	assert_int_equal(
		mfn_x(xmem_take_run(10, 1, _mfn(1), _mfn(~0UL), MEMF_no_scrub)),
		SMFN + 101);
	assert_int_equal(xmem_host_nr_broadcasts, 1);
	assert_true(
		mfn_eq(xmem_take_run(10, 1, _mfn(1), _mfn(~0UL), MEMF_no_scrub),
		       INVALID_MFN));
	assert_int_equal(xmem_host_nr_broadcasts, 1);
	check();
}

static void many_frames_are_stolen(void **state)
{
	struct xmem_run runs[64];
	unsigned long got;

	(void)state;
	(void)fill_cache(SMFN + 100, 10);
	be_cpu(1);
	assert_true(xmem_alloc_runs(runs, 64, 20, MEMF_no_scrub, &got) > 0);
	assert_int_equal(got, 10);
	assert_int_equal(xmem_host_nr_broadcasts, 1);
	assert_int_equal(total_free_pages(), 0);
	check();
}

/* ---- the thief and others ---- */

/* A CPU that comes up while a thief is at work may take frames. */
static void come_up(void)
{
	fake.on_alloc = NULL;
	be_cpu(2);
	assert_int_equal(xmem_cpu_up(2, 0), 0);
}

static void a_cpu_that_comes_up_has_an_empty_cache(void **state)
{
	(void)state;
	(void)fill_cache(SMFN, 20);
	fake.on_alloc = come_up;
	be_cpu(1);
	/* The page of its cache is stolen, too. */
	assert_non_null(caches_take(false, 0));
	assert_int_equal(total_free_pages(), 20 - 1 - caches_pages(2));
	assert_int_equal(caches_of(2)->head.revoked, 0);
	check();
}

static unsigned int thief_works;

static void *steal(void *arg)
{
	struct xmem_cache *newest = xmem_caches_take_all();

	(void)arg;
	__atomic_store_n(&thief_works, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&thief_works, __ATOMIC_ACQUIRE) == 1) {
		usleep(100);
	}
	usleep(2000);
	xmem_caches_give_back(newest);
	return NULL;
}

/* Who finds a thief waits for him, and then finds the frame. */
static void one_thief_waits_for_the_other(void **state)
{
	pthread_t thread;

	(void)state;
	(void)fill_cache(SMFN, 1);
	be_cpu(1);
	thief_works = 0;
	assert_int_equal(pthread_create(&thread, NULL, steal, NULL), 0);
	while (__atomic_load_n(&thief_works, __ATOMIC_ACQUIRE) == 0) {
		usleep(100);
	}
	__atomic_store_n(&thief_works, 2, __ATOMIC_RELEASE);
	assert_non_null(caches_take(false, 0));
	pthread_join(thread, NULL);
	assert_int_equal(xmem_host_nr_broadcasts, 2);
	check();
}

static void *linger(void *arg)
{
	xmem_preempt_t preempt;
	struct xmem_cache *c;

	(void)arg;
	be_cpu(0);
	c = xmem_cache_enter(&preempt);
	__atomic_store_n(&thief_works, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&thief_works, __ATOMIC_ACQUIRE) == 1) {
		usleep(100);
	}
	usleep(2000);
	/* It is the CPU's as long as that is in it. */
	__atomic_store_n(
		&thief_works,
		c == caches_of(0) && c->kind[0].pending.nr_frames == 1 ? 3 : 4,
		__ATOMIC_RELEASE);
	if (c) {
		xmem_cache_leave(c, &preempt);
	}
	return NULL;
}

static void a_thief_waits_for_cpus_in_their_caches(void **state)
{
	pthread_t thread;

	(void)state;
	(void)fill_cache(SMFN, 1);
	be_cpu(1);
	thief_works = 0;
	assert_int_equal(pthread_create(&thread, NULL, linger, NULL), 0);
	while (__atomic_load_n(&thief_works, __ATOMIC_ACQUIRE) == 0) {
		usleep(100);
	}
	__atomic_store_n(&thief_works, 2, __ATOMIC_RELEASE);
	assert_non_null(caches_take(false, 0));
	assert_int_equal(__atomic_load_n(&thief_works, __ATOMIC_ACQUIRE), 3);
	pthread_join(thread, NULL);
	check();
}

/* ---- drain ---- */

static void a_drain_empties_all_caches(void **state)
{
	bool dirty = false;

	(void)state;
	assert_true(xmem_drain_caches());
	fake_add(SMFN, SMFN + NR, false);
	assert_true(xmem_drain_caches());
	for (unsigned int cpu = 0; cpu < 4; cpu++) {
		assert_int_equal(xmem_cpu_up(cpu, 0), 0);
		be_cpu(cpu);
		for (unsigned int order = 0; order < HEAP_CACHED_ORDERS;
		     order++) {
			struct page_info *pg = caches_pop(false, order, &dirty);

			assert_true(caches_push(pg, false, order, dirty));
		}
	}
	assert_true(caches_held() > 4 * 64);
	assert_true(xmem_drain_caches());
	assert_int_equal(caches_held(), 0);
	assert_int_equal(total_free_pages(), NR - 4 * caches_pages(0));
	check();
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

static const struct CMUnitTest tests[] = {
	TEST(the_last_frame_is_had_by_any_cpu),
	TEST(cached_frames_become_a_block),
	TEST(what_does_not_help_is_free_all_the_same),
	TEST(with_interrupts_off_the_call_fails),
	TEST(a_cpu_in_its_cache_goes_to_the_heap),
	TEST(a_revoked_cache_is_not_entered),
	TEST(only_frames_that_would_do_are_stolen),
	TEST(the_xenheap_steals_what_it_can_use),
	TEST(each_heap_steals_its_own),
	TEST(a_range_is_stolen),
	TEST(the_start_of_a_range_is_stolen),
	TEST(a_run_is_stolen),
	TEST(many_frames_are_stolen),
	TEST(a_cpu_that_comes_up_has_an_empty_cache),
	TEST(one_thief_waits_for_the_other),
	TEST(a_thief_waits_for_cpus_in_their_caches),
	TEST(a_drain_empties_all_caches),
};

TEST_MAIN(tests)
