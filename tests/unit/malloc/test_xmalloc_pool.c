/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_xmalloc_pool.c - pages come for the pool of xmalloc, and go again
 * link: src/malloc/xmalloc*.c src/pool/ src/tlsf/
 * link: src/xenheap/pages_exact.c
 */
#include <xmem/debug.h>
#include <xmem/xmalloc.h>

#include "small_heap.h"

#define POOL_MAX (PAGE_SIZE - 40)

/* Pages of emptied pools go back, but one. */
static void empty_pages_go_back(void **state)
{
	void *p[50];

	(void)state;
	for (unsigned int i = 0; i < 50; i++) {
		p[i] = _xmalloc(POOL_MAX, 8);
	}
	assert_int_equal(heap_nr_used, 50);
	assert_int_equal(xmem_xmalloc_total(), 50 * PAGE_SIZE);
	for (unsigned int i = 0; i < 50; i++) {
		xfree(p[i]);
	}
	assert_int_equal(heap_nr_used, 1);
	assert_int_equal(xmem_xmalloc_trim(), 1);
	assert_int_equal(heap_nr_used, 0);
}

/* A page of the pool bears its tag, for as long as it is the pool's. */
static void pages_are_tagged(void **state)
{
	void *p = _xmalloc(100, 8);

	(void)state;
	assert_int_equal(xmem_xenheap_tag(p), XMEM_TAG_POOL);
	xfree(p);
	assert_int_equal(xmem_xenheap_tag(p), XMEM_TAG_POOL);
	assert_int_equal(xmem_xmalloc_trim(), 1);
	assert_int_equal(xmem_xenheap_tag(p), XMEM_TAG_NONE);
	assert_int_equal(xmem_xmalloc_trim(), 0);
}

/* Used bytes count the header, the total whole regions. */
static void counts_are_exact(void **state)
{
	void *p;

	(void)state;
	assert_int_equal(xmem_xmalloc_used() + xmem_xmalloc_total(), 0);
	p = _xmalloc(100, 8);
	assert_in_range(xmem_xmalloc_used(), 100, 128);
	assert_int_equal(xmem_xmalloc_total(), PAGE_SIZE);
	xfree(p);
	assert_int_equal(xmem_xmalloc_used(), 0);
	assert_int_equal(xmem_xmalloc_trim(), 1);
	assert_int_equal(xmem_xmalloc_total(), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(empty_pages_go_back),
	cmocka_unit_test(pages_are_tagged),
	cmocka_unit_test(counts_are_exact),
};

TEST_MAIN(tests)
