/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_range.c - fixed ranges over spans and nodes, all or nothing
 *
 * (Random ranges against an oracle: tests/model/run_model.c.)
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"

#include "heap/heap_priv.h"
#include "lib/tell.h"

static bool dirty;

static int take(unsigned long mfn, unsigned long nr)
{
	struct xmem_run range = {mfn, nr};

	int rc = xmem_heap_take_range(&range, &dirty, NULL);

	if (rc == 0) {
		xmem_tell_range(mfn, nr, false);
	}
	return rc;
}

static unsigned long take_start(unsigned long mfn, unsigned long nr)
{
	struct xmem_run range = {mfn, nr};

	unsigned long got = xmem_heap_take_start(&range, &dirty);

	xmem_tell_range(mfn, got, false);
	return got;
}

/* The free block of @order at @mfn becomes clean. */
static void make_clean(unsigned long mfn, unsigned int order)
{
	struct heap_arena *a = xmem_arena_of(heap_node_of(mfn), mfn);

	assert_int_equal(xmem_buddy_mark(&a->buddy, mfn, order, false), 0);
}

static bool is_clean(unsigned long mfn)
{
	return xmem_heap_frame_state(mfn) == XMEM_FRAME_CLEAN;
}

static void give(unsigned long mfn, unsigned long nr)
{
	struct xmem_run run = {mfn, nr};

	xmem_free_runs(&run, 1);
}

/* A range inside a span is taken in one lock hold, and told to the port in
 * aligned blocks. */
static void range_in_a_span_is_taken(void **state)
{
	(void)state;
	fake_add(1000, 9000, false);
	fake.nr_relaxed = 0;
	assert_int_equal(take(1001, 6000), 0);
	assert_true(dirty);
	assert_int_equal(fake.nr_relaxed, 0);
	assert_int_equal(fake.nr_taken, 6000);
	assert_int_equal(total_free_pages(), 2000);
	assert_int_equal(avail_domheap_pages_region(0, 0, PAGE_SHIFT + 12), 1);
	fake_check();
	assert_int_equal(take(1000, 1), 0);
	assert_int_equal(take(1000, 1), -XMEM_EBUSY);
	give(1001, 5);
	give(1006, 5995);
	give(1000, 1);
	assert_int_equal(total_free_pages(), 8000);
	fake_check();
}

/* A range larger than the largest block, over spans that touch and over
 * nodes. */
static void range_over_spans_and_nodes_is_taken(void **state)
{
	unsigned long node = 5UL << 16;

	(void)state;
	fake.node_frames = node;
	fake_add(1, 100000, false);
	fake_add(100000, node, false);
	fake_add(node, 2 * node, false);
	assert_int_equal(take(1, 2 * node - 1), 0);
	assert_int_equal(total_free_pages(), 0);
	fake_check();
	give(1, 2 * node - 1);
	assert_int_equal(total_free_pages(), 2 * node - 1);
	fake_check();
}

/* One frame in use, or in no span: nothing happens, wherever it is, and the
 * port hears of nothing. */
static void refusals_change_nothing(void **state)
{
	static const unsigned long used[] = {10, 1499, 1500, 2999, 3000, 3099};

	(void)state;
	fake.node_frames = 3000;
	fake_add(10, 1500, false);
	fake_add(1500, 3000, false);
	fake_add(3000, 3100, false);
	make_clean(2048, 4);
	for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++) {
		unsigned long told;

		assert_int_equal(take(used[i], 1), 0);
		told = fake.nr_taken + fake.nr_given;
		assert_int_equal(take(10, 3090), -XMEM_EBUSY);
		assert_int_equal(fake.nr_taken + fake.nr_given, told);
		assert_int_equal(total_free_pages(), 3089);
		give(used[i], 1);
	}
	assert_int_equal(take(10, 3091), -XMEM_ENOENT);
	assert_int_equal(take(9, 5), -XMEM_ENOENT);
	assert_int_equal(take(3100, 1), -XMEM_ENOENT);
	assert_int_equal(take(10, ~0UL - 10), -XMEM_ENOENT);
	assert_int_equal(total_free_pages(), 3090);
	assert_true(is_clean(2048) && is_clean(2063) && !is_clean(2064));
	fake_check();
}

/* ---- another CPU is faster ---- */

static unsigned long wanted;	   /* that the other CPU takes */
static unsigned int pauses_before; /* so many of the range's pauses later */

static void be_faster(void)
{
	struct xmem_run one = {wanted, 1};
	bool ignored;

	if (pauses_before-- > 0) {
		fake.on_relax = be_faster;
		return;
	}
	assert_int_equal(xmem_heap_take_range(&one, &ignored, NULL), 0);
	xmem_tell(wanted, 0, false);
}

/* A frame of the last piece is lost after all have been looked at: those that
 * have been taken come back, each frame as it was. */
