/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_bits.c - the functions on one word, with the instructions of the CPU
 * and as they are for a CPU that counts no zeros
 *
 * link: tests/host/panic.c
 * with: tests/unit/lib/bits_by_hand.c
 */
#include "bits_tests.h"

int run_bits_by_hand(void);

int main(void)
{
	int failed;

	test_begin();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	return run_bits_by_hand() + failed;
}
