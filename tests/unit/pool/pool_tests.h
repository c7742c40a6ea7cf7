/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool_tests.h - memory for pools, which can fail, and a pool
 */
#ifndef POOL_TESTS_H
#define POOL_TESTS_H

#include <xmem/debug.h>
#include <xmem/pool.h>

#include "pool/pool.h"
#include "test.h"
#include "tlsf/tlsf_priv.h"

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

#endif /* POOL_TESTS_H */
