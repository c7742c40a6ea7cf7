/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test.h - what every host test includes: cmocka, random numbers, panics
 *
 * A panic that is expected is caught:
 *
 *	EXPECT_PANIC(xfree(p), "double free");
 *
 * runs the statement, fails the test if it does not panic or if the message
 * lacks the text. Locks the CPU held at the panic are released.
 */
#ifndef TEST_H
#define TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Catching panics; in panic.c. */
extern __thread jmp_buf *xmem_host_panic_catcher;
extern __thread char xmem_host_panic_text[512];
extern unsigned long xmem_host_nr_prints; /* xmem_port_print() calls */
extern char xmem_host_print_text[512];	  /* the last message printed */
void xmem_host_drop_locks(void);
extern unsigned long xmem_host_nr_broadcasts; /* barriers on every CPU */

#define EXPECT_PANIC(statement, text)                               \
	do {                                                        \
		jmp_buf catcher_;                                   \
		xmem_host_panic_catcher = &catcher_;                \
		if (setjmp(catcher_) == 0) {                        \
			statement;                                  \
			xmem_host_panic_catcher = NULL;             \
			fail_msg("no panic: %s", #statement);       \
		}                                                   \
		xmem_host_panic_catcher = NULL;                     \
		xmem_host_drop_locks();                             \
		if (strstr(xmem_host_panic_text, (text)) == NULL) { \
			fail_msg("panic says '%s', expected '%s'",  \
				 xmem_host_panic_text, (text));     \
		}                                                   \
	} while (0)

/* A long has 32 bits or 64: so many, and the highest one. */
#define TEST_LONG_BITS ((unsigned int)sizeof(long) * 8)
#define TEST_TOP_BIT   (1UL << (TEST_LONG_BITS - 1))

/* A validator returned NULL. */
#define ASSERT_VALID(check)                                  \
	do {                                                 \
		const char *broken_ = (check);               \
		if (broken_ != NULL) {                       \
			fail_msg("%s: %s", #check, broken_); \
		}                                            \
	} while (0)

/* xorshift64*: repeatable, seeded by the test. */
static inline uint64_t test_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 2685821657736338717ULL;
}

/* Steps of a random test: @steps, or a share of it where the environment
 * says XMEM_TEST_PERCENT=n (slow, instrumented builds). */
static inline unsigned long test_steps(unsigned long steps)
{
	const char *percent = getenv("XMEM_TEST_PERCENT");

	return percent ? steps * strtoul(percent, NULL, 10) / 100 + 1 : steps;
}

/* Is the CPU an emulated one? Then a test that goes through all states of a
 * small structure takes a smaller one. */
static inline bool test_is_emulated(void)
{
	const char *emulated = getenv("XMEM_TEST_EMULATED");

	return emulated != NULL && *emulated != '\0';
}

/* A child of a test is done: nothing of the parent's runs in it, but what it
 * has run counts in the coverage. */
#ifdef XMEM_HOST_GCOV
void __gcov_dump(void);
#else
#define __gcov_dump() ((void)0)
#endif

static inline _Noreturn void test_end_child(int status)
{
	__gcov_dump();
	_exit(status);
}

/* What each main() begins with: TAP on standard output, and of the tests only
 * the one that the environment names, XMEM_TEST_ONLY=name (tests/mutate). */
static inline void test_begin(void)
{
	const char *only = getenv("XMEM_TEST_ONLY");

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (only != NULL) {
		cmocka_set_test_filter(only);
	}
}

/* main() of a test file: one group. */
#define TEST_MAIN(tests)                                            \
	int main(void)                                              \
	{                                                           \
		test_begin();                                       \
		return cmocka_run_group_tests((tests), NULL, NULL); \
	}

#endif /* TEST_H */
