/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suite.c - runs the tests, prints TAP
 *
 * A test is a function that returns true. Whatever stops it, an unexpected
 * fault or a panic, makes it fail; the next test runs all the same.
 */
#include "boot.h"

unsigned long boot_free_at_start;

void boot_diag(const char *fmt, ...)
{
	__builtin_va_list args;
	char text[256];

	__builtin_va_start(args, fmt);
	boot_vformat(text, sizeof(text), fmt, args);
	__builtin_va_end(args);
	boot_print("# %s\n", text);
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

static bool run_test(const struct boot_test *test)
{
	struct result result = {test->run, false};
	struct boot_fault fault;

	if (!boot_try(call, &result, &fault)) {
		return result.ok;
	}
	if (fault.vector == BOOT_VEC_PANIC) {
		boot_diag("panic: %s", fault.text);
	} else {
		boot_diag("vector %u, error %lx, rip %lx, cr2 %lx",
			  fault.vector, fault.error, fault.rip, fault.cr2);
	}
	return false;
}

unsigned int boot_suite(void)
{
	static const struct boot_test *const groups[] = {
		boot_tests_map,	 boot_tests_alloc,  boot_tests_fault,
		boot_tests_load, boot_tests_misuse,
	};
	unsigned int nr = 0;
	unsigned int nr_failed = 0;

	for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
		for (const struct boot_test *t = groups[g]; t->run; t++) {
			bool ok = run_test(t);

			nr_failed += !ok;
			boot_print("%s %u - %s\n", ok ? "ok" : "not ok", ++nr,
				   t->name);
		}
	}
	boot_print("1..%u\n", nr);
	return nr_failed;
}
