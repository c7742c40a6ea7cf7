/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_buddy_dirty.c - dirty frames are found, and the blocks around them
 *
 * link: src/buddy/
 */
#include "one_buddy.h"

#define START 1003UL
#define NR    9000UL

/* Every frame of a block knows its head and its order. */
static void block_of(void **state)
{
	unsigned long head = 1;

	(void)state;
	for (unsigned int k = 0; k <= 12; k++) {
		make_buddy(START, NR);
		give_block(4096, k, k % 2 == 0);
		for (unsigned int i = 0; i < 4; i++) {
			unsigned long mfn = 4096 + ((1UL << k) - 1) * i / 3;

			head = 1;
			assert_int_equal(
				xmem_buddy_block_of(&buddy, mfn, &head), k);
			assert_int_equal(head, 4096);
		}
		head = 1;
		assert_int_equal(xmem_buddy_block_of(&buddy, 4095, &head),
				 MAX_ORDER + 1);
		assert_int_equal(head, 1);
	}
}

/* So it does in a span far from frame 0. */
static void block_of_a_high_span(void **state)
{
	unsigned long start = (5UL << MAX_ORDER) + 100;
	unsigned long head = 1;

	(void)state;
	make_buddy(start, NR);
	give_block(start + 28, 7, true);
	for (unsigned long mfn = start + 28; mfn < start + 156; mfn++) {
		assert_int_equal(xmem_buddy_block_of(&buddy, mfn, &head), 7);
		assert_int_equal(head, start + 28);
	}
	assert_int_equal(xmem_buddy_block_of(&buddy, start + 27, &head),
			 MAX_ORDER + 1);
	assert_int_equal(xmem_buddy_block_of(&buddy, start + 156, &head),
			 MAX_ORDER + 1);
}

/* The highest dirty frame, and the largest block around it that is free and
 * allowed; described frames are not dirty. */
static void dirt_is_found(void **state)
{
	unsigned int order = 99;

	(void)state;
	make_buddy(START, NR);
	assert_int_equal(xmem_buddy_find_dirty(&buddy, MAX_ORDER, &order),
			 XMEM_NO_MFN);
	give_block(4096, 12, false);
	assert_int_equal(xmem_buddy_describe(&buddy, 9000, 0, true), 0);
	assert_int_equal(xmem_buddy_find_dirty(&buddy, MAX_ORDER, &order),
			 XMEM_NO_MFN);
	assert_int_equal(order, 99);
	assert_int_equal(xmem_buddy_mark(&buddy, 5000, 0, true), 0);
	assert_int_equal(xmem_buddy_find_dirty(&buddy, MAX_ORDER, &order),
			 4096);
	assert_int_equal(order, 12);
	assert_int_equal(xmem_buddy_find_dirty(&buddy, 3, &order), 5000);
	assert_int_equal(order, 3);
	assert_int_equal(xmem_buddy_mark(&buddy, 4096, 11, true), 0);
	assert_int_equal(xmem_buddy_find_dirty(&buddy, 0, &order), 6143);
	assert_int_equal(order, 0);
	give_block(9001, 0, true);
	assert_int_equal(xmem_buddy_find_dirty(&buddy, 9, &order), 9001);
	assert_int_equal(order, 0);
	assert_int_equal(xmem_buddy_mark(&buddy, 9001, 0, false), 0);
	assert_int_equal(xmem_buddy_mark(&buddy, 4096, 12, false), 0);
	assert_int_equal(xmem_buddy_find_dirty(&buddy, MAX_ORDER, &order),
			 XMEM_NO_MFN);
}

/* In a span of a word there is no level above it. */
static void dirt_is_found_in_one_word(void **state)
{
	static uint64_t mem[16];
	unsigned int order;

	(void)state;
	assert_true(xmem_buddy_bytes(64, 74, MAX_ORDER) <= sizeof(mem));
	xmem_buddy_init(&buddy, 64, 74, MAX_ORDER, mem);
	assert_int_equal(xmem_buddy_find_dirty(&buddy, 0, &order), XMEM_NO_MFN);
	give_block(64, 2, true);
	give_block(68, 1, false);
	assert_int_equal(xmem_buddy_find_dirty(&buddy, 1, &order), 66);
	assert_int_equal(order, 1);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(block_of),
	cmocka_unit_test(block_of_a_high_span),
	cmocka_unit_test(dirt_is_found),
	cmocka_unit_test(dirt_is_found_in_one_word),
};

TEST_MAIN(tests)
