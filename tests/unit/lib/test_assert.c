/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_assert.c - assertions panic with what was asserted, and only then
 *
 * link: tests/host/panic.c
 * flags: -UXMEM_DEBUG -DXMEM_DEBUG=3
 */
#include "test.h"

#include "lib/assert.h"

/* The always-on tier panics with its message, exactly if true. */
static void panic_if_panics(void **state)
{
	int evaluated = 0;

	(void)state;
	XMEM_PANIC_IF(evaluated++ > 0, "never\n");
	assert_int_equal(evaluated, 1);
	EXPECT_PANIC(XMEM_PANIC_IF(evaluated == 1, "value %d\n", evaluated),
		     "value 1\n");
}

/* Assertions name the place and the condition. */
static void assertions_name_the_condition(void **state)
{
	(void)state;
	XMEM_ASSERT(1 + 1 == 2);
	EXPECT_PANIC(XMEM_ASSERT(1 + 1 == 3), "assertion failed: 1 + 1 == 3");
	EXPECT_PANIC(XMEM_ASSERT(1 + 1 == 3), "test_assert.c:");
	XMEM_ASSERT_DEEP((const char *)NULL);
	EXPECT_PANIC(XMEM_ASSERT_DEEP("I9: broken"), "I9: broken");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(panic_if_panics),
	cmocka_unit_test(assertions_name_the_condition),
};

TEST_MAIN(tests)
