/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_bits_by_hand.c - the functions on one word, for a CPU that counts no
 * zeros
 *
 * link: tests/host/panic.c
 * flags: -DARCH_HAS_CLZ=0
 */
#include "bits_tests.h"

_Static_assert(!ARCH_HAS_CLZ, "the builtins are not tested here");

TEST_MAIN(tests)
