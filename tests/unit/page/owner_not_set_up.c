/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * owner_not_set_up.c - owners that nobody has set up are found
 *
 * link: src/page/owner.c
 * flags: -UXMEM_DEBUG -DXMEM_DEBUG=1
 */
#include "page/owner.h"

#include "test.h"

static void zeroed_owner_is_found(void **state)
{
	static struct domain d;

	(void)state;
	EXPECT_PANIC((void)!xmem_owner_reserve(&d, 1),
		     "was not set up there by xmem_owner_init(), caller 0x");
}

static void moved_owner_is_found(void **state)
{
	static struct domain d[2];

	(void)state;
	xmem_owner_init(&d[0].mem, 5, 1);
	assert_true(xmem_owner_reserve(&d[0], 1));
	d[1] = d[0];
	EXPECT_PANIC((void)!xmem_owner_reserve(&d[1], 1),
		     "was not set up there");
	assert_true(xmem_owner_reserve(&d[0], 4));
	assert_false(xmem_owner_reserve(&d[0], 1));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(zeroed_owner_is_found),
	cmocka_unit_test(moved_owner_is_found),
};

TEST_MAIN(tests)
