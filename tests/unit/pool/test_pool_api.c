/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_pool_api.c - pools are made, used and destroyed; what makes no sense is
 * refused
 *
 * link: src/pool/ src/tlsf/
 */
#include "pool_tests.h"

/* Bad arguments and failing memory give NULL and lose nothing. */
static void create_refuses_bad_arguments(void **state)
{
	unsigned int before = nr_out;

	(void)state;
	assert_null(xmem_pool_create(NULL, get, put, 0, GROW));
	assert_null(xmem_pool_create("x", NULL, put, 0, GROW));
	assert_null(xmem_pool_create("x", get, NULL, 0, GROW));
	assert_null(xmem_pool_create("x", get, put, 0, 0));
	assert_null(xmem_pool_create("x", get, put, 0, 255));
	assert_null(xmem_pool_create("x", get, put, 0, (1UL << 26) + 1));
	assert_null(xmem_pool_create("x", get, put, 0, ~0UL));
	fail_at = 1;
	assert_null(xmem_pool_create("x", get, put, 0, GROW));
	assert_null(xmem_pool_create("x", get_odd, put_odd, 0, GROW));
	assert_int_equal(nr_out, before);
}

/* The struct is asked for in multiples of the region size; sizes are rounded
 * up to 16. */
static void create_asks_for_multiples_of_grow_size(void **state)
{
	static const unsigned long grow[] = {256, 257, 1000, 4096, 65536};

	(void)state;
	for (unsigned int i = 0; i < 5; i++) {
		unsigned long size = (grow[i] + 15) & ~15UL;
		struct xmem_pool *p =
			xmem_pool_create("x", get, put, 0, grow[i]);
		void *a;

		assert_non_null(p);
		assert_int_equal(last_size % size, 0);
		assert_true(last_size < 5000 + size);
		assert_int_equal(xmem_pool_maxalloc(p), size - 40);
		a = xmem_pool_alloc(xmem_pool_maxalloc(p), p);
		assert_non_null(a);
		assert_int_equal(last_size, size);
		assert_int_equal(xmem_pool_get_total_size(p), size);
		assert_int_equal(xmem_pool_get_used_size(p), size - 32);
		xmem_pool_free(a, p);
		xmem_pool_destroy(p);
	}
}

/* Sizes out of range give NULL and cost no region. */
static void alloc_refuses_bad_sizes(void **state)
{
	unsigned int before = nr_gets;

	(void)state;
	assert_null(xmem_pool_alloc(0, pool));
	assert_null(xmem_pool_alloc(GROW - 39, pool));
	assert_null(xmem_pool_alloc(GROW, pool));
	assert_null(xmem_pool_alloc(~0UL, pool));
	assert_null(xmem_pool_alloc(~0UL - 15, pool));
	assert_null(xmem_pool_alloc_align(1, 3, pool));
	assert_null(xmem_pool_alloc_align(1, 48, pool));
	assert_null(xmem_pool_alloc_align(1, GROW / 2, pool));
	assert_null(xmem_pool_alloc_align(1, TEST_TOP_BIT, pool));
	assert_null(xmem_pool_alloc_align(0, 16, pool));
	assert_null(xmem_pool_alloc_align(GROW - 40, 32, pool));
	assert_int_equal(nr_gets, before);
}

/* Every size and alignment in range is served. */
static void alloc_serves_every_size_and_alignment(void **state)
{
	(void)state;
	for (unsigned long size = 1; size <= GROW - 40; size++) {
		void *p = xmem_pool_alloc(size, pool);

		assert_non_null(p);
		memset(p, 1, size);
		assert_in_range(xmem_pool_usable_size(p, pool), size,
				GROW - 40);
		xmem_pool_free(p, pool);
	}
	for (unsigned long align = 0; align <= GROW / 4;
	     align = align ? 2 * align : 1) {
		unsigned long max = xmem_tlsf_max_aligned(GROW, align);
		void *p = xmem_pool_alloc_align(max, align, pool);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p & (align ? align - 1 : 0), 0);
		xmem_pool_free(p, pool);
	}
}

/* In place or not at all. */
static void resize_is_in_place(void **state)
{
	char *a = xmem_pool_alloc(100, pool), *b = xmem_pool_alloc(100, pool);

	(void)state;
	assert_true(xmem_pool_resize(a, 50, pool));
	assert_true(xmem_pool_resize(a, 104, pool));
	assert_false(xmem_pool_resize(a, 105, pool));
	assert_false(xmem_pool_resize(a, ~0UL, pool));
	assert_false(xmem_pool_resize(a, 0, pool));
	xmem_pool_free(b, pool);
	assert_true(xmem_pool_resize(a, GROW - 40, pool));
	assert_int_equal(xmem_pool_usable_size(a, pool), GROW - 40);
	xmem_pool_free(a, pool);
}

/* Destroy returns all regions and says what was still allocated. */
static void destroy_reports_what_is_lost(void **state)
{
	struct xmem_pool *p = xmem_pool_create("leaky", get, put, 0, GROW);
	unsigned long before = xmem_host_nr_prints;

	(void)state;
	assert_non_null(xmem_pool_alloc(100, p));
	assert_non_null(xmem_pool_alloc(900, p));
	assert_non_null(xmem_pool_alloc(900, p));
	xmem_pool_destroy(p);
	assert_int_equal(nr_out, 1);
	assert_int_equal(xmem_host_nr_prints, before + 1);
	assert_non_null(strstr(xmem_host_print_text,
			       "pool 'leaky' lost 3 blocks, 1936 bytes"));
	xmem_pool_destroy(NULL);
	assert_int_equal(xmem_host_nr_prints, before + 1);
}

/* NULL is ignored by free. */
static void free_ignores_null(void **state)
{
	(void)state;
	xmem_pool_free(NULL, pool);
}

/* Several pools do not know each other. */
static void pools_are_independent(void **state)
{
	struct xmem_pool *other = xmem_pool_create("other", get, put, 0, 512);
	void *p = xmem_pool_alloc(100, other);

	(void)state;
	assert_int_equal(xmem_pool_get_used_size(pool), 0);
	EXPECT_PANIC(xmem_pool_free(p, pool), "xmem_pool_free");
	xmem_pool_free(p, other);
	xmem_pool_destroy(other);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
	T(create_refuses_bad_arguments),
	T(create_asks_for_multiples_of_grow_size),
	T(alloc_refuses_bad_sizes),
	T(alloc_serves_every_size_and_alignment),
	T(resize_is_in_place),
	T(destroy_reports_what_is_lost),
	T(free_ignores_null),
	T(pools_are_independent),
};

TEST_MAIN(tests)
