/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pt_model.c - page tables against an array: a short root, two groups a table
 *
 * link: src/pt/pt.c src/pt/pt_tables.c src/pt/pt_break.c src/pt/pt_leaf.c
 * link: src/pt/pt_check.c
 * link: tests/fake/pt/fake.c
 * include: tests/fake/pt/include
 * flags: -DFAKE_PT_LEVELS=3 -DFAKE_PT_BITS=3 -DFAKE_PT_TOP_BITS=2
 */
#include "pt_model.h"

TEST_MAIN(tests)
