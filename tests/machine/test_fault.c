/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_fault.c - failures happen when asked for, and only then
 */
#include <xmem/xmem.h>

#include "test.h"
#include "xmem_host.h"

static int start(void **state)
{
	(void)state;
	return xmem_host_boot(NULL);
}

static int stop(void **state)
{
	(void)state;
	assert_int_equal(xmem_host_shutdown(), 0);
	return 0;
}

/* Does an allocation of one page work? */
static bool works(void)
{
	void *va = alloc_xenheap_page();

	free_xenheap_page(va);
	return va != NULL;
}

/* The n-th allocation fails, those before and after do not. */
static void nth_allocation_fails_once(void **state)
{
	unsigned long before = xmem_host_nr_failed();

	(void)state;
	xmem_host_fail_nth(3, false);
	assert_true(works());
	assert_true(works());
	assert_false(works());
	assert_true(works());
	assert_int_equal(xmem_host_nr_failed(), before + 1);
}

/* A persistent failure stays until it is taken back. */
static void persistent_failure_stays(void **state)
{
	(void)state;
	xmem_host_fail_nth(2, true);
	assert_true(works());
	assert_false(works());
	assert_false(works());
	assert_null(vmalloc(PAGE_SIZE));
	xmem_host_fail_nth(0, false);
	assert_true(works());
}

/* Domheap pages fail, too. */
static void domheap_requests_count(void **state)
{
	(void)state;
	xmem_host_fail_nth(1, false);
	assert_null(alloc_domheap_page(NULL, 0));
}

/* A configuration can ask for the failure. */
static void configuration_arms_the_failure(void **state)
{
	struct xmem_host_config c = {.fail_nth = 1};

	(void)state;
	assert_int_equal(xmem_host_boot(&c), 0);
	assert_false(works());
	assert_true(works());
	assert_int_equal(xmem_host_shutdown(), 0);
}

/* A probe says what an address can do, and nothing breaks. */
static void probe_recovers(void **state)
{
	static const char constant[] = "constant";
	char local = 'x';

	(void)state;
	assert_true(xmem_host_probe(&local, XMEM_HOST_WRITE));
	assert_true(xmem_host_probe(constant, XMEM_HOST_READ));
	assert_false(xmem_host_probe(constant, XMEM_HOST_WRITE));
	assert_false(xmem_host_probe(&local, XMEM_HOST_EXEC));
	assert_false(xmem_host_probe(NULL, XMEM_HOST_READ));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(nth_allocation_fails_once, start, stop),
	cmocka_unit_test_setup_teardown(persistent_failure_stays, start, stop),
	cmocka_unit_test_setup_teardown(domheap_requests_count, start, stop),
	cmocka_unit_test(configuration_arms_the_failure),
	cmocka_unit_test(probe_recovers),
};

TEST_MAIN(tests)
