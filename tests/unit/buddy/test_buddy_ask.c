/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_buddy_ask.c - the questions one can ask the buddy
 *
 * link: src/buddy/
 */
#include "one_buddy.h"

#define START 1003UL
#define NR    9000UL

/* A frame is free or not, dirty or not; outside the span it is not free. */
static void is_free(void **state)
{
	bool dirty = true;

	(void)state;
	make_buddy(START, NR);
	give_block(2048, 10, false);
	give_block(4096, 0, true);
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

/* A frame is described only if it is used and was said to be. */
static void is_described(void **state)
{
	(void)state;
	make_buddy(START, NR);
	assert_int_equal(xmem_buddy_describe(&buddy, 2048, 10, true), 0);
	give_block(4096, 0, true);
	assert_true(xmem_buddy_is_described(&buddy, 2048));
	assert_true(xmem_buddy_is_described(&buddy, 3071));
	assert_false(xmem_buddy_is_described(&buddy, 3072));
	assert_false(xmem_buddy_is_described(&buddy, 4096));
	assert_false(xmem_buddy_is_described(&buddy, START - 1));
	assert_false(xmem_buddy_is_described(&buddy, ~0UL));
	assert_int_equal(xmem_buddy_count_dirty(&buddy), 1);
	assert_int_equal(xmem_buddy_count_free(&buddy, 0, ~0UL), 1);
}

/* A block is used if no frame of it is free, whatever its frames are. */
static void is_used(void **state)
{
	(void)state;
	make_buddy(START, NR);
	give_block(2048, 3, false);
	give_block(4096, 10, true);
	assert_int_equal(xmem_buddy_describe(&buddy, 3072, 5, true), 0);
	assert_true(xmem_buddy_is_used(&buddy, 3072, 5));
	assert_true(xmem_buddy_is_used(&buddy, 3072, 10));
	assert_true(xmem_buddy_is_used(&buddy, 2056, 3));
	for (unsigned int k = 0; k <= 10; k++) {
		assert_false(xmem_buddy_is_used(&buddy, 2048, k));
		assert_false(xmem_buddy_is_used(&buddy, 4096, k));
	}
	give_block(6148, 2, true);
	assert_true(xmem_buddy_is_used(&buddy, 6144, 2));
	assert_false(xmem_buddy_is_used(&buddy, 6144, 3));
	assert_false(xmem_buddy_is_used(&buddy, 4096, 12));
	assert_true(xmem_buddy_is_used(&buddy, 5120, 10));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(is_free),
	cmocka_unit_test(is_described),
	cmocka_unit_test(is_used),
};

TEST_MAIN(tests)
