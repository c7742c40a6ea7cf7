/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_bitmap_tree.c - each function of the bitmap tree, at the edges
 *
 * link: src/lib/bitmap_tree.c src/lib/bitmap_tree_check.c
 */
#include "lib/bitmap_tree.h"
#include "test.h"

static void *garbage(unsigned long nr)
{
	void *mem = malloc(xmem_bitmap_tree_bytes(nr));

	assert_non_null(mem);
	memset(mem, 0xa5, xmem_bitmap_tree_bytes(nr));
	return mem;
}

/* A new tree is empty, whatever was in its memory. */
static void new_tree_is_empty(void **state)
{
	static const unsigned long sizes[] = {1, 63, 64, 65, 4096, 4097};

	(void)state;
	for (unsigned int i = 0; i < 6; i++) {
		struct xmem_bitmap_tree t;
		void *mem = garbage(sizes[i]);

		xmem_bitmap_tree_init(&t, sizes[i], mem);
		ASSERT_VALID(xmem_bitmap_tree_check(&t));
		assert_true(xmem_bitmap_tree_empty(&t));
		assert_int_equal(xmem_bitmap_tree_first(&t, 0), XMEM_NO_BIT);
		assert_int_equal(xmem_bitmap_tree_last(&t, ~0UL), XMEM_NO_BIT);
		assert_false(xmem_bitmap_tree_test(&t, sizes[i] - 1));
		free(mem);
	}
}

/* init writes the top word and nothing else, whatever the size. */
static void init_touches_the_top_only(void **state)
{
	unsigned long nr = 100000;
	unsigned long words = xmem_bitmap_tree_bytes(nr) / 8;
	struct xmem_bitmap_tree t;
	uint64_t *mem = garbage(nr);
	unsigned long touched = 0;

	(void)state;
	xmem_bitmap_tree_init(&t, nr, mem);
	for (unsigned long i = 0; i < words; i++) {
		touched += mem[i] != 0xa5a5a5a5a5a5a5a5ULL;
	}
	assert_int_equal(touched, 1);
	free(mem);
}

/* Bytes: one word for each 64 below, up to one word. */
static void bytes_of_the_metadata(void **state)
{
	(void)state;
	assert_int_equal(xmem_bitmap_tree_bytes(1), 8);
	assert_int_equal(xmem_bitmap_tree_bytes(64), 8);
	assert_int_equal(xmem_bitmap_tree_bytes(65), 8 * 3);
	assert_int_equal(xmem_bitmap_tree_bytes(4096), 8 * 65);
	assert_int_equal(xmem_bitmap_tree_bytes(4097), 8 * (65 + 2 + 1));
}

/* A bit alone is found from everywhere; clearing it empties the tree. */
static void one_bit(void **state)
{
	unsigned long nr = 64 * 64 * 3 + 5;
	struct xmem_bitmap_tree t;
	void *mem = garbage(nr);

	(void)state;
	xmem_bitmap_tree_init(&t, nr, mem);
	for (unsigned long i = 0; i < nr; i += 61) {
		xmem_bitmap_tree_set(&t, i);
		xmem_bitmap_tree_set(&t, i);
		ASSERT_VALID(xmem_bitmap_tree_check(&t));
		assert_true(xmem_bitmap_tree_test(&t, i));
		assert_false(xmem_bitmap_tree_test(&t, i ^ 1));
		assert_false(xmem_bitmap_tree_empty(&t));
		assert_int_equal(xmem_bitmap_tree_lowest(&t), i);
		assert_int_equal(xmem_bitmap_tree_first(&t, 0), i);
		assert_int_equal(xmem_bitmap_tree_first(&t, i), i);
		assert_int_equal(xmem_bitmap_tree_first(&t, i + 1),
				 XMEM_NO_BIT);
		assert_int_equal(xmem_bitmap_tree_first(&t, ~0UL), XMEM_NO_BIT);
		assert_int_equal(xmem_bitmap_tree_last(&t, ~0UL), i);
		assert_int_equal(xmem_bitmap_tree_last(&t, nr), i);
		assert_int_equal(xmem_bitmap_tree_last(&t, i), i);
		if (i > 0) {
			assert_int_equal(xmem_bitmap_tree_last(&t, i - 1),
					 XMEM_NO_BIT);
		}
		assert_false(xmem_bitmap_tree_clear(&t, i));
		assert_true(xmem_bitmap_tree_empty(&t));
	}
	free(mem);
}

/* first and last step over gaps of every length. */
static void gaps(void **state)
{
	static const unsigned long at[] = {0,	 1,    63,    64,   66,
					   4095, 4096, 70000, 99999};
	struct xmem_bitmap_tree t;
	void *mem = garbage(100000);

	(void)state;
	xmem_bitmap_tree_init(&t, 100000, mem);
	for (unsigned int i = 0; i < 9; i++) {
		xmem_bitmap_tree_set(&t, at[i]);
	}
	for (unsigned int i = 0; i + 1 < 9; i++) {
		assert_int_equal(xmem_bitmap_tree_first(&t, at[i] + 1),
				 at[i + 1]);
		assert_int_equal(xmem_bitmap_tree_last(&t, at[i + 1] - 1),
				 at[i]);
	}
	for (unsigned int i = 0; i < 9; i++) {
		assert_int_equal(xmem_bitmap_tree_clear(&t, at[i]), i < 8);
		ASSERT_VALID(xmem_bitmap_tree_check(&t));
	}
	free(mem);
}

/* A number of bits that no memory has: the geometry holds. */
static void huge(void **state)
{
	unsigned long nr = 1UL << (TEST_LONG_BITS > 34 ? 34 : 31);
	unsigned long words = 0;

	(void)state;
	for (unsigned long n = nr; n > 1;) {
		n = (n + 63) / 64;
		words += n;
	}
	assert_int_equal(xmem_bitmap_tree_bytes(nr), words * 8);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(new_tree_is_empty),
	cmocka_unit_test(init_touches_the_top_only),
	cmocka_unit_test(bytes_of_the_metadata),
	cmocka_unit_test(one_bit),
	cmocka_unit_test(gaps),
	cmocka_unit_test(huge),
};

TEST_MAIN(tests)
