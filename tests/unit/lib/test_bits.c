/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_bits.c - the functions on one word, with the instructions of the CPU
 *
 * link: tests/host/panic.c
 */
#include "bits_tests.h"

TEST_MAIN(tests)
