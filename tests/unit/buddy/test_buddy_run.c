/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_buddy_run.c - how far free frames go, and runs of them
 *
 * (Takes of runs and ranges: test_buddy.c, and the models.)
 *
 * link: src/buddy/
 */
#include "one_buddy.h"

#define START 1000UL
#define NR    (3UL << MAX_ORDER)
#define END   (START + NR)

static int set_up(void **state)
{
	(void)state;
	make_buddy(START, NR);
	return 0;
}

static void give(unsigned long mfn, unsigned long nr)
{
	assert_int_equal(xmem_buddy_give_range(&buddy, mfn, nr, true), 0);
}

/* Blocks of all orders side by side are one run; both its ends are found from
 * anywhere in it. */
static void ends_of_a_run_are_found(void **state)
{
	unsigned long mfn = START + 77;
	unsigned long end = END - 1234;

	(void)state;
	give(mfn, end - mfn);
	for (unsigned long at = mfn; at < end; at += (end - mfn) / 37) {
		assert_int_equal(xmem_buddy_free_end(&buddy, at, ~0UL), end);
		assert_int_equal(xmem_buddy_free_start(&buddy, at, 0), mfn);
	}
	assert_int_equal(xmem_buddy_free_start(&buddy, end, 0), mfn);
	assert_int_equal(xmem_buddy_free_end(&buddy, mfn - 1, ~0UL), mfn - 1);
	assert_int_equal(xmem_buddy_free_start(&buddy, mfn, 0), mfn);
}

/* The search for an end stops at the border of the span and where it is told
 * to. */
static void ends_are_inside_the_range(void **state)
{
	(void)state;
	give(START, NR);
	assert_int_equal(xmem_buddy_free_end(&buddy, START + 5, ~0UL), END);
	assert_int_equal(xmem_buddy_free_start(&buddy, END, 0), START);
	assert_int_equal(xmem_buddy_free_end(&buddy, START, START + 9),
			 START + 9);
	assert_int_equal(xmem_buddy_free_start(&buddy, END, END - 3), END - 3);
	assert_int_equal(xmem_buddy_free_end(&buddy, START, START), START);
}

/* The highest frame in a block that is large enough, of whatever order the
 * block is, but inside the limits. */
static void last_frame_in_a_block_is_found(void **state)
{
	struct xmem_buddy_request req = {
		.hi = ~0UL, .order = 3, .prefer = XMEM_BUDDY_HIGH};

	(void)state;
	give(1024, 1024);
	give(4096, 8);
	give(5000, 1);
	assert_int_equal(xmem_buddy_last_in_block(&buddy, &req), 4103);
	req.order = 0;
	assert_int_equal(xmem_buddy_last_in_block(&buddy, &req), 5000);
	req.order = 4;
	assert_int_equal(xmem_buddy_last_in_block(&buddy, &req), 2047);
	req.hi = 1500;
	assert_int_equal(xmem_buddy_last_in_block(&buddy, &req), 1499);
	req.lo = 1499;
	assert_int_equal(xmem_buddy_last_in_block(&buddy, &req), 1499);
	req.order = 11;
	assert_int_equal(xmem_buddy_last_in_block(&buddy, &req), XMEM_NO_MFN);
	req.order = MAX_ORDER + 1;
	assert_int_equal(xmem_buddy_last_in_block(&buddy, &req), XMEM_NO_MFN);
}

/* A range may be larger than the largest block, and is taken if it is free. */
static void ranges_exceed_the_largest_block(void **state)
{
	bool dirty = false;

	(void)state;
	give(START, NR);
	assert_int_equal(
		xmem_buddy_take_range(&buddy, START + 1, NR - 2, &dirty), 0);
	assert_true(dirty);
	assert_int_equal(buddy.nr_free, 2);
	assert_int_equal(xmem_buddy_take_range(&buddy, START, NR, NULL),
			 -XMEM_EBUSY);
	ASSERT_VALID(xmem_buddy_check(&buddy));
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(ends_of_a_run_are_found),
	T(ends_are_inside_the_range),
	T(last_frame_in_a_block_is_found),
	T(ranges_exceed_the_largest_block),
};

TEST_MAIN(tests)
