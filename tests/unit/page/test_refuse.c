/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_refuse.c - what must not be freed, and what the message says of it
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "owners.h"

#include "page/mark.h"

#define DESCRIPTORS (PAGE_SIZE / sizeof(struct page_info))

/* RAM is what is valid at both ends and, looked at once for each page of
 * descriptors, in between. */
static void holes_of_a_page_of_descriptors_are_seen(void **state)
{
	const unsigned long n = DESCRIPTORS;

	(void)state;
	fake_make_hole(8 * n, 9 * n);
	for (unsigned long mfn = 6 * n; mfn < 10 * n; mfn += n / 4) {
		for (unsigned long nr = 1; nr < 5 * n; nr += n / 8 + 1) {
			bool meets = mfn < 9 * n && mfn + nr > 8 * n;

			assert_int_equal(xmem_mark_is_ram(mfn, nr), !meets);
		}
	}
	assert_true(xmem_mark_is_ram(7 * n, n));
	assert_false(xmem_mark_is_ram(7 * n, n + 1));
	assert_true(xmem_mark_is_ram(9 * n, 1));
	assert_false(xmem_mark_is_ram(9 * n - 1, 1));
	assert_false(xmem_mark_is_ram(FAKE_FRAMES - 1, 2));
	assert_false(xmem_mark_is_ram(~0UL, 1));
}

/* The frame that is wrong is named, wherever it is in the block, and the whole
 * block stays as it was. */
static void the_frame_that_is_wrong_is_named(void **state)
{
	struct page_info *volatile pg = alloc_domheap_pages(&d, 3, 0);

	(void)state;
	assert_int_equal(mfn_of(pg), 2040);
	xmem_page_set_owner(pg + 5, &other, true);
	EXPECT_PANIC(free_domheap_pages(pg, 3),
		     "free of frame 7f8 order 3: frame 7fd is not of the owner "
		     "of the first frame");
	pg[5].count_info++;
	EXPECT_PANIC(free_domheap_pages(pg, 3),
		     "frame 7fd is still referenced");
	pg[5].count_info--;
	xmem_page_set_xenheap(pg + 5);
	EXPECT_PANIC(free_domheap_pages(pg, 3), "frame 7fd is ");
	for (int i = 0; i < 8; i++) {
		assert_int_equal(page_get_owner(pg + i) == &d, i != 5);
	}
	assert_int_equal(d.mem.tot_pages, 8);
	xmem_page_set_owner(pg + 5, &d, true);
	free_domheap_pages(pg, 3);
	assert_int_equal(d.mem.tot_pages, 0);
	fake_check();
}

/* What is no block is told from a block that is no RAM. */
static void places_that_are_no_blocks(void **state)
{
	struct page_info *volatile pg = alloc_domheap_pages(NULL, 3, 0);

	(void)state;
	EXPECT_PANIC(free_domheap_pages(pg + 1, 1), "frame 7f9 is not aligned");
	EXPECT_PANIC(free_domheap_pages(pg, MAX_ORDER + 1),
		     "frame 7f8 is not aligned");
	fake_make_hole(2048, 4096);
	EXPECT_PANIC(free_domheap_pages(mfn_to_page(_mfn(1024)), 11),
		     "is not aligned");
	EXPECT_PANIC(free_domheap_pages(mfn_to_page(_mfn(0)), 12),
		     "frame 0 is no such block of RAM");
	free_domheap_pages(pg, 3);
	fake_check();
}

/* Counted frames are counted, whether all look alike or not. */
static void counted_frames_go_back_to_the_quota(void **state)
{
	struct page_info *pg = alloc_domheap_pages(&d, 3, 0);
	struct page_info *not_counted =
		alloc_domheap_pages(&d, 3, MEMF_no_refcount);

	(void)state;
	assert_int_equal(d.mem.tot_pages, 8);
	xmem_page_set_owner(pg + 2, &d, false);
	d.mem.tot_pages = 7;
	free_domheap_pages(pg, 3);
	assert_int_equal(d.mem.tot_pages, 0);
	free_domheap_pages(not_counted, 3);
	assert_int_equal(d.mem.tot_pages, 0);
	fake_check();
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(holes_of_a_page_of_descriptors_are_seen),
	T(the_frame_that_is_wrong_is_named),
	T(places_that_are_no_blocks),
	T(counted_frames_go_back_to_the_quota),
};

TEST_MAIN(tests)
