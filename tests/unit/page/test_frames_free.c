/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_frames_free.c - many single frames are freed: merged and counted
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "frames_tests.h"

static void as_obtained(unsigned long nr)
{
	(void)nr;
}

/* In any order: then all is one block again, and no descriptor has a mark. */
static void any_order_merges(void **state)
{
	void (*const order[])(unsigned long) = {as_obtained, reverse, shuffle};

	(void)state;
	fake_add(NR, 2 * NR, false);
	for (unsigned int i = 0; i < 6; i++) {
		struct domain *owner = i % 2 == 0 ? &d : NULL;
		struct xmem_heap_stats stats;

		assert_int_equal(
			xmem_alloc_frames(owner, NR, MEMF_no_scrub, mfns), NR);
		assert_int_equal(total_free_pages(), 0);
		order[i / 2](NR);
		assert_int_equal(xmem_free_frames(owner, mfns, NR), NR);
		xmem_heap_get_stats(0, &stats);
		assert_int_equal(stats.free_blocks[12], 1);
		assert_int_equal(stats.dirty_pages, NR);
		assert_int_equal(d.mem.tot_pages, 0);
		for (unsigned long k = 0; k < NR; k++) {
			assert_int_equal(mfn_to_page(_mfn(NR + k))->count_info,
					 0);
		}
		fake_check();
	}
	assert_int_equal(fake.nr_given, 7 * NR);
}

/* The same by descriptors, in runs and alone. */
static void descriptors_merge(void **state)
{
	(void)state;
	fake_add(NR, 2 * NR, false);
	assert_int_equal(xmem_alloc_frame_pages(&d, NR, MEMF_no_scrub, pages),
			 NR);
	for (unsigned long i = 0; i < NR; i += 3) {
		struct page_info *pg = pages[i];

		pages[i] = pages[NR / 2];
		pages[NR / 2] = pg;
	}
	assert_int_equal(xmem_free_frame_pages(&d, pages, NR), NR);
	assert_int_equal(total_free_pages(), NR);
	assert_int_equal(d.mem.tot_pages, 0);
	fake_check();
}

/* A call does a bounded part, and says how far it came. */
static void free_goes_on_where_it_ended(void **state)
{
	static unsigned long many[6000];
	unsigned long done = 0;

	(void)state;
	fake_add(1024, 1024 + 6000, false);
	for (unsigned long i = 0; i < 6000; i++) {
		many[i] = 1024 + i;
	}
	drain(0);
	done = xmem_free_frames(NULL, many, 6000);
	assert_int_equal(done, XMEM_FRAMES_A_CALL);
	assert_int_equal(total_free_pages(), done);
	done += xmem_free_frames(NULL, many + done, 6000 - done);
	assert_int_equal(done, 6000);
	assert_int_equal(xmem_free_frames(NULL, NULL, 0), 0);
	assert_int_equal(total_free_pages(), 6000);
	fake_check();
}

/* Parts of larger blocks, frames that never were allocated, and those of other
 * functions, go the same way. */
static void frames_of_all_kinds(void **state)
{
	struct page_info *block;

	(void)state;
	fake_add(1024, 2048, false);
	fake_span(2048, 2148, false);
	block = alloc_domheap_pages(NULL, 6, 0);
	for (unsigned long i = 0; i < 64; i++) {
		mfns[i] = mfn_of(block) + i;
	}
	for (unsigned long i = 64; i < 164; i++) {
		mfns[i] = 2048 + i - 64;
	}
	mfns[164] = mfn_of(alloc_domheap_page(NULL, 0));
	assert_int_equal(xmem_take_range(_mfn(1024), 2, 0), 0);
	mfns[165] = 1024;
	mfns[166] = 1025;
	shuffle(167);
	assert_int_equal(xmem_free_frames(NULL, mfns, 167), 167);
	assert_int_equal(total_free_pages(), 1124);
	block = alloc_domheap_pages(&d, 5, 0);
	mfns[0] = mfn_of(alloc_domheap_page(&d, 0));
	mfns[1] = mfn_of(block) + 7;
	assert_int_equal(xmem_free_frames(&d, mfns, 2), 2);
	assert_int_equal(d.mem.tot_pages, 31);
	free_domheap_pages(block, 2);
	assert_int_equal(d.mem.tot_pages, 27);
	fake_check();
}

