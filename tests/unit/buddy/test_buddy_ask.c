/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_buddy_ask.c - the questions one can ask the buddy
 *
 * link: src/buddy/
 */
#include "buddy/buddy.h"
#include "test.h"

#define START 1003UL
#define NR    9000UL

static struct xmem_buddy buddy;
static void *meta;

static void set_up(void)
{
	unsigned long bytes = xmem_buddy_bytes(START, START + NR, MAX_ORDER);

	free(meta);
	meta = malloc(bytes);
	memset(meta, 0xa5, bytes);
	xmem_buddy_init(&buddy, START, START + NR, MAX_ORDER, meta);
}

static void give(unsigned long mfn, unsigned int order, bool dirty)
{
	assert_int_equal(xmem_buddy_give(&buddy, mfn, order, false, dirty), 0);
}

/* A frame is free or not, dirty or not; outside the span it is not free. */
static void is_free(void **state)
{
	bool dirty = true;

	(void)state;
	set_up();
	give(2048, 10, false);
	give(4096, 0, true);
	assert_true(xmem_buddy_is_free(&buddy, 2048, &dirty));
	assert_false(dirty);
	assert_true(xmem_buddy_is_free(&buddy, 3071, NULL));
	assert_true(xmem_buddy_is_free(&buddy, 4096, &dirty));
	assert_true(dirty);
	assert_false(xmem_buddy_is_free(&buddy, 3072, &dirty));
	assert_false(xmem_buddy_is_free(&buddy, START - 1, &dirty));
	assert_false(xmem_buddy_is_free(&buddy, START + NR, &dirty));
	assert_false(xmem_buddy_is_free(&buddy, 0, &dirty));
	assert_false(xmem_buddy_is_free(&buddy, ~0UL, &dirty));
	assert_true(dirty);
}

