/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_va.c - placement, coalescing, refusals and quality of the address
 * engine
 *
 * One property a test. That every state and every call is right is shown by
 * tests/model/va_closure.c and va_model.c, not here.
 *
 * link: src/va/va.c src/va/va_check.c
 * link: src/lib/bitmap_tree.c src/lib/bitmap_tree_check.c
 */
#include "test.h"
#include "va/va.h"

#define NONE XMEM_VA_NONE

static struct xmem_va va;
static unsigned char *mem;

static void set_up(unsigned long nr)
{
	free(mem);
	mem = malloc(xmem_va_bytes(nr));
	memset(mem, 0xc3, xmem_va_bytes(nr));
	xmem_va_init(&va, nr, mem);
}

static unsigned long take(unsigned long nr)
{
	return xmem_va_take(&va, nr, 1, 0, 1);
}

/* Page 0 is a guard, and one page lies between two areas. */
static void guards_are_on_both_sides(void **state)
{
	(void)state;
	set_up(100);
	assert_int_equal(take(3), 1);
	assert_int_equal(take(1), 5);
	assert_int_equal(take(1), 7);
	assert_int_equal(va.nr_used, 8);
	ASSERT_VALID(xmem_va_check(&va));
}

/* A window of n pages holds one area of n - 2 pages and no more. */
static void whole_window_is_usable(void **state)
{
	(void)state;
	set_up(1000);
	assert_int_equal(take(999), NONE);
	assert_int_equal(take(998), 1);
	assert_int_equal(take(1), NONE);
	assert_int_equal(xmem_va_give(&va, 1), 0);
	assert_int_equal(va.nr_used, 0);
	assert_int_equal(take(998), 1);
}

/* A short hole is used before a long one is cut. */
static void smallest_class_is_taken_first(void **state)
{
	unsigned long hole;
	unsigned long pages;

	(void)state;
	set_up(1000);
	pages = take(100);
	(void)!take(1);
	hole = take(9);
	(void)!take(1);
	assert_int_equal(xmem_va_give(&va, pages), 0);
	assert_int_equal(xmem_va_give(&va, hole), 0);
	assert_int_equal(take(8), hole);
}

/* In a class the lowest address comes first. */
static void lowest_of_a_class_is_taken_first(void **state)
{
	unsigned long p[6];

	(void)state;
	set_up(1000);
	for (int i = 0; i < 6; i++) {
		p[i] = take(10);
	}
	assert_int_equal(xmem_va_give(&va, p[3]), 0);
	assert_int_equal(xmem_va_give(&va, p[1]), 0);
	assert_int_equal(take(10), p[1]);
	assert_int_equal(take(10), p[3]);
}

