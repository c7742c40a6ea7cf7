/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pt_model_unbroken.c - page tables against an array: the hint, and no breaks
 *
 * As on RISC-V with Svnapot: the entries of a group do not hold their frames
 * in full, and any entry may be written over another.
 *
 * link: src/pt/ tests/fake/pt/fake.c
 * include: tests/fake/pt/include
 * flags: -DFAKE_PT_LEVELS=3 -DFAKE_PT_BITS=3 -DFAKE_PT_TOP_BITS=2
 * flags: -DFAKE_NO_BREAK
 */
#include "pt_model.h"

TEST_MAIN(tests)
