/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_meta.c - pages for the library: any number, also more than a block
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"

#define BLOCK (1UL << MAX_ORDER)

/* Three blocks in a row, and no more. */
static int set_up(void **state)
{
	(void)fake_setup(state);
	fake_add(BLOCK, 4 * BLOCK, false);
	return 0;
}

/* Pages [@va, @va + @nr) are held and no others; they come back. */
static void expect_pages(const void *va, unsigned long mfn, unsigned long nr)
{
	assert_ptr_equal(va, mfn_to_virt(mfn));
	assert_int_equal(total_free_pages(), 3 * BLOCK - nr);
	assert_true(is_xen_heap_page(mfn_to_page(_mfn(mfn + nr - 1))));
	xmem_meta_give(mfn_to_virt(mfn), nr);
	assert_int_equal(total_free_pages(), 3 * BLOCK);
	fake_check();
}

/* What a block holds is part of one. */
static void small_numbers_are_part_of_a_block(void **state)
{
	(void)state;
	expect_pages(xmem_meta_take(1), 4 * BLOCK - 1, 1);
	expect_pages(xmem_meta_take(5), 4 * BLOCK - 8, 5);
	expect_pages(xmem_meta_take(BLOCK), 3 * BLOCK, BLOCK);
}

/* More is made of neighbours, and the tail is given back. */
static void neighbours_make_a_large_row(void **state)
{
	(void)state;
	expect_pages(xmem_meta_take(BLOCK + 1), 2 * BLOCK, BLOCK + 1);
	expect_pages(xmem_meta_take(2 * BLOCK + 5), BLOCK, 2 * BLOCK + 5);
	expect_pages(xmem_meta_take(3 * BLOCK), BLOCK, 3 * BLOCK);
}

/* During each allocation but the first, another CPU frees the highest block of
 * those that are in use. */
static struct page_info *in_use[2];
static unsigned int nr_in_use;

static void free_highest(void)
{
	free_domheap_pages(in_use[--nr_in_use], MAX_ORDER);
	fake.on_alloc = nr_in_use > 0 ? free_highest : NULL;
}

static void free_highest_next(void)
{
	fake.on_alloc = free_highest;
}

/* A block that was taken before the neighbours were there is given back. */
static void block_taken_in_vain_is_given_back(void **state)
{
	(void)state;
	for (nr_in_use = 2; nr_in_use > 0; nr_in_use--) {
		in_use[nr_in_use - 1] =
			alloc_domheap_pages(NULL, MAX_ORDER, MEMF_no_scrub);
	}
	nr_in_use = 2;
	assert_int_equal(mfn_of(in_use[1]), 3 * BLOCK);
	fake.on_alloc = free_highest_next;
	expect_pages(xmem_meta_take(BLOCK + 1), 2 * BLOCK, BLOCK + 1);
	assert_int_equal(nr_in_use, 0);
}

/* Where there are no neighbours, or an allocation fails, nothing is kept. */
static void without_neighbours_nothing_is_kept(void **state)
{
	struct page_info *pg[3];

	(void)state;
	assert_null(xmem_meta_take(3 * BLOCK + 1));
	assert_int_equal(total_free_pages(), 3 * BLOCK);
	for (int i = 0; i < 3; i++) {
		pg[i] = alloc_domheap_pages(NULL, MAX_ORDER, MEMF_no_scrub);
		assert_non_null(pg[i]);
	}
	free_domheap_pages(pg[0], MAX_ORDER);
	free_domheap_pages(pg[2], MAX_ORDER);
	assert_null(xmem_meta_take(BLOCK + 1));
	assert_int_equal(total_free_pages(), 2 * BLOCK);
	free_domheap_pages(pg[1], MAX_ORDER);
	fake_fail(2, true);
	assert_null(xmem_meta_take(BLOCK + 1));
	fake_fail(0, false);
	assert_int_equal(total_free_pages(), 3 * BLOCK);
	fake_check();
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(small_numbers_are_part_of_a_block),
	T(neighbours_make_a_large_row),
	T(block_taken_in_vain_is_given_back),
	T(without_neighbours_nothing_is_kept),
};

TEST_MAIN(tests)
