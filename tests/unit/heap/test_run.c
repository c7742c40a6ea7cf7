/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_run.c - any number of consecutive frames, wherever they are
 *
 * (That a run is found if there is one: tests/model/run_model.c.)
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"

#include "heap/heap_priv.h"
#include "lib/tell.h"

static bool dirty;

static unsigned long take_as(const struct heap_run_request *req)
{
	unsigned long mfn = xmem_heap_take_run(req, &dirty);

	if (mfn != XMEM_NO_MFN) {
		xmem_tell_range(mfn, req->nr, false);
	}
	return mfn;
}

static unsigned long take_in(unsigned long nr, unsigned int order,
			     unsigned long lo, unsigned long hi)
{
	struct heap_run_request req = {nr, order, lo, hi, 0};

	return take_as(&req);
}

static unsigned long take(unsigned long nr)
{
	return take_in(nr, 0, 0, ~0UL);
}

static void give(unsigned long mfn, unsigned long nr)
{
	struct xmem_run run = {mfn, nr};

	xmem_free_runs(&run, 1);
}

static void use(unsigned long mfn, unsigned long nr)
{
	struct xmem_run run = {mfn, nr};
	bool ignored;

	assert_int_equal(xmem_heap_take_range(&run, &ignored, NULL), 0);
	xmem_tell_range(mfn, nr, false);
}

/* 66,000 frames in a row are free, across blocks of all orders, and nothing
 * else: a request for them gets them, one for 66,001 does not. */
static void exactly_66000_frames_are_found(void **state)
{
	unsigned long at = 40001;

	(void)state;
	fake_span(1, FAKE_FRAMES, false);
	give(at, 66000);
	for (unsigned long i = 1; i < 40000; i += 2) {
		give(i, 1);
		give(FAKE_FRAMES - i, 1);
	}
	assert_int_equal(take(66001), XMEM_NO_MFN);
	assert_int_equal(take(66000), at);
	assert_int_equal(total_free_pages(), 40000);
	fake_check();
	give(at, 1);
	give(at + 1, 65999);
	assert_int_equal(take(66000), at);
}

/* Nothing of the free memory is a block that holds it, but it is there. */
static void more_than_the_largest_block_is_found(void **state)
{
	unsigned long nr = (2UL << MAX_ORDER) + 66000;

	(void)state;
	fake_add(1, FAKE_FRAMES, false);
	use(1, 12345);
	use(FAKE_FRAMES - 54321, 54321);
	nr = FAKE_FRAMES - 1 - 12345 - 54321;
	assert_int_equal(take(nr + 1), XMEM_NO_MFN);
	assert_int_equal(take(nr), 12346);
	assert_int_equal(total_free_pages(), 0);
	fake_check();
}

/* A run goes on in the next span, and the next, if these touch; not across
 * the border of a node. */
static void runs_cross_spans_but_not_nodes(void **state)
{
	(void)state;
	fake.node_frames = 2000;
	fake_add(100, 1000, false);
	fake_add(1000, 1001, false);
	fake_add(1001, 1900, false);
	fake_add(1901, 2000, false);
	fake_add(2000, 2500, false);
	assert_int_equal(take(1801), XMEM_NO_MFN);
	assert_int_equal(take(1800), 100);
	assert_int_equal(take(501), XMEM_NO_MFN);
	assert_int_equal(take(500), 2000);
	assert_int_equal(take(100), XMEM_NO_MFN);
	assert_int_equal(take(99), 1901);
	assert_int_equal(total_free_pages(), 0);
	fake_check();
}

/* Alignment, also above the largest block, and limits inside free memory. */
static void alignment_and_limits_hold(void **state)
{
	(void)state;
	fake_add(1, FAKE_FRAMES, false);
	assert_int_equal(take_in(3, MAX_ORDER + 1, 0, ~0UL), 2UL << MAX_ORDER);
	assert_int_equal(take_in(3, MAX_ORDER + 1, 0, ~0UL), XMEM_NO_MFN);
	assert_int_equal(take_in(20, 3, 1001, 1037), 1016);
	assert_int_equal(take_in(10, 3, 1001, 1016), XMEM_NO_MFN);
	assert_int_equal(take_in(8, 3, 1001, 1016), 1008);
	assert_int_equal(take_in(2, 0, 1001, 1003), 1001);
	assert_int_equal(take_in(2, 1, 1003, 1006), 1004);
	assert_int_equal(take_in(5, 0, 2000, 2004), XMEM_NO_MFN);
	assert_int_equal(take_in(5, 0, 2000, 2005), 2000);
	assert_int_equal(take_in(5, 0, 3000, 2000), XMEM_NO_MFN);
	assert_int_equal(take_in(1, TEST_LONG_BITS - 1, 0, ~0UL), XMEM_NO_MFN);
	assert_int_equal(take(~0UL), XMEM_NO_MFN);
	fake_check();
}

/* A block that holds the run is preferred to blocks that together do. */
static void a_block_is_preferred(void **state)
{
	(void)state;
	fake_span(1000, 9000, false);
	give(8000, 100); /* 64 + 32 + 4 */
	give(4096, 128);
	assert_int_equal(take(70), 4096 + 58);
	assert_int_equal(take(70), 8030);
	fake_check();
}

