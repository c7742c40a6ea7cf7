/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_pool.c - pools over plain arrays: growth, limits, give-back, misuse
 * link: src/pool/pool.c src/pool/pool_check.c src/tlsf/
 *
 * The get and put functions check that no lock is held and can fail. The
 * concurrency of growth is tested by calling the pool from inside get, as
 * another CPU would. Threads: tests/stress.
 */
#include <xmem/debug.h>
#include <xmem/pool.h>

#include "pool/pool.h"
#include "tlsf/tlsf_priv.h"
#include "test.h"

#define GROW 1024UL

static unsigned int nr_out; /* pieces of memory handed out */
static unsigned int nr_gets;
static unsigned int fail_at;	/* 0 = never, else the n-th get from now */
static unsigned long last_size; /* of the last get */
static void (*inside_get)(void);

static void *get(unsigned long bytes)
{
	assert_int_equal(xmem_host_held.nr, 0);
	nr_gets++;
	last_size = bytes;
	if (inside_get != NULL) {
		void (*call)(void) = inside_get;

		inside_get = NULL;
		call();
	}
	if (fail_at != 0 && --fail_at == 0) {
		return NULL;
	}
	nr_out++;
	return aligned_alloc(16, (bytes + 15) & ~15UL);
}

static void put(void *mem)
{
	assert_int_equal(xmem_host_held.nr, 0);
	assert_true(nr_out > 0);
	nr_out--;
	free(mem);
}

static void *get_odd(unsigned long bytes)
{
	static unsigned char odd[16384] __attribute__((aligned(16)));

	assert_true(bytes < sizeof(odd) - 8);
	nr_out++;
	return odd + 8;
}

static void put_odd(void *mem)
{
	(void)mem;
	nr_out--;
}

static struct xmem_pool *pool;

static int setup(void **state)
{
	(void)state;
	nr_out = 0;
	nr_gets = 0;
	fail_at = 0;
	inside_get = NULL;
	pool = xmem_pool_create("test", get, put, 0, GROW);
	return pool == NULL;
}

static int teardown(void **state)
{
	(void)state;
	ASSERT_VALID(xmem_pool_check(pool));
	xmem_pool_destroy(pool);
	assert_int_equal(nr_out, 0);
	return 0;
}

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
	T(free_keeps_one_spare_region),
	T(alloc_finds_the_hidden_spare),
	T(alloc_respects_max_size),
	T(limit_holds_while_the_pool_grows),
	T(growth_prefers_what_was_freed_meanwhile),
	T(failed_growth_uses_what_was_freed_meanwhile),
	T(failed_growth_leaves_the_pool_as_it_was),
	T(misaligned_region_is_given_back),
	T(resize_is_in_place),
	T(destroy_reports_what_is_lost),
	T(free_ignores_null),
	T(static_pool_is_set_up),
	T(entropy_is_part_of_the_key),
	T(pools_are_independent),
};

TEST_MAIN(tests)
