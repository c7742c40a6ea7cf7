/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_pages_exact.c - any number of pages, of blocks and back into them
 *
 * link: src/xenheap/pages_exact.c tests/host/panic.c
 */
#include <xmem/pages.h>

#include "../malloc/small_heap.h"
#include "lib/align.h"

/* All numbers and alignments: what is held is exact, and all comes back. */
static void every_number_is_exact(void **state)
{
	(void)state;
	for (unsigned long nr = 1; nr <= 64; nr++) {
		unsigned int least = get_order_from_pages(nr);

		for (unsigned int order = 0; order <= 7; order++) {
			char *va = xmem_alloc_pages_exact(nr, order, 0);
			unsigned int block = order > least ? order : least;

			assert_non_null(va);
			assert_int_equal(heap_nr_used, nr);
			assert_true(xmem_is_aligned((unsigned long)va,
						    PAGE_SIZE << block));
			xmem_free_pages_exact(va + ((nr / 3) << PAGE_SHIFT),
					      nr - nr / 3);
			assert_int_equal(heap_nr_used, nr / 3);
			xmem_free_pages_exact(va, nr / 3);
			assert_int_equal(heap_nr_used, 0);
		}
	}
}

/* An empty range is nothing. */
static void nothing_is_freed_of_an_empty_range(void **state)
{
	char *va = xmem_alloc_pages_exact(3, 2, 0);

	(void)state;
	xmem_free_pages_exact(va + 2 * PAGE_SIZE, 0);
	xmem_free_pages_exact(va, 0);
	assert_int_equal(heap_nr_used, 3);
	xmem_free_pages_exact(va, 3);
	assert_int_equal(heap_nr_used, 0);
}

static void no_memory_is_null(void **state)
{
	(void)state;
	heap_fail_at = 1;
	assert_null(xmem_alloc_pages_exact(3, 2, 0));
	assert_null(xmem_alloc_pages_exact(0, 0, 0));
	assert_null(xmem_alloc_pages_exact(1, MAX_ORDER + 1, 0));
	assert_null(xmem_alloc_pages_exact((1UL << MAX_ORDER) + 1, 0, 0));
	assert_null(xmem_alloc_pages_exact(~0UL, 0, 0));
	assert_int_equal(heap_nr_used, 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(every_number_is_exact),
	cmocka_unit_test(nothing_is_freed_of_an_empty_range),
	cmocka_unit_test(no_memory_is_null),
};

TEST_MAIN(tests)
