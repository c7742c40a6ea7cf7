/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_align.c - rounding and checked arithmetic, at the edges
 *
 * link: tests/host/panic.c
 */
#include "lib/align.h"
#include "test.h"

#define MAX (~0UL)

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

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(power_of_two),	 cmocka_unit_test(rounding),
	cmocka_unit_test(checked),	 cmocka_unit_test(pages_for_size),
	cmocka_unit_test(frame_numbers),
};

TEST_MAIN(tests)
