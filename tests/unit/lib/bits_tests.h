/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bits_tests.h - the functions on one word, against counting bit by bit
 *
 * Run twice by test_bits.c: with the CPU's instructions, and by hand.
 */
#ifndef BITS_TESTS_H
#define BITS_TESTS_H

#include "lib/bits.h"
#include "test.h"
#include <xmem/pages.h>

/* ffs, fls and log2 of every single bit, with and without company. */
static void find_every_bit(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 64; i++) {
		uint64_t bit = xmem_bit(i);

		assert_int_equal(xmem_ffs64(bit), i);
		assert_int_equal(xmem_fls64(bit), i);
		assert_int_equal(xmem_ffs64(bit | xmem_bits_from(i)), i);
		assert_int_equal(xmem_fls64(bit | xmem_bits_upto(i)), i);
		if (i < sizeof(long) * 8) {
			assert_int_equal(xmem_log2(1UL << i), i);
			assert_int_equal(xmem_log2_ceil(1UL << i), i);
		}
		if (i >= 2 && i < sizeof(long) * 8) {
			assert_int_equal(xmem_log2((1UL << i) + 1), i);
			assert_int_equal(xmem_log2((1UL << i) - 1), i - 1);
			assert_int_equal(xmem_log2_ceil((1UL << i) - 1), i);
		}
	}
	assert_int_equal(xmem_log2_ceil(TEST_TOP_BIT + 1), TEST_LONG_BITS);
}

/* The largest aligned block, against trying all of them from above. */
static void block_order(void **state)
{
	(void)state;
	for (unsigned long at = 0; at < 200; at++) {
		for (unsigned long nr = 1; nr < 200; nr++) {
			unsigned int order = 10;

			while (at % (1UL << order) != 0 || 1UL << order > nr) {
				order--;
			}
			assert_int_equal(xmem_block_order(at, nr), order);
		}
	}
	assert_int_equal(xmem_block_order(TEST_TOP_BIT, TEST_TOP_BIT),
			 TEST_LONG_BITS - 1);
	assert_int_equal(xmem_block_order(0, ~0UL), TEST_LONG_BITS - 1);
	assert_int_equal(xmem_block_order(~0UL, ~0UL), 0);
}

/* Masks hold exactly the bits named. */
static void masks(void **state)
{
	(void)state;
	for (unsigned int a = 0; a < 64; a++) {
		for (unsigned int nr = 1; nr <= 64 - a; nr++) {
			uint64_t run = xmem_bits_run(a, nr);

			assert_int_equal(xmem_popcount64(run), nr);
			assert_int_equal(xmem_ffs64(run), a);
			assert_int_equal(xmem_fls64(run), a + nr - 1);
		}
		assert_int_equal(xmem_bits_from(a), xmem_bits_run(a, 64 - a));
		assert_int_equal(xmem_bits_upto(a), xmem_bits_run(0, a + 1));
	}
}

/* Masks: every pair of borders. */
static void masks_have_their_bits(void **state)
{
	(void)state;
	for (unsigned int from = 0; from < 64; from++) {
		for (unsigned int b = 0; b < 64; b++) {
			assert_int_equal(xmem_bit(from) >> b & 1, b == from);
			assert_int_equal(xmem_bits_from(from) >> b & 1,
					 b >= from);
			assert_int_equal(xmem_bits_upto(from) >> b & 1,
					 b <= from);
		}
		for (unsigned int nr = 1; from + nr <= 64; nr++) {
			assert_true(xmem_bits_run(from, nr) ==
				    (xmem_bits_from(from) &
				     xmem_bits_upto(from + nr - 1)));
		}
	}
}

/* popcount is the number of set bits, of any word. */
static void popcount(void **state)
{
	uint64_t seed = 1;

	(void)state;
	assert_int_equal(xmem_popcount64(0), 0);
	assert_int_equal(xmem_popcount64(~(uint64_t)0), 64);
	for (int i = 0; i < 10000; i++) {
		uint64_t x = test_random(&seed) & test_random(&seed);
		unsigned int nr = 0;

		for (unsigned int k = 0; k < 64; k++) {
			nr += x >> k & 1;
		}
		assert_int_equal(xmem_popcount64(x), nr);
	}
}

/* Words for n bits: rounded up, without overflow. */
static void words_for_bits(void **state)
{
	(void)state;
	assert_int_equal(xmem_words_for(0), 0);
	assert_int_equal(xmem_words_for(1), 1);
	assert_int_equal(xmem_words_for(XMEM_WORD_BITS), 1);
	assert_int_equal(xmem_words_for(XMEM_WORD_BITS + 1), 2);
	assert_int_equal(xmem_words_for(~0UL), (~0UL >> XMEM_WORD_SHIFT) + 1);
}

/* Looks for the highest and the lowest set bit of @x in all ways there are. */
static void find_ends(uint64_t x)
{
	unsigned int high = 63, low = 0;

	while ((x >> high & 1) == 0) {
		high--;
	}
	while ((x >> low & 1) == 0) {
		low++;
	}
	assert_int_equal(xmem_fls64(x), high);
	assert_int_equal(xmem_fls64_by_halves(x), high);
	assert_int_equal(xmem_ffs64(x), low);
	if ((uint32_t)x != 0) {
		assert_int_equal(xmem_ffs32((uint32_t)x), low);
	}
	if (high < sizeof(long) * 8) {
		assert_int_equal(xmem_log2((unsigned long)x), high);
		assert_int_equal(xmem_log2_by_halves((unsigned long)x), high);
		assert_int_equal(xmem_log2_ceil((unsigned long)x),
				 high + (low != high));
		assert_int_equal(get_order_from_pages((unsigned long)x),
				 high + (low != high));
	}
}

/* All patterns of 12 bits at every place, alone and between set bits as far
 * from them as can be; then random words. */
static void every_pattern(void **state)
{
	uint64_t seed = 2;

	(void)state;
	for (unsigned int at = 0; at < 64; at++) {
		for (uint64_t x = 1; x < 1 << 12; x++) {
			if (x << at != 0) {
				find_ends(x << at);
			}
			find_ends(x << at | 1);
			find_ends(x << at | xmem_bit(63));
		}
	}
	for (int i = 0; i < 100000; i++) {
		find_ends(test_random(&seed) >> i % 64 | xmem_bit(i % 64));
	}
}

/* Every pattern of a word of 16 bits in the halves of the larger ones. */
static void every_short_word(void **state)
{
	(void)state;
	for (uint64_t x = 1; x < 1 << 16; x++) {
		find_ends(x);
		find_ends(x << 16);
		find_ends(x << 32);
		find_ends(x << 48);
	}
}

/* The order of no page and of one is 0. */
static void order_of_nothing(void **state)
{
	(void)state;
	assert_int_equal(get_order_from_pages(0), 0);
	assert_int_equal(get_order_from_pages(1), 0);
	assert_int_equal(get_order_from_pages(~0UL), TEST_LONG_BITS);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(find_every_bit),
	cmocka_unit_test(block_order),
	cmocka_unit_test(masks),
	cmocka_unit_test(masks_have_their_bits),
	cmocka_unit_test(popcount),
	cmocka_unit_test(words_for_bits),
	cmocka_unit_test(every_pattern),
	cmocka_unit_test(every_short_word),
	cmocka_unit_test(order_of_nothing),
};

#endif /* BITS_TESTS_H */
