/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_domheap_block.c - the domheap where the hit path does not do: quotas,
 * empty caches, memory that is used up
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "caches.h"

#include "page/domheap.h"

static struct domain d;

/* 1024 frames; CPU 0 has a cache. */
static int set_up(void **state)
{
	(void)fake_setup(state);
	fake_add(1024, 2048, false);
	assert_int_equal(xmem_cpu_up(0, 0), 0);
	return 0;
}

/* The quota is exact, however a block is allocated, and each call asks once if
 * it shall fail. */
static void quotas_are_exact(void **state)
{
	unsigned long nr = 0;

	(void)state;
	xmem_owner_init(&d.mem, 95, 0);
	fake_fail(0, false);
	while (alloc_domheap_pages(&d, nr % 5, 0) != NULL) {
		nr++;
	}
	assert_int_equal(d.mem.tot_pages, 94); /* 31 each five, and 1 */
	assert_int_equal(fake.nr_calls, nr + 1);
	while (alloc_domheap_page(&d, 0) != NULL) {
	}
	assert_int_equal(d.mem.tot_pages, 95);
	assert_non_null(alloc_domheap_page(&d, MEMF_no_refcount));
	assert_int_equal(alloc_domheap_page(&d, MEMF_no_owner)->owner == NULL,
			 1);
	assert_int_equal(d.mem.tot_pages, 95);
	fake_check();
}

/* The last frame is found, and then nothing is counted for anybody. */
static void all_memory_can_be_used(void **state)
{
	unsigned long all = total_free_pages();

	(void)state;
	xmem_owner_init(&d.mem, ~0UL, 0);
	for (unsigned long i = 0; i < all; i++) {
		assert_non_null(alloc_domheap_page(i % 2 ? &d : NULL, 0));
	}
	assert_int_equal(total_free_pages(), 0);
	assert_null(alloc_domheap_page(&d, 0));
	assert_null(alloc_domheap_page(NULL, 0));
	assert_null(alloc_domheap_pages(&d, 3, 0));
	assert_null(alloc_xenheap_page());
	assert_int_equal(d.mem.tot_pages, all / 2);
	fake_check();
}

/* An allocation that shall fail does, from the cache as well. */
static void injected_failures_come_out(void **state)
{
	(void)state;
	xmem_owner_init(&d.mem, ~0UL, 0);
	free_domheap_page(alloc_domheap_page(NULL, 0));
	fake_fail(1, true);
	assert_null(alloc_domheap_page(NULL, 0));
	assert_null(alloc_domheap_page(&d, 0));
	assert_null(alloc_domheap_pages(NULL, HEAP_SUPER_ORDER, 0));
	assert_null(alloc_xenheap_page());
	fake_fail(0, false);
	assert_int_equal(d.mem.tot_pages, 0);
	fake_check();
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(quotas_are_exact),
	T(all_memory_can_be_used),
	T(injected_failures_come_out),
};

TEST_MAIN(tests)
