/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_pool_check.c - the validator of pools names each kind of damage
 * link: src/pool/ src/tlsf/
 */
#include <xmem/debug.h>

#include "pool/pool.h"
#include "test.h"
#include "tlsf/tlsf_priv.h"

#define GROW 1024UL

static unsigned char mem[8][4096] __attribute__((aligned(64)));
static unsigned int nr_got;

static void *get(unsigned long bytes)
{
	assert_true(bytes <= sizeof(mem[0]) && nr_got < 8);
	return mem[nr_got++];
}

static void put(void *p)
{
	(void)p;
}

static struct xmem_pool *pool;

static int setup(void **state)
{
	(void)state;
	nr_got = 0;
	pool = xmem_pool_create("test", get, put, 4 * GROW, GROW);
	return pool == NULL;
}

static void expect(const char *text)
{
	const char *broken = xmem_pool_check(pool);

	assert_non_null(broken);
	if (strstr(broken, text) == NULL) {
		fail_msg("'%s' does not contain '%s'", broken, text);
	}
	assert_int_equal(xmem_host_held.nr, 0);
}

/* A second empty region, or one that is not the spare. */
static void check_finds_empty_regions(void **state)
{
	void *bad;

	(void)state;
	ASSERT_VALID(xmem_pool_check(pool));
	assert_int_equal(xmem_tlsf_add(pool->tlsf, get(GROW), GROW, &bad), 0);
	expect("pool I1: the empty region");
	pool->spare = mem[1];
	ASSERT_VALID(xmem_pool_check(pool));
	assert_int_equal(xmem_tlsf_add(pool->tlsf, get(GROW), GROW, &bad), 0);
	expect("pool I1");
	expect("pool I1: two");
}

/* More memory than the limit allows, fetched memory included. */
static void check_finds_a_pool_over_its_limit(void **state)
{
	void *p = xmem_pool_alloc(10, pool);

	(void)state;
	assert_non_null(p);
	pool->growing = 3 * GROW;
	ASSERT_VALID(xmem_pool_check(pool));
	pool->growing += 16;
	expect("pool I2");
	pool->max_size = 0;
	ASSERT_VALID(xmem_pool_check(pool));
}

/* What the engine's validator finds. */
static void check_passes_on_the_engines_findings(void **state)
{
	char *p = xmem_pool_alloc(10, pool);

	(void)state;
	assert_non_null(p);
	block_of(p)->seal++;
	expect("I1: a header was overwritten");
}

#define T(name) cmocka_unit_test_setup(name, setup)

static const struct CMUnitTest tests[] = {
	T(check_finds_empty_regions),
	T(check_finds_a_pool_over_its_limit),
	T(check_passes_on_the_engines_findings),
};

TEST_MAIN(tests)
