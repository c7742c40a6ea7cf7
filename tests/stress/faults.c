/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * faults.c - failures on purpose are told and met by CPUs at once
 *
 * One thread asks for a single failure, then for failures that never come,
 * again and again; the others allocate. A thread that saw the number of one
 * request with the kind of another would fail more often than was asked for.
 */
#include <xmem/xmem.h>

#include "stress.h"
#include "xmem_host.h"

static bool done;

static void *ask(void *arg)
{
	struct cpu *cpu = arg;

	xmem_host_cpu_enter(cpu->id);
	for (unsigned long i = 0; i < cpu->steps; i++) {
		xmem_host_fail_nth(1, false);
		xmem_host_fail_nth(0, true);
	}
	__atomic_store_n(&done, true, __ATOMIC_RELEASE);
	return NULL;
}

static void *allocate(void *arg)
{
	struct cpu *cpu = arg;

	xmem_host_cpu_enter(cpu->id);
	while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
		(void)xmem_host_alloc_fails();
	}
	return NULL;
}

static void no_failure_more_than_asked_for(void **state)
{
	static stress_body *const bodies[] = {ask, allocate, allocate};
	const struct xmem_host_config config = {.nr_cpus = 3};
	unsigned long before;

	(void)state;
	assert_int_equal(xmem_host_boot(&config), 0);
	before = xmem_host_nr_failed();
	stress_run(bodies, 3, 0, 1, 200000);
	assert_true(xmem_host_nr_failed() - before <= test_steps(200000));
	assert_int_equal(xmem_host_shutdown(), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(no_failure_more_than_asked_for),
};

TEST_MAIN(tests)
