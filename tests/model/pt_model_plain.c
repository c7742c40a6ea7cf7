/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pt_model_plain.c - page tables against an array: nothing optional, as on x86
 *
 * link: src/pt/ tests/fake/pt/fake.c
 * include: tests/fake/pt/include
 * flags: -DFAKE_PLAIN
 */
#include "pt_model.h"

TEST_MAIN(tests)