/* 5,000 places that are too small: the lock is dropped every 64 of them, and
 * the run below them all is found. */
static void a_long_search_drops_the_lock(void **state)
{
	(void)state;
	fake_span(1000, 50000, false);
	for (unsigned long i = 0; i < 5000; i++) {
		give(2000 + 8 * i, 6); /* an aligned block of 4, and 2 */
	}
	give(1001, 7);
	fake.nr_relaxed = 0;
	assert_int_equal(take(7), 1001);
	assert_in_range(fake.nr_relaxed, 5000 / 64, 5000 / 64 + 2);
	fake.nr_relaxed = 0;
	assert_int_equal(take(7), XMEM_NO_MFN);
	assert_in_range(fake.nr_relaxed, 5000 / 64, 5000 / 64 + 8);
	fake_check();
}

/* A run that is free all the time is found, whatever happens in a pause:
 * frames just above the next place are freed. */
static void change(void)
{
	for (unsigned long i = 2000; i < 42000; i += 8) {
		if (!xmem_frame_is_free(_mfn(i + 6))) {
			give(i + 6, 1);
		}
	}
}

static void changes_in_a_pause_do_no_harm(void **state)
{
	(void)state;
	fake_span(1000, 50000, false);
	for (unsigned long i = 0; i < 5000; i++) {
		give(2000 + 8 * i, 6);
	}
	give(1001, 8);
	fake.on_relax = change;
	/* Runs of 7 everywhere by now. */
	assert_int_equal(take(8), 1001);
	assert_int_equal(total_free_pages(), 35000);
	fake_check();
}

/* The nodes in turn, as the flags say. */
static void nodes_are_asked_in_turn(void **state)
{
	struct heap_run_request req = {.nr = 90, .hi = ~0UL};

	(void)state;
	fake.node_frames = 1000;
	fake_add(100, 200, false);
	fake_add(2100, 2200, false);
	req.memflags = MEMF_node(1) | MEMF_exact_node;
	assert_int_equal(take_as(&req), XMEM_NO_MFN);
	req.memflags = MEMF_node(1);
	assert_int_equal(take_as(&req), 2110);
	assert_int_equal(take_as(&req), 110);
	assert_int_equal(take_as(&req), XMEM_NO_MFN);
	req.memflags = MEMF_node(MAX_NUMNODES);
	assert_int_equal(take_as(&req), XMEM_NO_MFN);
	fake_check();
}

static unsigned int only_the_last(unsigned int first, unsigned int node)
{
	(void)first;
	return node == 3 ? 4 : 3;
}

/* In the order that the port says, to its end. */
static void nodes_are_asked_as_the_port_says(void **state)
{
	(void)state;
	fake.node_frames = 1000;
	fake.next_node = only_the_last;
	fake_add(1100, 1200, false);
	fake_add(3100, 3150, false);
	assert_int_equal(take(51), XMEM_NO_MFN);
	assert_int_equal(take(50), 3100);
	assert_int_equal(take(50), XMEM_NO_MFN);
	fake_check();
}

/* Partial layout: above the limit of the xenheap if possible, else across it.
 * Separate layout: never the xenheap's. */
static void layouts_are_respected(void **state)
{
	(void)state;
	xmem_host_layout = XMEM_LAYOUT_PARTIAL;
	xenheap_max_mfn(4999);
	fake_add(1000, 5100, false);
	assert_int_equal(take(90), 5010);
	assert_int_equal(take(4010), 1000);
	fake_check();
	fake_reset();
	xmem_host_layout = XMEM_LAYOUT_SEPARATE;
	fake_add(1000, 1100, false);
	fake_add(1100, 1200, true);
	assert_int_equal(take(101), XMEM_NO_MFN);
	assert_int_equal(take(100), 1000);
	assert_int_equal(avail_xenheap_pages(), 100);
	fake_check();
}

/* Is any frame dirty? Of blocks and of runs of blocks. */
static void dirt_is_reported(void **state)
{
	(void)state;
	fake_add(1024, 2048, false);
	assert_int_equal(
		xmem_buddy_mark(&xmem_heap_nodes[0]->heap[0].root->buddy, 1024,
				9, false),
		0);
	use(1536, 510);
	assert_int_equal(take(3), 1533);
	assert_false(dirty);
	assert_int_equal(take(2), 2046);
	assert_true(dirty);
	give(1533, 1);
	assert_int_equal(take(509 + 1), 1024);
	assert_true(dirty);
}

#define T(name) cmocka_unit_test_setup(name, fake_setup)
static const struct CMUnitTest tests[] = {
	T(exactly_66000_frames_are_found),
	T(more_than_the_largest_block_is_found),
	T(runs_cross_spans_but_not_nodes),
	T(alignment_and_limits_hold),
	T(a_block_is_preferred),
	T(a_long_search_drops_the_lock),
	T(changes_in_a_pause_do_no_harm),
	T(nodes_are_asked_in_turn),
	T(nodes_are_asked_as_the_port_says),
	T(layouts_are_respected),
	T(dirt_is_reported),
};

TEST_MAIN(tests)
