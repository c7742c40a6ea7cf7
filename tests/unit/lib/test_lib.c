/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_lib.c - the headers of src/lib: arithmetic, bits, assertions
 *
 * Against plain loops: all small values, all powers of two and their
 * neighbours, and random words.
 *
 * link: tests/host/panic.c
 * flags: -UXMEM_DEBUG -DXMEM_DEBUG=3 -DMAX_NUMNODES=4
 */
#include "test.h"

#include "lib/align.h"
#include "lib/assert.h"
#include "lib/bits.h"
#include "lib/mem.h"

/* Holds any product of two longs. */
#ifdef __SIZEOF_INT128__
typedef unsigned __int128 wide;
#else
typedef uint64_t wide;
_Static_assert(sizeof(long) * 2 <= sizeof(wide), "no type is wide enough");
#endif

/* Values that matter: small ones, and around every power of two. */
#define NR_VALUES (1000 + 64 * 3)
static uint64_t value(unsigned int i)
{
	if (i < 1000) {
		return i;
	}
	i -= 1000;
	return ((uint64_t)1 << (i / 3)) + i % 3 - 1;
}

/* Powers of two: exactly one bit. */
static void powers_of_two_have_one_bit(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < NR_VALUES; i++) {
		unsigned long x = value(i);

		assert_int_equal(xmem_is_pow2(x), __builtin_popcountl(x) == 1);
	}
}

/* Rounding: the nearest multiple on that side. */
static void rounding_goes_to_the_nearest_multiple(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < NR_VALUES; i++) {
		for (unsigned int k = 0; k < TEST_LONG_BITS; k++) {
			unsigned long x = value(i);
			unsigned long align = 1UL << k;
			unsigned long down = x / align * align;
			unsigned long up;

			assert_true(xmem_align_down(x, align) == down);
			assert_int_equal(xmem_is_aligned(x, align), down == x);
			if (xmem_checked_align_up(x, align, &up)) {
				assert_true(up >= x && up - x < align);
				assert_true(up % align == 0);
				assert_true(xmem_align_up(x, align) == up);
			} else {
				assert_true(x > ~0UL - align + 1);
			}
		}
	}
}

/* Checked sums and products: true exactly if nothing is lost. */
static void checked_arithmetic_is_exact(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < NR_VALUES; i += 7) {
		for (unsigned int j = 0; j < NR_VALUES; j++) {
			wide a = (unsigned long)value(i);
			wide b = (unsigned long)value(j);
			unsigned long res;

			assert_int_equal(
				xmem_checked_add(value(i), value(j), &res),
				(a + b) >> TEST_LONG_BITS == 0);
			assert_true(res == (unsigned long)(a + b));
			assert_int_equal(
				xmem_checked_mul(value(i), value(j), &res),
				(a * b) >> TEST_LONG_BITS == 0);
			assert_true(res == (unsigned long)(a * b));
		}
	}
}

/* Pages for a size: enough, and no page too many; no overflow. */
static void pages_hold_the_size(void **state)
{
	(void)state;
	assert_int_equal(xmem_pages_for(0), 0);
	assert_int_equal(xmem_pages_for(~0UL),
			 1UL << (TEST_LONG_BITS - PAGE_SHIFT));
	for (unsigned int i = 1; i < NR_VALUES; i++) {
		unsigned long size = value(i);
		wide held = (wide)xmem_pages_for(size) << PAGE_SHIFT;

		if (size != 0) {
			assert_true(held >= size);
			assert_true(held - PAGE_SIZE < size);
		}
	}
}

/* Lowest, highest bit and population of a word, bit by bit. */
static void bits_are_found_and_counted(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (unsigned int i = 1; i < NR_VALUES + 20000; i++) {
		uint64_t x = i < NR_VALUES ? value(i) : test_random(&seed);
		unsigned int low = 0;
		unsigned int high = 63;
		unsigned int nr = 0;

		x = i % 5 == 0 ? x & test_random(&seed) : x;
		if (x == 0) {
			continue;
		}
		while ((x >> low & 1) == 0) {
			low++;
		}
		while ((x >> high & 1) == 0) {
			high--;
		}
		for (unsigned int b = 0; b < 64; b++) {
			nr += x >> b & 1;
		}
		assert_int_equal(xmem_ffs64(x), low);
		assert_int_equal(xmem_fls64(x), high);
		assert_int_equal(xmem_popcount64(x), nr);
		if ((unsigned long)x == x) {
			assert_int_equal(xmem_log2(x), high);
			assert_int_equal(xmem_log2_ceil(x),
					 high + (low != high));
		}
	}
	assert_int_equal(xmem_popcount64(0), 0);
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

/* Words for a number of bits, without overflow. */
static void words_hold_the_bits(void **state)
{
	(void)state;
	assert_int_equal(xmem_words_for(0), 0);
	assert_int_equal(xmem_words_for(1), 1);
	assert_int_equal(xmem_words_for(XMEM_WORD_BITS), 1);
	assert_int_equal(xmem_words_for(XMEM_WORD_BITS + 1), 2);
	assert_int_equal(xmem_words_for(~0UL),
			 1UL << (TEST_LONG_BITS - XMEM_WORD_SHIFT));
}

/* The always-on tier panics with its message, exactly if true. */
static void panic_if_panics(void **state)
{
	int evaluated = 0;

	(void)state;
	XMEM_PANIC_IF(evaluated++ > 0, "never\n");
	assert_int_equal(evaluated, 1);
	EXPECT_PANIC(XMEM_PANIC_IF(evaluated == 1, "value %d\n", evaluated),
		     "value 1\n");
}

/* Assertions name the place and the condition. */
static void assertions_name_the_condition(void **state)
{
	(void)state;
	XMEM_ASSERT(1 + 1 == 2);
	EXPECT_PANIC(XMEM_ASSERT(1 + 1 == 3), "assertion failed: 1 + 1 == 3");
	EXPECT_PANIC(XMEM_ASSERT(1 + 1 == 3), "test_lib.c:");
	XMEM_ASSERT_DEEP((const char *)NULL);
	EXPECT_PANIC(XMEM_ASSERT_DEEP("I9: broken"), "I9: broken");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(powers_of_two_have_one_bit),
	cmocka_unit_test(rounding_goes_to_the_nearest_multiple),
	cmocka_unit_test(checked_arithmetic_is_exact),
	cmocka_unit_test(pages_hold_the_size),
	cmocka_unit_test(bits_are_found_and_counted),
	cmocka_unit_test(masks_have_their_bits),
	cmocka_unit_test(words_hold_the_bits),
	cmocka_unit_test(panic_if_panics),
	cmocka_unit_test(assertions_name_the_condition),
};

TEST_MAIN(tests)
