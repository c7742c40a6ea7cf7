/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * va_model_narrow.c - the address engine against its oracle, words of 4 bits
 *
 * link: src/va/va.c src/va/va_check.c
 * link: src/lib/bitmap_tree.c src/lib/bitmap_tree_check.c
 * flags: -DXMEM_WORD_SHIFT=2
 */
#include "va_model.h"

TEST_MAIN(tests)