/* Every frame of a block knows its head and its order. */
static void block_of(void **state)
{
	unsigned long head = 1;

	(void)state;
	set_up();
	for (unsigned int k = 0; k <= 12; k++) {
		set_up();
		give(4096, k, k % 2 == 0);
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
	unsigned long bytes = xmem_buddy_bytes(start, start + NR, MAX_ORDER);
	unsigned long head = 1;

	(void)state;
	free(meta);
	meta = malloc(bytes);
	memset(meta, 0xa5, bytes);
	xmem_buddy_init(&buddy, start, start + NR, MAX_ORDER, meta);
	give(start + 28, 7, true);
	for (unsigned long mfn = start + 28; mfn < start + 156; mfn++) {
		assert_int_equal(xmem_buddy_block_of(&buddy, mfn, &head), 7);
		assert_int_equal(head, start + 28);
	}
	assert_int_equal(xmem_buddy_block_of(&buddy, start + 27, &head),
			 MAX_ORDER + 1);
	assert_int_equal(xmem_buddy_block_of(&buddy, start + 156, &head),
			 MAX_ORDER + 1);
}

/* The count of an order is the number of maximal blocks of that order. */
static void count_blocks(void **state)
{
	(void)state;
	set_up();
	for (unsigned long i = 0; i < 30; i++) {
		give(2048 + i * 128, 5, false);
	}
	assert_int_equal(xmem_buddy_count(&buddy, 5), 30);
	give(2048 + 32, 5, true);
	assert_int_equal(xmem_buddy_count(&buddy, 5), 29);
	assert_int_equal(xmem_buddy_count(&buddy, 6), 1);
	assert_int_equal(xmem_buddy_count(&buddy, 0), 0);
	assert_int_equal(xmem_buddy_count(&buddy, 40), 0);
}

/* Free frames of a range, whatever the range cuts through. */
static void count_free_frames(void **state)
{
	(void)state;
	set_up();
	give(4096, 12, true);
	give(2000, 4, false);
	assert_int_equal(xmem_buddy_count_free(&buddy, 0, ~0UL), 4112);
	assert_int_equal(xmem_buddy_count_free(&buddy, 4097, 8191), 4094);
	assert_int_equal(xmem_buddy_count_free(&buddy, 2003, 2004), 1);
	assert_int_equal(xmem_buddy_count_free(&buddy, 2003, 4099), 16);
	assert_int_equal(xmem_buddy_count_free(&buddy, 5000, 5000), 0);
	assert_int_equal(xmem_buddy_count_free(&buddy, 5001, 5000), 0);
	assert_int_equal(xmem_buddy_count_free(&buddy, 0, START), 0);
	assert_int_equal(xmem_buddy_count_dirty(&buddy), 4096);
}

/* A frame is described only if it is used and was said to be. */
static void is_described(void **state)
{
	(void)state;
	set_up();
	assert_int_equal(xmem_buddy_describe(&buddy, 2048, 10, true), 0);
	give(4096, 0, true);
	assert_true(xmem_buddy_is_described(&buddy, 2048));
	assert_true(xmem_buddy_is_described(&buddy, 3071));
	assert_false(xmem_buddy_is_described(&buddy, 3072));
	assert_false(xmem_buddy_is_described(&buddy, 4096));
	assert_false(xmem_buddy_is_described(&buddy, START - 1));
	assert_false(xmem_buddy_is_described(&buddy, ~0UL));
	assert_int_equal(xmem_buddy_count_dirty(&buddy), 1);
	assert_int_equal(xmem_buddy_count_free(&buddy, 0, ~0UL), 1);
}

/* The highest dirty frame, and the largest block around it that is free and
 * allowed; described frames are not dirty. */
static void dirt_is_found(void **state)
{
	unsigned int order = 99;

	(void)state;
	set_up();
	assert_int_equal(xmem_buddy_find_dirty(&buddy, MAX_ORDER, &order),
			 XMEM_NO_MFN);
	give(4096, 12, false);
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
	give(9001, 0, true);
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
	give(64, 2, true);
	give(68, 1, false);
	assert_int_equal(xmem_buddy_find_dirty(&buddy, 1, &order), 66);
	assert_int_equal(order, 1);
}

/* Blocks of one order are counted wherever they are, also where larger ones of
 * the same tier lead the way, and not as part of those. */
static void count_exact_orders(void **state)
{
	unsigned long bytes = xmem_buddy_bytes(0, 1UL << 20, MAX_ORDER);

	(void)state;
	free(meta);
	meta = malloc(bytes);
	memset(meta, 0xa5, bytes);
	xmem_buddy_init(&buddy, 0, 1UL << 20, MAX_ORDER, meta);
	for (unsigned long i = 0; i < 200; i++) {
		give(i * 4096 + 512, 7, false);
		give(i * 4096 + 1024, 0, false);
		give(i * 4096 + 2048, i % 2 == 0 ? 9 : 11, false);
	}
	assert_int_equal(xmem_buddy_count(&buddy, 0), 200);
	assert_int_equal(xmem_buddy_count(&buddy, 5), 0);
	assert_int_equal(xmem_buddy_count(&buddy, 7), 200);
	assert_int_equal(xmem_buddy_count(&buddy, 9), 100);
	assert_int_equal(xmem_buddy_count(&buddy, 10), 0);
	assert_int_equal(xmem_buddy_count(&buddy, 11), 100);
	give((1UL << 20) - 1, 0, false);
	assert_int_equal(xmem_buddy_count(&buddy, 0), 201);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(is_free),
	cmocka_unit_test(block_of),
	cmocka_unit_test(block_of_a_high_span),
	cmocka_unit_test(count_blocks),
	cmocka_unit_test(count_free_frames),
	cmocka_unit_test(is_described),
	cmocka_unit_test(dirt_is_found),
	cmocka_unit_test(dirt_is_found_in_one_word),
	cmocka_unit_test(count_exact_orders),
};

TEST_MAIN(tests)
