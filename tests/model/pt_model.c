/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pt_model.c - page tables against an array: a short root, two groups a table
 *
 * link: src/pt/ tests/fake/pt/fake.c
 * include: tests/fake/pt/include
 * flags: -DFAKE_PT_LEVELS=3 -DFAKE_PT_BITS=3 -DFAKE_PT_TOP_BITS=2
 */
#include "pt_model.h"

TEST_MAIN(tests)
