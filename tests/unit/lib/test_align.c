/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_align.c - rounding and checked arithmetic
 *
 * At the edges by hand; and against plain loops: all small values, all powers
 * of two and their neighbours.
 *
 * link: tests/host/panic.c
 */
#include "lib/align.h"
#include "test.h"

#define MAX (~0UL)

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

/* 0 is no power of two; of every other number only the powers are. */
static void power_of_two(void **state)
{
	(void)state;
	assert_false(xmem_is_pow2(0));
	assert_true(xmem_is_pow2(1));
	assert_false(xmem_is_pow2(3));
	assert_true(xmem_is_pow2(MAX / 2 + 1));
	assert_false(xmem_is_pow2(MAX));
}

/* Rounding keeps multiples and moves all else to the next one. */
static void rounding(void **state)
{
	(void)state;
	for (unsigned long align = 1; align <= 64; align *= 2) {
		for (unsigned long x = 0; x < 300; x++) {
			unsigned long down = x / align * align;
			unsigned long up = (x + align - 1) / align * align;

			assert_int_equal(xmem_align_down(x, align), down);
			assert_int_equal(xmem_align_up(x, align), up);
			assert_int_equal(xmem_is_aligned(x, align), x == down);
		}
	}
	assert_int_equal(xmem_align_up(MAX, 2), 0);
}

/* A sum, a product or a rounding that wraps says so. */
static void checked(void **state)
{
	unsigned long res;

	(void)state;
	assert_true(xmem_checked_add(MAX - 1, 1, &res) && res == MAX);
	assert_false(xmem_checked_add(MAX, 1, &res));
	assert_true(xmem_checked_mul(MAX, 1, &res) && res == MAX);
	assert_true(xmem_checked_mul(0, MAX, &res) && res == 0);
	assert_false(xmem_checked_mul(MAX / 2 + 1, 2, &res));
	assert_true(xmem_checked_align_up(MAX - 15, 16, &res));
	assert_int_equal(res, MAX - 15);
	assert_false(xmem_checked_align_up(MAX - 14, 16, &res));
	assert_true(xmem_checked_align_up(0, 4096, &res) && res == 0);
}

/* Pages for a size: rounded up, right up to the largest size. */
static void pages_for_size(void **state)
{
	(void)state;
	assert_int_equal(xmem_pages_for(0), 0);
	assert_int_equal(xmem_pages_for(1), 1);
	assert_int_equal(xmem_pages_for(PAGE_SIZE), 1);
	assert_int_equal(xmem_pages_for(PAGE_SIZE + 1), 2);
	assert_int_equal(xmem_pages_for(MAX), (MAX >> PAGE_SHIFT) + 1);
}

/* A frame is its number, or no frame where a long cannot number it. */
static void frame_numbers(void **state)
{
	paddr_t frame;

	(void)state;
	assert_int_equal(xmem_frame_number(0), 0);
	for (unsigned int bit = 0; bit < 64; bit++) {
		bool fits = bit < TEST_LONG_BITS;

		frame = (paddr_t)1 << bit;
		assert_true(xmem_frame_number(frame) ==
			    (fits ? (unsigned long)frame : ~0UL));
		assert_true(xmem_frame_number(frame + 5) ==
			    (fits ? (unsigned long)frame + 5 : ~0UL));
	}
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

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(power_of_two),
	cmocka_unit_test(powers_of_two_have_one_bit),
	cmocka_unit_test(rounding),
	cmocka_unit_test(rounding_goes_to_the_nearest_multiple),
	cmocka_unit_test(checked),
	cmocka_unit_test(checked_arithmetic_is_exact),
	cmocka_unit_test(pages_for_size),
	cmocka_unit_test(pages_hold_the_size),
	cmocka_unit_test(frame_numbers),
};

TEST_MAIN(tests)