/* Counted frames and others of one owner in one list. */
static void only_counted_frames_leave_the_quota(void **state)
{
	(void)state;
	fake_add(1024, 2048, false);
	assert_int_equal(xmem_alloc_frames(&d, 100, 0, mfns), 100);
	assert_int_equal(
		xmem_alloc_frames(&d, 50, MEMF_no_refcount, mfns + 100), 50);
	shuffle(150);
	assert_int_equal(d.mem.tot_pages, 100);
	assert_int_equal(xmem_free_frames(&d, mfns, 150), 150);
	assert_int_equal(d.mem.tot_pages, 0);
	fake_check();
}

/* A list over nodes in turn, with a border inside a word. */
static void nodes_alternate(void **state)
{
	(void)state;
	fake.node_frames = 1050;
	fake_add(1000, 1050, false);
	fake_add(1050, 1100, false);
	drain(0);
	for (unsigned long i = 0; i < 50; i++) {
		mfns[2 * i] = 1000 + i;
		mfns[2 * i + 1] = 1050 + i;
	}
	assert_int_equal(xmem_free_frames(NULL, mfns, 100), 100);
	assert_int_equal(avail_node_heap_pages(0), 50);
	assert_int_equal(avail_node_heap_pages(1), 50);
	fake_check();
	/* In a row over the border. */
	drain(0);
	for (unsigned long i = 0; i < 100; i++) {
		mfns[i] = 1000 + i;
	}
	assert_int_equal(xmem_free_frames(NULL, mfns, 100), 100);
	assert_int_equal(total_free_pages(), 100);
	fake_check();
}

/* Frames of a xenheap of its own that were taken by name go back there. */
static void frames_of_two_heaps_in_a_word(void **state)
{
	(void)state;
	xmem_host_layout = XMEM_LAYOUT_SEPARATE;
	fake_span(1024, 2048, false);
	fake_add(1100, 1110, true);
	init_domheap_pages(PA(1024), PA(1100));
	init_domheap_pages(PA(1110), PA(2048));
	assert_int_equal(xmem_take_range(_mfn(1090), 30, 0), 0);
	for (unsigned long i = 0; i < 30; i++) {
		mfns[i] = 1090 + i;
	}
	assert_int_equal(avail_xenheap_pages(), 0);
	assert_int_equal(xmem_free_frames(NULL, mfns, 30), 30);
	assert_int_equal(avail_xenheap_pages(), 10);
	assert_int_equal(total_free_pages(), 1024);
	fake_check();
}

/* The batches before that of the bad entry are free, the others are not. */
static void earlier_batches_are_done(void **state)
{
	unsigned long nr_free;

	(void)state;
	fake_add(NR, 2 * NR, false);
	assert_int_equal(xmem_alloc_frames(&d, NR, MEMF_no_scrub, mfns), NR);
	mfn_to_page(_mfn(mfns[3000]))->count_info++;
	EXPECT_PANIC((void)!xmem_free_frames(&d, mfns, NR),
		     "entry 3000: frame");
	nr_free = total_free_pages();
	assert_in_range(nr_free, 3000 - 16 * 64, 3000);
	assert_int_equal(d.mem.tot_pages, NR - nr_free);
	mfn_to_page(_mfn(mfns[3000]))->count_info--;
	assert_int_equal(xmem_free_frames(&d, mfns + nr_free, NR - nr_free),
			 NR - nr_free);
	assert_int_equal(d.mem.tot_pages, 0);
	fake_check();
}

/* Locks are held for a bounded time: some words a hold. */
static void lock_holds_are_bounded(void **state)
{
	(void)state;
	fake_add(NR, 2 * NR, false);
	assert_int_equal(xmem_alloc_frames(NULL, NR, MEMF_no_scrub, mfns), NR);
	fake.nr_relaxed = 0;
	assert_int_equal(xmem_free_frames(NULL, mfns, NR), NR);
	/* 64 words, 8 in a batch. */
	assert_int_equal(fake.nr_relaxed, 8);
	assert_int_equal(xmem_alloc_frames(NULL, NR, MEMF_no_scrub, mfns), NR);
	shuffle(NR);
	fake.nr_relaxed = 0;
	assert_int_equal(xmem_free_frames(NULL, mfns, NR), NR);
	assert_true(fake.nr_relaxed > NR / 30);
}

#define T(name) cmocka_unit_test_setup(name, setup)
static const struct CMUnitTest tests[] = {
	T(any_order_merges),
	T(descriptors_merge),
	T(free_goes_on_where_it_ended),
	T(frames_of_all_kinds),
	T(only_counted_frames_leave_the_quota),
	T(nodes_alternate),
	T(frames_of_two_heaps_in_a_word),
	T(earlier_batches_are_done),
	T(lock_holds_are_bounded),
};

TEST_MAIN(tests)
