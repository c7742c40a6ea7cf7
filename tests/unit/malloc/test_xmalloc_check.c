/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_xmalloc_check.c - the validator of xmalloc looks at its pool
 * link: src/malloc/xmalloc*.c src/pool/ src/tlsf/
 * link: src/xenheap/pages_exact.c
 */
#include <xmem/debug.h>
#include <xmem/xmalloc.h>

#include "small_heap.h"

#include "malloc/malloc_priv.h"

/* Sound before the first use, in use, and empty again. */
static void sound_pool_passes(void **state)
{
	void *p;

	(void)state;
	ASSERT_VALID(xmem_xmalloc_check());
	p = _xmalloc(100, 0);
	assert_non_null(p);
	ASSERT_VALID(xmem_xmalloc_check());
	xfree(p);
	ASSERT_VALID(xmem_xmalloc_check());
}

/* A count that is wrong is found, and the lock is dropped. */
static void damage_is_found(void **state)
{
	void *p = _xmalloc(100, 0);

	(void)state;
	assert_non_null(p);
	xmem_xmalloc_pool.max_size = 1;
	assert_string_equal(xmem_xmalloc_check(),
			    "pool I2: larger than its limit");
	assert_int_equal(xmem_host_held.nr, 0);
	xmem_xmalloc_pool.max_size = 0;
	xfree(p);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(sound_pool_passes),
	cmocka_unit_test(damage_is_found),
};

TEST_MAIN(tests)
