/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pt_model_deep.c - page tables against an array: many levels, a table a group
 *
 * link: src/pt/ tests/fake/pt/fake.c
 * include: tests/fake/pt/include
 * flags: -DFAKE_PT_TOP_BITS=1
 */
#include "pt_model.h"

TEST_MAIN(tests)
