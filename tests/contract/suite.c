/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suite.c - runs the tests, prints TAP
 *
 * A test is a function that returns true. Whatever stops it, an unexpected
 * fault or a panic, makes it fail; the next test runs all the same. A test
 * that says contract_skip() is reported as skipped, with the reason.
 */
#include "contract.h"

struct contract_machine contract_machine = {.load_percent = 100};

static const char *skipped; /* why the test that runs does not apply */

bool contract_skip(const char *why)
{
	skipped = why;
	return true;
}

struct result {
	bool (*run)(void);
	bool ok;
};

static void call(void *arg)
{
	struct result *result = arg;

	result->ok = result->run();
}

static bool run_test(const struct contract_test *test)
{
	static struct contract_fault fault;
	struct result result = {test->run, false};

	skipped = NULL;
	if (!contract_try(call, &result, &fault)) {
		return result.ok;
	}
	if (fault.cause == CAUSE_PANIC) {
		contract_diag("panic: %s", fault.text);
	} else {
		contract_diag("cause %u, address %lx, pc %lx, raw %lx",
			      (unsigned int)fault.cause, fault.va, fault.pc,
			      fault.raw);
	}
	return false;
}

static void report(unsigned int nr, const struct contract_test *test, bool ok)
{
	if (ok && skipped != NULL) {
		contract_print("ok %u - %s # SKIP %s\n", nr, test->name,
			       skipped);
	} else {
		contract_print("%s %u - %s\n", ok ? "ok" : "not ok", nr,
			       test->name);
	}
}

unsigned int contract_suite(void)
{
	static const struct contract_test *const groups[] = {
		contract_tests_map,	 contract_tests_alloc,
		contract_tests_limit,	 contract_tests_fault,
		contract_tests_load,	 contract_tests_misuse,
		contract_tests_platform,
	};
	unsigned int nr = 0;
	unsigned int nr_failed = 0;

	for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
		for (const struct contract_test *t = groups[g]; t->run; t++) {
			bool ok = run_test(t);

			nr_failed += !ok;
			report(++nr, t, ok);
		}
	}
	contract_print("1..%u\n", nr);
	return nr_failed;
}
