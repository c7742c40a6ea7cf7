/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_frames.c - the index of the machine answers, before and after it is
 * built
 *
 * link: src/frame/
 */
#include <arch/frame_index.h>

#include "test.h"

#define SECTION (1UL << XMEM_SECTION_ORDER)

/* Three ranges in one section, one over a border, one far away. */
static const struct xmem_frame_range range[] = {
	{1, 100},
	{200, 300},
	{310, 311},
	{SECTION - 5, SECTION + 5},
	{9 * SECTION + 7, 9 * SECTION + 9},
};
#define NR (sizeof(range) / sizeof(range[0]))

static bool is_ram(unsigned long mfn)
{
	for (unsigned int i = 0; i < NR; i++) {
		if (mfn >= range[i].start && mfn < range[i].end) {
			return true;
		}
	}
	return false;
}

static void expect(unsigned long mfn, unsigned long mapped_end)
{
	unsigned long index;

	assert_int_equal(xmem_directmap_valid(mfn), is_ram(mfn));
	if (is_ram(mfn)) {
		index = xmem_frame_to_index(&xmem_frames, mfn);
		assert_int_equal(xmem_directmap_has(index), mfn < mapped_end);
	}
}

static void expect_all(unsigned long mapped_end)
{
	for (unsigned long mfn = 0; mfn < 400; mfn++) {
		expect(mfn, mapped_end);
		expect(SECTION - 200 + mfn, mapped_end);
		expect(9 * SECTION + mfn, mapped_end);
	}
	assert_false(xmem_directmap_valid(~0UL));
	assert_false(xmem_directmap_has(3 * SECTION));
	assert_false(xmem_directmap_has(~0UL));
}

/* Nothing is RAM or mapped, and boot frames for tables may lie anywhere. */
static void before_it_is_built(void **state)
{
	(void)state;
	for (unsigned long i = 0; i < 400; i++) {
		assert_false(xmem_directmap_valid(i));
		assert_false(xmem_directmap_has(i));
	}
	assert_int_equal(xmem_table_limit, ~0UL);
}

/* Exactly the ranges are RAM, and mapped as far as the limit says. */
static void after_it_is_built(void **state)
{
	const unsigned long limits[] = {0, 250, 310, SECTION, ~0UL};
	void *mem = malloc(xmem_frame_index_bytes(range, NR));

	(void)state;
	xmem_frame_index_init(&xmem_frames, range, NR, mem);
	expect_all(~0UL);
	for (unsigned int i = 0; i < 5; i++) {
		xmem_frame_index_limit(&xmem_frames, mem, limits[i]);
		expect_all(limits[i]);
	}
	free(mem);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(before_it_is_built),
	cmocka_unit_test(after_it_is_built),
};

TEST_MAIN(tests)
