/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_no_boot.c - without a boot allocator, vmap hears that there is none, and
 * one of the host's own goes before
 *
 * link: src/lib/no_boot.c
 */
#include <xmem/boot.h>

#include "test.h"

/* The host's: no link error, and it is the one that is called. */
bool xmem_boot_give(unsigned long mfn)
{
	return mfn == 42;
}

static void there_is_none(void **state)
{
	unsigned long smfn = 7;
	unsigned long emfn = 8;

	(void)state;
	assert_false(xmem_boot_active());
	assert_true(xmem_boot_take(1, 1, 0, ~0UL) == XMEM_NO_MFN);
	assert_false(xmem_boot_ram(0, &smfn, &emfn));
}

static void a_hosts_own_goes_before(void **state)
{
	(void)state;
	assert_true(xmem_boot_give(42));
	assert_false(xmem_boot_give(1));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(there_is_none),
	cmocka_unit_test(a_hosts_own_goes_before),
};

TEST_MAIN(tests)
