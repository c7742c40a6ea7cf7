/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_va_check.c - the validator names each kind of damage
 *
 * Each test makes a sound window of several areas and holes, damages one
 * thing, and expects the sentence that says so.
 *
 * link: src/va/va.c src/va/va_check.c
 * link: src/lib/bitmap_tree.c src/lib/bitmap_tree_check.c
 */
#include "test.h"
#include "va/va.h"

#define NR 1000UL

static struct xmem_va va;
static uint64_t mem[4096];

/* Areas at 1 (9 pages), 31 (5), a hole between, free space behind. */
static int set_up(void **state)
{
	(void)state;
	assert_true(xmem_va_bytes(NR) <= sizeof(mem));
	memset(mem, 0x3c, sizeof(mem));
	xmem_va_init(&va, NR, mem);
	assert_int_equal(xmem_va_take_at(&va, 1, 9, 1), 0);
	assert_int_equal(xmem_va_take_at(&va, 31, 5, 1), 0);
	ASSERT_VALID(xmem_va_check(&va));
	return 0;
}

static void expect(const char *text)
{
	const char *broken = xmem_va_check(&va);

	if (broken == NULL || strstr(broken, text) == NULL) {
		fail_msg("said '%s', expected '%s'", broken, text);
	}
}

/* I1: the tiling begins at page 1. */
static void first_segment_is_missing(void **state)
{
	(void)state;
	xmem_bitmap_tree_clear(&va.start, 1);
	expect("does not start at page 1");
}

/* I1: page 0 is nobody's. */
static void segment_at_page_zero(void **state)
{
	(void)state;
	xmem_bitmap_tree_set(&va.start, 0);
	expect("does not start at page 1");
}

/* I1: an area without a guard. */
static void area_of_one_page(void **state)
{
	(void)state;
	xmem_bitmap_tree_set(&va.start, 2);
	va.state[0] |= 1U << 4;
	expect("no room for its guard");
}

/* I2: an area's state says free, so it touches a hole. */
static void free_neighbours(void **state)
{
	(void)state;
	va.state[31 / 4] &= (uint8_t) ~(3U << (31 % 4 * 2));
	expect("neighbours");
}

/* I3: the class bit of a hole is lost. */
static void hole_without_class(void **state)
{
	(void)state;
	xmem_bitmap_tree_clear(&va.class[xmem_va_class(20)], 1);
	expect("not in the class of its length");
}

/* I3: a class bit that belongs to no hole. */
static void class_bit_too_many(void **state)
{
	(void)state;
	xmem_bitmap_tree_set(&va.class[xmem_va_class(20)], 20);
	expect("a bit of no free segment");
}

/* I4: the mask misses a class, or has one too many. */
static void mask_is_wrong(void **state)
{
	(void)state;
	va.classes ^= 1;
	expect("mask of classes");
}

/* I5: pages in use. */
static void used_pages_are_wrong(void **state)
{
	(void)state;
	va.nr_used++;
	expect("count of used pages");
}

/* I5: areas. */
static void areas_are_wrong(void **state)
{
	(void)state;
	va.nr_areas--;
	expect("count of areas");
}

/* A tree is damaged inside. */
static void tree_is_broken(void **state)
{
	(void)state;
	va.start.level[0][0] = 0;
	assert_non_null(xmem_va_check(&va));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(first_segment_is_missing, set_up),
	cmocka_unit_test_setup(segment_at_page_zero, set_up),
	cmocka_unit_test_setup(area_of_one_page, set_up),
	cmocka_unit_test_setup(free_neighbours, set_up),
	cmocka_unit_test_setup(hole_without_class, set_up),
	cmocka_unit_test_setup(class_bit_too_many, set_up),
	cmocka_unit_test_setup(mask_is_wrong, set_up),
	cmocka_unit_test_setup(used_pages_are_wrong, set_up),
	cmocka_unit_test_setup(areas_are_wrong, set_up),
	cmocka_unit_test_setup(tree_is_broken, set_up),
};

TEST_MAIN(tests)
