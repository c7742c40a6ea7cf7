/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_front.c - a public name gives way to the host's, an internal one does
 * not
 *
 * link: src/debug/check.c src/pool/ src/tlsf/
 */
#include "lib/front.h"

#include <xmem/debug.h>

#include "heap/heap.h"
#include "malloc/malloc.h"
#include "pool/pool.h"
#include "vmap/vmap.h"

#include "test.h"

const char *xmem_heap_validate(void)
{
	return NULL;
}

const char *xmem_xmalloc_validate(void)
{
	return NULL;
}

const char *xmem_window_validate(void)
{
	return "ours";
}

/* The host's own, in the same program as pool_check.c, which has the name. */
const char *xmem_pool_check(struct xmem_pool *pool)
{
	(void)pool;
	return "the host's";
}

const char *xmem_vmap_check(void)
{
	return "the host's";
}

static int before(void)
{
	return 5;
}

static void *get(unsigned long bytes)
{
	return aligned_alloc(16, (bytes + 15) & ~15UL);
}

/* The host's function is linked, and the library calls its own. */
static void host_and_library_have_their_own(void **state)
{
	struct xmem_pool *pool = xmem_pool_create("p", get, free, 0, 1024);

	(void)state;
	assert_non_null(pool);
	assert_string_equal(xmem_pool_check(pool), "the host's");
	assert_null(xmem_pool_validate(pool));
	assert_string_equal(xmem_check_all(), "ours");
	xmem_pool_destroy(pool);
}

int after(void);
XMEM_FRONT(after, before);

/* Where nobody has another one, both names are of one function. */
static void front_is_the_function(void **state)
{
	(void)state;
	assert_int_equal(after(), 5);
	assert_true(after == before);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(host_and_library_have_their_own),
	cmocka_unit_test(front_is_the_function),
};

TEST_MAIN(tests)
