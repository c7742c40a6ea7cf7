/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_pool.c - pools over plain arrays: growth, limits, give-back, misuse
 * link: src/pool/ src/tlsf/
 *
 * The get and put functions check that no lock is held and can fail. The
 * concurrency of growth is tested by calling the pool from inside get, as
 * another CPU would. Threads: tests/stress.
 */
#include "pool_tests.h"

/* One empty region stays, a second one goes back; trim returns the spare. */
static void free_keeps_one_spare_region(void **state)
{
	void *p[4];

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		p[i] = xmem_pool_alloc(GROW - 40, pool);
	}
	assert_int_equal(xmem_pool_get_total_size(pool), 4 * GROW);
	for (unsigned int i = 0; i < 4; i++) {
		xmem_pool_free(p[i], pool);
		ASSERT_VALID(xmem_pool_check(pool));
	}
	assert_int_equal(xmem_pool_get_total_size(pool), GROW);
	assert_int_equal(nr_gets, 5);
	for (unsigned int i = 0; i < 100; i++) {
		p[0] = xmem_pool_alloc(64, pool);
		xmem_pool_free(p[0], pool);
	}
	assert_int_equal(nr_gets, 5);
	assert_int_equal(xmem_pool_trim(pool, "trim", NULL), 1);
	assert_int_equal(xmem_pool_trim(pool, "trim", NULL), 0);
	assert_int_equal(xmem_pool_get_total_size(pool), 0);
	assert_int_equal(nr_out, 1);
}

/* An empty region that lies behind a smaller block on its list is used. */
static void alloc_finds_the_hidden_spare(void **state)
{
	void *a, *b, *c;

	(void)state;
	pool->max_size = 2 * GROW;
	a = xmem_pool_alloc(GROW - 40, pool);
	b = xmem_pool_alloc(16, pool);
	c = xmem_pool_alloc(GROW - 72, pool); /* the region of b is full */
	assert_non_null(c);
	xmem_pool_free(a, pool); /* the spare */
	xmem_pool_free(c, pool); /* 62 - 2 units, more recent */
	assert_null(xmem_pool_alloc_align(GROW - 40, 32, pool));
	a = xmem_pool_alloc(GROW - 40, pool);
	assert_non_null(a);
	ASSERT_VALID(xmem_pool_check(pool));
	xmem_pool_free(a, pool);
	xmem_pool_free(b, pool);
}

/* The limit holds to the byte. */
static void alloc_respects_max_size(void **state)
{
	void *p[3];

	(void)state;
	pool->max_size = 2 * GROW + GROW / 2;
	p[0] = xmem_pool_alloc(GROW - 40, pool);
	p[1] = xmem_pool_alloc(GROW - 40, pool);
	p[2] = xmem_pool_alloc(GROW - 40, pool);
	assert_non_null(p[1]);
	assert_null(p[2]);
	assert_int_equal(xmem_pool_get_total_size(pool), 2 * GROW);
	xmem_pool_free(p[0], pool);
	p[2] = xmem_pool_alloc(GROW - 40, pool);
	assert_ptr_equal(p[2], p[0]);
	xmem_pool_free(p[2], pool);
	xmem_pool_free(p[1], pool);
}

static void *inner;

static void alloc_inside(void)
{
	inner = xmem_pool_alloc(GROW - 40, pool);
}

/* While one region is being fetched its bytes count against the limit. */
static void limit_holds_while_the_pool_grows(void **state)
{
	void *p;

	(void)state;
	pool->max_size = GROW;
	inside_get = alloc_inside;
	p = xmem_pool_alloc(64, pool);
	assert_non_null(p);
	assert_null(inner);
	assert_int_equal(xmem_pool_get_total_size(pool), GROW);
	xmem_pool_free(p, pool);
}

static void *early;

static void free_inside(void)
{
	xmem_pool_free(early, pool);
}

/* Memory freed while a region is being fetched is used; the region goes
 * back, and the pool never holds two empty ones. */
static void growth_prefers_what_was_freed_meanwhile(void **state)
{
	void *p;

	(void)state;
	early = xmem_pool_alloc(GROW - 40, pool);
	inside_get = free_inside;
	p = xmem_pool_alloc(500, pool);
	assert_non_null(p);
	assert_int_equal(xmem_pool_get_total_size(pool), GROW);
	assert_int_equal(nr_out, 2);
	xmem_pool_free(p, pool);
}

