/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pt_model_parts.c - page tables against an array: requests in parts of a group
 *
 * Whatever takes 512 entries at a stretch elsewhere takes four here, so nearly
 * every request is cut, and done as well as if it were not.
 *
 * link: src/pt/ tests/fake/pt/fake.c
 * include: tests/fake/pt/include
 * flags: -DFAKE_PT_LEVELS=3 -DFAKE_PT_BITS=3 -DFAKE_PT_TOP_BITS=2
 * flags: -DXMEM_STRETCH=4UL
 */
#include "pt_model.h"

TEST_MAIN(tests)