/* A freed area joins with free neighbours on either side, or both. */
static void give_joins_neighbours(void **state)
{
	static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
					 {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

	(void)state;
	for (int o = 0; o < 6; o++) {
		unsigned long p[3];

		set_up(31);
		for (int i = 0; i < 3; i++) {
			p[i] = take(9);
		}
		assert_int_equal(take(1), NONE);
		for (int i = 0; i < 3; i++) {
			assert_int_equal(xmem_va_give(&va, p[orders[o][i]]), 0);
			ASSERT_VALID(xmem_va_check(&va));
		}
		assert_int_equal(take(29), 1);
	}
}

/* The address, not the page of the window, is aligned. */
static void alignment_counts_from_address_zero(void **state)
{
	(void)state;
	set_up(4096);
	for (unsigned long align = 1; align <= 512; align *= 2) {
		unsigned long at = xmem_va_take(&va, 5, align, 0x12345, 1);

		assert_int_not_equal(at, NONE);
		assert_int_equal((at + 0x12345) % align, 0);
		ASSERT_VALID(xmem_va_check(&va));
	}
}

/* An aligned request uses a hole that fits it exactly. */
static void aligned_hole_is_found(void **state)
{
	unsigned long at;

	(void)state;
	set_up(2048);
	at = xmem_va_take(&va, 63, 64, 0, 1);
	assert_int_equal(xmem_va_take_at(&va, at + 64, 1, 1), 0);
	assert_int_equal(xmem_va_take_at(&va, 1, 62, 1), 0);
	assert_int_equal(xmem_va_give(&va, at), 0);
	assert_int_equal(xmem_va_take(&va, 63, 64, 0, 1), at);
}

/* An exact range is taken out of the middle of free space, or not at all. */
static void exact_range_is_taken_whole(void **state)
{
	(void)state;
	set_up(100);
	assert_int_equal(xmem_va_take_at(&va, 50, 9, 2), 0);
	assert_int_equal(xmem_va_size(&va, 50), 9);
	assert_int_equal(xmem_va_take_at(&va, 40, 10, 2), -XMEM_EBUSY);
	assert_int_equal(xmem_va_take_at(&va, 59, 10, 2), -XMEM_EBUSY);
	assert_int_equal(xmem_va_take_at(&va, 40, 9, 2), 0);
	assert_int_equal(xmem_va_take_at(&va, 60, 39, 2), 0);
	assert_int_equal(xmem_va_take_at(&va, 1, 38, 2), 0);
	assert_int_equal(va.nr_used, 99);
	ASSERT_VALID(xmem_va_check(&va));
}

/* Size, tag and start of an area are found from pages in it. */
static void areas_are_found_from_their_pages(void **state)
{
	unsigned long at;

	(void)state;
	set_up(100000);
	(void)!take(1000);
	at = xmem_va_take(&va, 77, 1, 0, 3);
	assert_int_equal(xmem_va_size(&va, at), 77);
	assert_int_equal(xmem_va_tag(&va, at), 3);
	assert_int_equal(xmem_va_find(&va, at + 77), at);
	assert_int_equal(xmem_va_find(&va, at + 78), NONE);
	assert_int_equal(xmem_va_size(&va, at + 1), 0);
	assert_int_equal(xmem_va_tag(&va, at + 1), XMEM_VA_FREE);
	assert_int_equal(xmem_va_retag(&va, at, 2, 1), 0);
	assert_int_equal(xmem_va_tag(&va, at), 3);
	assert_int_equal(xmem_va_retag(&va, at, 3, 1), 77);
	assert_int_equal(xmem_va_tag(&va, at), 1);
}

/* What makes no sense is refused and changes nothing. */
static void bad_requests_are_refused(void **state)
{
	static const unsigned long sizes[] = {0, 99, 100, ~0UL / 2, ~0UL};
	struct xmem_va before;

	(void)state;
	set_up(100);
	before = va;
	for (unsigned int i = 0; i < 5; i++) {
		assert_int_equal(take(sizes[i]), NONE);
		assert_int_equal(xmem_va_take_at(&va, 1, sizes[i], 1),
				 -XMEM_EINVAL);
	}
	assert_int_equal(xmem_va_take(&va, 1, 0, 0, 1), NONE);
	assert_int_equal(xmem_va_take(&va, 1, 6, 0, 1), NONE);
	assert_int_equal(xmem_va_take(&va, 1, ~0UL / 2 + 1, 0, 1), NONE);
	assert_int_equal(xmem_va_take(&va, 1, 1, 0, 0), NONE);
	assert_int_equal(xmem_va_take(&va, 1, 1, 0, 4), NONE);
	assert_int_equal(xmem_va_give(&va, 1), -XMEM_EINVAL);
	assert_int_equal(xmem_va_give(&va, ~0UL), -XMEM_EINVAL);
	assert_memory_equal(&before, &va, sizeof(va));
}

/* Every length up to 10,000 is in the class whose bounds hold it. */
static void classes_grow_with_the_length(void **state)
{
	unsigned int top = TEST_LONG_BITS > 46 ? 46 : TEST_LONG_BITS - 1;
	unsigned long shortest = 2;

	(void)state;
	for (unsigned long length = 2; length < 10000; length++) {
		unsigned int class = xmem_va_class(length);
		unsigned long grain = 1UL << xmem_va_grain(class);

		if (class != xmem_va_class(shortest)) {
			assert_int_equal(class, xmem_va_class(shortest) + 1);
			shortest = length;
		}
		assert_true(grain <= shortest && shortest < 2 * grain);
		assert_true(length < 2 * grain);
	}
	assert_int_equal(xmem_va_class((1UL << top) + 5),
			 XMEM_VA_CLASSES - 1 - (46 - top));
}

/* A page of window costs less than 0.62 byte, and init writes little. */
static void metadata_is_small_and_lazy(void **state)
{
	unsigned long nr = 1UL << 22;
	unsigned long written = 0;
	unsigned long bytes;

	(void)state;
	set_up(nr);
	bytes = xmem_va_bytes(nr);
	print_message("# %.3f bytes a page\n", (double)bytes / (double)nr);
	assert_true(bytes < nr * 62 / 100);
	for (unsigned long i = 0; i < bytes; i++) {
		written += mem[i] != 0xc3;
	}
	assert_true(written < 5000);
}

static unsigned long *areas;
static unsigned long nr_areas;
static uint64_t seed;

static int take_random(void)
{
	unsigned long at = take(test_random(&seed) % 64 + 1);

	if (at != NONE) {
		areas[nr_areas++] = at;
	}
	return at != NONE;
}

static void give_random(void)
{
	unsigned long i = test_random(&seed) % nr_areas;

	assert_int_equal(xmem_va_give(&va, areas[i]), 0);
	areas[i] = areas[--nr_areas];
}

static void start_mix(unsigned long nr)
{
	set_up(nr);
	areas = realloc(areas, nr * sizeof(*areas));
	nr_areas = 0;
	seed = 12345;
}

/* Two in, one at random out, 1 to 64 pages each: the first refusal comes
 * with more than 95 % of the window in use. */
static void window_fills_to_95_percent(void **state)
{
	static const unsigned long sizes[] = {16384, 262144, 4194304};

	(void)state;
	for (int i = 0; i < 3; i++) {
		start_mix(sizes[i]);
		while (take_random() && take_random()) {
			give_random();
		}
		print_message("# %lu pages: refused at %.1f %%\n", sizes[i],
			      100.0 * (double)va.nr_used / (double)sizes[i]);
		assert_true(va.nr_used > sizes[i] / 100 * 95);
	}
}

/* At 93 % in use random replacement goes on, whole turnovers long. */
static void full_window_stays_usable(void **state)
{
	unsigned long nr = 262144;
	unsigned long steps = test_steps(1000000);

	(void)state;
	start_mix(nr);
	for (unsigned long i = 0; i < steps; i++) {
		if (va.nr_used < nr / 100 * 93) {
			assert_true(take_random());
		} else {
			give_random();
		}
	}
	ASSERT_VALID(xmem_va_check(&va));
	free(areas);
	areas = NULL;
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(guards_are_on_both_sides),
	cmocka_unit_test(whole_window_is_usable),
	cmocka_unit_test(smallest_class_is_taken_first),
	cmocka_unit_test(lowest_of_a_class_is_taken_first),
	cmocka_unit_test(give_joins_neighbours),
	cmocka_unit_test(alignment_counts_from_address_zero),
	cmocka_unit_test(aligned_hole_is_found),
	cmocka_unit_test(exact_range_is_taken_whole),
	cmocka_unit_test(areas_are_found_from_their_pages),
	cmocka_unit_test(bad_requests_are_refused),
	cmocka_unit_test(classes_grow_with_the_length),
	cmocka_unit_test(metadata_is_small_and_lazy),
	cmocka_unit_test(window_fills_to_95_percent),
	cmocka_unit_test(full_window_stays_usable),
};

static int forget(void **state)
{
	(void)state;
	free(mem);
	mem = NULL;
	return 0;
}

int main(void)
{
	test_begin();
	return cmocka_run_group_tests(tests, NULL, forget);
}