static void a_lost_race_puts_back_what_was(void **state)
{
	(void)state;
	fake.node_frames = 3000;
	fake_add(10, 1500, false);
	fake_add(1500, 3000, false);
	fake_add(3000, 3100, false);
	make_clean(12, 1);
	make_clean(1024, 7);
	make_clean(1031, 0);
	make_clean(1498, 1);
	make_clean(2048, 9);
	make_clean(2998, 1);
	wanted = 3099;
	pauses_before = 4; /* three looks, two pieces */
	fake.on_relax = be_faster;
	assert_int_equal(take(10, 3090), -XMEM_EBUSY);
	assert_int_equal(fake.nr_given, 3090);
	assert_int_equal(fake.nr_taken, 1); /* by the other one */
	assert_int_equal(total_free_pages(), 3089);
	fake_check();
	for (unsigned long i = 10; i < 3099; i++) {
		bool clean = (i >= 12 && i < 14) || (i >= 1024 && i < 1152) ||
			     (i >= 1498 && i < 1500) ||
			     (i >= 2048 && i < 2560) || (i >= 2998 && i < 3000);

		assert_int_equal(is_clean(i), clean);
	}
}

/* Of many spans whose ends fill no word, with dirty frames there (1, 3 ...):
 * six are remembered, all that is before the seventh is as it was. What is not
 * remembered comes back dirty, never clean. */
static void what_is_not_remembered_is_dirty(void **state)
{
	(void)state;
	for (unsigned long i = 0; i < 40; i++) {
		fake_add(1024 + i, 1025 + i, false);
		if (i % 2 == 0) {
			make_clean(1024 + i, 0);
		}
	}
	wanted = 1063;
	pauses_before = 60;
	fake.on_relax = be_faster;
	assert_int_equal(take(1024, 40), -XMEM_EBUSY);
	for (unsigned long i = 0; i < 39; i++) {
		assert_int_equal(is_clean(1024 + i), i % 2 == 0 && i < 13);
	}
	assert_int_equal(total_free_pages(), 39);
	fake_check();
}

/* Of any number of spans at multiples of 64 all comes back as it was. */
static void whole_words_are_always_remembered(void **state)
{
	(void)state;
	for (unsigned long i = 0; i < 40; i++) {
		fake_add(1024 + 64 * i, 1088 + 64 * i, false);
		make_clean(1024 + 64 * i + 8 * (i % 8), i % 4);
	}
	wanted = 1024 + 40 * 64 - 1;
	pauses_before = 60;
	fake.on_relax = be_faster;
	assert_int_equal(take(1024 + 9, 40 * 64 - 9), -XMEM_EBUSY);
	assert_int_equal(fake.nr_given, 40 * 64);
	for (unsigned long i = 0; i < 40 * 64 - 1; i++) {
		unsigned long from = 8 * (i / 64 % 8);
		unsigned long nr = 1UL << i / 64 % 4;

		assert_int_equal(is_clean(1024 + i),
				 i % 64 >= from && i % 64 < from + nr);
	}
	fake_check();
}

/* Somebody frees a frame of the range while it is being put back: that is a
 * double free. */
static void stale_free(void)
{
	if (pauses_before-- > 0) {
		fake.on_relax = stale_free;
		return;
	}
	wanted = 3000;
	pauses_before = 0;
	give(100, 1);
	be_faster();
}

static void a_stale_free_meanwhile_is_found(void **state)
{
	(void)state;
	fake.node_frames = 3000;
	fake_add(10, 3000, false);
	fake_add(3000, 3100, false);
	pauses_before = 2;
	fake.on_relax = stale_free;
	EXPECT_PANIC(take(10, 3090), "double free of frame a");
}

/* ---- as far as it goes ---- */

static void the_start_of_a_range_is_taken(void **state)
{
	(void)state;
	fake.node_frames = 3000;
	fake_add(10, 3000, false);
	fake_add(3000, 3100, false);
	assert_int_equal(take_start(9, 100), 0);
	assert_int_equal(take_start(10, 5), 5);
	assert_int_equal(take_start(10, 100), 0);
	assert_int_equal(take(3050, 1), 0);
	assert_int_equal(take_start(15, ~0UL - 15), 3035);
	assert_true(dirty);
	assert_int_equal(take_start(3051, ~0UL - 3051), 49);
	assert_int_equal(total_free_pages(), 0);
	fake_check();
}

/* Separate layout: frames of the xenheap, inside a span of the domheap, are
 * taken too, and go back to it. */
static void frames_of_a_separate_xenheap_are_taken(void **state)
{
	(void)state;
	xmem_host_layout = XMEM_LAYOUT_SEPARATE;
	fake_span(1000, 2000, false);
	fake_add(1200, 1300, true);
	init_domheap_pages(PA(1000), PA(1200));
	init_domheap_pages(PA(1300), PA(2000));
	assert_int_equal(take(1100, 300), 0);
	assert_int_equal(avail_xenheap_pages(), 0);
	assert_int_equal(avail_domheap_pages(), 700);
	fake_check();
	give(1100, 300);
	assert_int_equal(avail_xenheap_pages(), 100);
	assert_int_equal(take_start(1000, 1000), 1000);
	give(1000, 1000);
	assert_int_equal(avail_domheap_pages(), 900);
	fake_check();
}

#define T(name) cmocka_unit_test_setup(name, fake_setup)
static const struct CMUnitTest tests[] = {
	T(range_in_a_span_is_taken),
	T(range_over_spans_and_nodes_is_taken),
	T(refusals_change_nothing),
	T(a_lost_race_puts_back_what_was),
	T(what_is_not_remembered_is_dirty),
	T(whole_words_are_always_remembered),
	T(a_stale_free_meanwhile_is_found),
	T(the_start_of_a_range_is_taken),
	T(frames_of_a_separate_xenheap_are_taken),
};

TEST_MAIN(tests)