/* The same when the fetch itself fails. */
static void failed_growth_uses_what_was_freed_meanwhile(void **state)
{
	void *p;

	(void)state;
	early = xmem_pool_alloc(GROW - 40, pool);
	inside_get = free_inside;
	fail_at = 1;
	p = xmem_pool_alloc(500, pool);
	assert_non_null(p);
	xmem_pool_free(p, pool);
}

/* Each failing get gives NULL and changes nothing. */
static void failed_growth_leaves_the_pool_as_it_was(void **state)
{
	void *p[5];

	(void)state;
	for (unsigned int n = 0; n < 5; n++) {
		fail_at = 1;
		assert_null(xmem_pool_alloc(GROW - 40, pool));
		assert_int_equal(xmem_pool_get_total_size(pool), n * GROW);
		assert_int_equal(nr_out, 1 + n);
		assert_int_equal(pool->growing, 0);
		ASSERT_VALID(xmem_pool_check(pool));
		p[n] = xmem_pool_alloc(GROW - 40, pool);
		assert_non_null(p[n]);
	}
	for (unsigned int n = 0; n < 5; n++) {
		xmem_pool_free(p[n], pool);
	}
}

/* A region that is not 16-aligned is given back at once. */
static void misaligned_region_is_given_back(void **state)
{
	unsigned int before = nr_out;

	(void)state;
	pool->get_mem = get_odd;
	pool->put_mem = put_odd;
	assert_null(xmem_pool_alloc(64, pool));
	assert_int_equal(nr_out, before);
	pool->get_mem = get;
	pool->put_mem = put;
}

/* A static pool is set up by one call, in memory of any contents. */
static void static_pool_is_set_up(void **state)
{
	static uint64_t mem[XMEM_TLSF_BYTES(10) / 8]
		__attribute__((aligned(64)));
	static struct xmem_pool s = XMEM_POOL_INIT("s", mem, get, put, GROW);
	void *p;

	(void)state;
	memset(mem, 0x5a, sizeof(mem));
	memset(&s.lock, 0x5a, sizeof(s.lock));
	xmem_pool_set_up(&s);
	ASSERT_VALID(xmem_pool_check(&s));
	assert_int_equal(xmem_pool_get_total_size(&s), 0);
	assert_int_equal(xmem_pool_trim(&s, "trim", NULL), 0);
	assert_null(xmem_pool_alloc(0, &s));
	fail_at = 1;
	assert_null(xmem_pool_alloc(1, &s));
	p = xmem_pool_alloc(1, &s);
	assert_non_null(p);
	xmem_pool_free(p, &s);
	assert_int_equal(xmem_pool_trim(&s, "trim", NULL), 1);
}

static uint64_t key_of_a_pool_at(void *mem, unsigned long long entropy)
{
	static struct xmem_pool s;
	uint64_t key;
	void *p;

	s = (struct xmem_pool)XMEM_POOL_INIT("s", mem, get, put, GROW);
	xmem_host_entropy = entropy;
	xmem_pool_set_up(&s);
	p = xmem_pool_alloc(1, &s);
	key = s.tlsf->cookie;
	xmem_pool_free(p, &s);
	assert_int_equal(xmem_pool_trim(&s, "trim", NULL), 1);
	xmem_host_entropy = 0;
	return key;
}

/* Each random bit of the port's changes the key of the seals, of a static pool
 * and of one that is created. */
static void entropy_is_part_of_the_key(void **state)
{
	static uint64_t mem[XMEM_TLSF_BYTES(10) / 8]
		__attribute__((aligned(64)));
	uint64_t key = key_of_a_pool_at(mem, 0);
	struct xmem_pool *p;

	(void)state;
	assert_true(key_of_a_pool_at(mem, 0) == key);
	for (unsigned int bit = 0; bit < 64; bit++) {
		assert_true(key_of_a_pool_at(mem, 1ULL << bit) != key);
	}
	xmem_host_entropy = 1;
	p = xmem_pool_create("p", get, put, 0, GROW);
	xmem_host_entropy = 0;
	key = p->tlsf->cookie;
	xmem_tlsf_init(p->tlsf, GROW, 0);
	assert_true(p->tlsf->cookie != key);
	xmem_pool_destroy(p);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
	T(free_keeps_one_spare_region),
	T(alloc_finds_the_hidden_spare),
	T(alloc_respects_max_size),
	T(limit_holds_while_the_pool_grows),
	T(growth_prefers_what_was_freed_meanwhile),
	T(failed_growth_uses_what_was_freed_meanwhile),
	T(failed_growth_leaves_the_pool_as_it_was),
	T(misaligned_region_is_given_back),
	T(static_pool_is_set_up),
	T(entropy_is_part_of_the_key),
};

TEST_MAIN(tests)
