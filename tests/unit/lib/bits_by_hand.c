/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bits_by_hand.c - the tests of test_bits.c for a CPU that counts no zeros
 */
#define ARCH_HAS_CLZ 0

#include "bits_tests.h"

_Static_assert(!ARCH_HAS_CLZ, "the builtins are not tested here");

int run_bits_by_hand(void)
{
	return cmocka_run_group_tests_name("by hand", tests, NULL, NULL);
}
