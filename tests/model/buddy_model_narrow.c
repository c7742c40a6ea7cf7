/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_model_narrow.c - the buddy against its oracle, words of 4 bits: many
 * levels, and three tiers that end inside of one
 *
 * link: src/buddy/
 * flags: -DXMEM_WORD_SHIFT=2 -DXMEM_BUDDY_SUPER=7
 */
#include "buddy_model.h"

/* A span smaller than a word, unaligned: all compared after every step. */
static void smallest_span(void **state)
{
	(void)state;
	walk(13, 29, 300000, 1);
}

/* Some hundred frames, unaligned: all compared after every step. */
static void small_span(void **state)
{
	(void)state;
	walk(1003, 150, 400000, 1);
}

/* A span of 2^9 frames at its natural alignment. */
static void aligned_span(void **state)
{
	(void)state;
	walk(1 << 12, 512, 100000, 1);
}

/* Thousands of frames: three levels of 64-bit words. */
static void middle_span(void **state)
{
	(void)state;
	walk(4099, 9001, 1000000, 100);
}

/* Blocks of every order up to the largest: four levels. */
static void large_span(void **state)
{
	(void)state;
	walk((1UL << 22) + 77, (1UL << MAX_ORDER) * 5 / 2, 1000000, 10000);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(smallest_span), cmocka_unit_test(small_span),
	cmocka_unit_test(aligned_span),	 cmocka_unit_test(middle_span),
	cmocka_unit_test(large_span),
};

TEST_MAIN(tests)
