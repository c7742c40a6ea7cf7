/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bitmap_tree_model.c - the bitmap tree against bytes, words of 64 bits
 *
 * link: src/lib/bitmap_tree.c src/lib/bitmap_tree_check.c
 */
#define _GNU_SOURCE /* memrchr */
#include "bitmap_tree_model.h"

/* One word or two: all compared after every step. */
static void smallest(void **state)
{
	(void)state;
	walk(1, 1000, 1);
	walk(4, 10000, 1);
	walk(64, 100000, 1);
	walk(65, 100000, 1);
}

/* A few hundred bits: all compared after every step. */
static void small(void **state)
{
	(void)state;
	walk(333, 1000000, 1);
}

/* Many levels. */
static void large(void **state)
{
	(void)state;
	walk(300007, 1000000, 1000);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(smallest),
	cmocka_unit_test(small),
	cmocka_unit_test(large),
};

TEST_MAIN(tests)
