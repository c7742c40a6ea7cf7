/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_buddy_count.c - free frames and blocks are counted
 *
 * link: src/buddy/
 */
#include "one_buddy.h"

#define START 1003UL
#define NR    9000UL

/* The count of an order is the number of maximal blocks of that order. */
static void count_blocks(void **state)
{
	(void)state;
	make_buddy(START, NR);
	for (unsigned long i = 0; i < 30; i++) {
		give_block(2048 + i * 128, 5, false);
	}
	assert_int_equal(xmem_buddy_count(&buddy, 5), 30);
	give_block(2048 + 32, 5, true);
	assert_int_equal(xmem_buddy_count(&buddy, 5), 29);
	assert_int_equal(xmem_buddy_count(&buddy, 6), 1);
	assert_int_equal(xmem_buddy_count(&buddy, 0), 0);
	assert_int_equal(xmem_buddy_count(&buddy, 40), 0);
}

/* Free frames of a range, whatever the range cuts through. */
static void count_free_frames(void **state)
{
	(void)state;
	make_buddy(START, NR);
	give_block(4096, 12, true);
	give_block(2000, 4, false);
	assert_int_equal(xmem_buddy_count_free(&buddy, 0, ~0UL), 4112);
	assert_int_equal(xmem_buddy_count_free(&buddy, 4097, 8191), 4094);
	assert_int_equal(xmem_buddy_count_free(&buddy, 2003, 2004), 1);
	assert_int_equal(xmem_buddy_count_free(&buddy, 2003, 4099), 16);
	assert_int_equal(xmem_buddy_count_free(&buddy, 5000, 5000), 0);
	assert_int_equal(xmem_buddy_count_free(&buddy, 5001, 5000), 0);
	assert_int_equal(xmem_buddy_count_free(&buddy, 0, START), 0);
	assert_int_equal(xmem_buddy_count_dirty(&buddy), 4096);
}

/* Blocks of one order are counted wherever they are, also where larger ones of
 * the same tier lead the way, and not as part of those. */
static void count_exact_orders(void **state)
{
	(void)state;
	make_buddy(0, 1UL << 20);
	for (unsigned long i = 0; i < 200; i++) {
		give_block(i * 4096 + 512, 7, false);
		give_block(i * 4096 + 1024, 0, false);
		give_block(i * 4096 + 2048, i % 2 == 0 ? 9 : 11, false);
	}
	assert_int_equal(xmem_buddy_count(&buddy, 0), 200);
	assert_int_equal(xmem_buddy_count(&buddy, 5), 0);
	assert_int_equal(xmem_buddy_count(&buddy, 7), 200);
	assert_int_equal(xmem_buddy_count(&buddy, 9), 100);
	assert_int_equal(xmem_buddy_count(&buddy, 10), 0);
	assert_int_equal(xmem_buddy_count(&buddy, 11), 100);
	give_block((1UL << 20) - 1, 0, false);
	assert_int_equal(xmem_buddy_count(&buddy, 0), 201);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(count_blocks),
	cmocka_unit_test(count_free_frames),
	cmocka_unit_test(count_exact_orders),
};

TEST_MAIN(tests)
