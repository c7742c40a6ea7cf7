/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_bulk.c - many frames are taken node by node, each in one lock hold
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"

#include "heap/heap.h"
#include "lib/tell.h"

static struct xmem_run runs[64];

static struct heap_bulk bulk_of(unsigned long nr, unsigned int max_runs,
				unsigned int memflags)
{
	struct heap_bulk bulk = {.runs = runs,
				 .max_runs = max_runs,
				 .memflags = memflags,
				 .left = nr};

	xmem_heap_bulk_begin(&bulk);
	return bulk;
}

/* The next node gives all that it has or all that is wanted; its lock, and no
 * other one, is held. Return: frames that it gave. */
static unsigned long take_more(struct heap_bulk *bulk, unsigned int node)
{
	unsigned int from = bulk->nr_runs;
	unsigned long left = bulk->left;
	struct heap_node *n = xmem_heap_take_more(bulk);
	unsigned long nr = 0;

	assert_ptr_equal(n, xmem_heap_nodes[node]);
	assert_int_equal(xmem_host_held.nr, 1);
	xmem_port_unlock(&n->lock);
	for (unsigned int i = from; i < bulk->nr_runs; i++) {
		assert_ptr_equal(heap_node_of(runs[i].mfn), n);
		xmem_tell_range(runs[i].mfn, runs[i].nr, false);
		nr += runs[i].nr;
	}
	assert_int_equal(bulk->left, left - nr);
	return nr;
}

static void expect_the_end(struct heap_bulk *bulk)
{
	unsigned int nr_runs = bulk->nr_runs;

	if (heap_bulk_goes_on(bulk)) {
		assert_null(xmem_heap_take_more(bulk));
	}
	assert_int_equal(xmem_host_held.nr, 0);
	assert_int_equal(bulk->nr_runs, nr_runs);
}

/* Two nodes of 1024 frames, with a little RAM on each. */
static int two_nodes(void **state)
{
	(void)fake_setup(state);
	fake.node_frames = 1024;
	fake_add(1000, 1024, false);
	fake_add(1024, 1030, false);
	return 0;
}

/* The wanted node gives first, the other one the rest; then there is none. */
static void nodes_give_in_turn(void **state)
{
	struct heap_bulk bulk = bulk_of(100, 64, MEMF_node(1));

	(void)state;
	assert_true(heap_bulk_goes_on(&bulk));
	assert_int_equal(take_more(&bulk, 1), 6);
	assert_int_equal(take_more(&bulk, 0), 24);
	expect_the_end(&bulk);
	assert_int_equal(bulk.left, 70);
	assert_int_equal(total_free_pages(), 0);
	bulk = bulk_of(1, 64, MEMF_node(0));
	expect_the_end(&bulk); /* both are asked in vain */
	fake_check();
}

/* Largest blocks first, no more than wanted. */
static void blocks_only_get_smaller(void **state)
{
	struct heap_bulk bulk = bulk_of(15, 64, MEMF_node(0));

	(void)state;
	assert_int_equal(take_more(&bulk, 0), 15);
	assert_false(heap_bulk_goes_on(&bulk));
	expect_the_end(&bulk);
	for (unsigned int i = 0; i < bulk.nr_runs; i++) {
		assert_int_equal(runs[i].nr & (runs[i].nr - 1), 0);
		assert_int_equal(runs[i].mfn % runs[i].nr, 0);
		assert_true(i == 0 || runs[i].nr <= runs[i - 1].nr);
	}
	fake_check();
}

/* No room for runs: the end, with frames left to want. */
static void room_ends_the_request(void **state)
{
	struct heap_bulk bulk = bulk_of(7, 1, MEMF_node(0));

	(void)state;
	assert_int_equal(take_more(&bulk, 0), 4);
	assert_int_equal(bulk.left, 3);
	expect_the_end(&bulk);
	fake_check();
}

/* Who wants nothing, or nothing but a node that there is not, gets nothing;
 * so does one whose call shall fail. */
static void nothing_is_taken_in_vain(void **state)
{
	struct heap_bulk none = bulk_of(0, 64, 0);
	struct heap_bulk nowhere = bulk_of(1, 64, MEMF_node(MAX_NUMNODES));
	struct heap_bulk exact = bulk_of(1, 64, MEMF_node(2) | MEMF_exact_node);
	struct heap_bulk failing;

	(void)state;
	expect_the_end(&none);
	expect_the_end(&nowhere);
	expect_the_end(&exact);
	fake_fail(1, false);
	failing = bulk_of(1, 64, 0);
	expect_the_end(&failing);
	assert_int_equal(total_free_pages(), 30);
	fake_check();
}

/* The newest run is bit 0 of `dirty_runs`. */
static void dirty_runs_are_told(void **state)
{
	struct heap_bulk bulk;

	(void)state;
	bulk = bulk_of(3, 64, MEMF_node(0));
	assert_int_equal(take_more(&bulk, 0), 3);
	assert_int_equal(bulk.nr_runs, 2);
	assert_int_equal(bulk.dirty_runs, 3);
	fake_check();
}

/* The first block of a run is as large as alignment and length allow. */
static void first_block_of_a_run(void **state)
{
	const struct {
		struct xmem_run run;
		unsigned int order;
	} t[] = {
		{{1, 9}, 0},
		{{8, 9}, 3},
		{{8, 7}, 2},
		{{0, 1UL << MAX_ORDER}, MAX_ORDER},
		{{1UL << (MAX_ORDER + 1), 4UL << MAX_ORDER}, MAX_ORDER},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(heap_first_block(&t[i].run), t[i].order);
	}
}

#define T(name) cmocka_unit_test_setup(name, two_nodes)
static const struct CMUnitTest tests[] = {
	T(nodes_give_in_turn),	  T(blocks_only_get_smaller),
	T(room_ends_the_request), T(nothing_is_taken_in_vain),
	T(dirty_runs_are_told),	  T(first_block_of_a_run),
};

TEST_MAIN(tests)
