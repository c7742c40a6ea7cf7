/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_xenheap.c - mapped pages, their marks and their tags
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"

static int set_up(void **state)
{
	(void)state;
	fake_reset();
	fake_add(1024, 2048, false);
	return 0;
}

/* The address of a block is aligned to its size and marked throughout. */
static void blocks_are_aligned_and_marked(void **state)
{
	(void)state;
	for (unsigned int k = 0; k <= 9; k++) {
		char *va = alloc_xenheap_pages(k, 0);

		assert_non_null(va);
		assert_int_equal((uintptr_t)va % (PAGE_SIZE << k), 0);
		for (unsigned long i = 0; i < 1UL << k; i++) {
			const struct page_info *pg =
				virt_to_page(va + i * PAGE_SIZE);

			assert_true(is_xen_heap_page(pg));
			assert_null(page_get_owner(pg));
			assert_ptr_equal(page_to_virt(pg), va + i * PAGE_SIZE);
		}
		free_xenheap_pages(va, k);
		for (unsigned long i = 0; i < 1UL << k; i++) {
			assert_false(is_xen_heap_page(
				virt_to_page(va + i * PAGE_SIZE)));
		}
		fake_check();
	}
	assert_int_equal(total_free_pages(), 1024);
}

/* Contents are the hypervisor's affair: nothing is scrubbed. */
static void nothing_is_scrubbed(void **state)
{
	(void)state;
	assert_non_null(alloc_xenheap_pages(3, 0));
	assert_int_equal(fake.nr_scrubbed, 0);
}

/* What the hypervisor used is dirty for the next owner. */
static void freed_pages_are_dirty(void **state)
{
	void *va = alloc_xenheap_pages(0, 0);

	(void)state;
	free_xenheap_pages(va, 0);
	assert_int_equal(xmem_heap_frame_state(virt_to_mfn(va)),
			 XMEM_FRAME_DIRTY);
	assert_int_equal(mfn_of(alloc_domheap_pages(NULL, 0, 0)),
			 virt_to_mfn(va));
	assert_int_equal(fake.nr_scrubbed, 1);
}

/* A free may cover any aligned part, in any order. */
static void any_aligned_part_can_be_freed(void **state)
{
	char *va = alloc_xenheap_pages(4, 0);

	(void)state;
	free_xenheap_pages(va + 5 * PAGE_SIZE, 0);
	free_xenheap_pages(va + 8 * PAGE_SIZE, 3);
	free_xenheap_pages(va, 2);
	free_xenheap_pages(va + 6 * PAGE_SIZE, 1);
	assert_int_equal(total_free_pages(), 1023);
	free_xenheap_pages(va + 4 * PAGE_SIZE, 0);
	assert_int_equal(total_free_pages(), 1024);
	fake_check();
}

/* NULL is ignored, whatever the order. */
static void null_is_ignored(void **state)
{
	void *va = NULL;

	(void)state;
	free_xenheap_pages(NULL, 0);
	free_xenheap_pages(NULL, ~0U);
	free_xenheap_page(NULL);
	FREE_XENHEAP_PAGE(va);
	fake_check();
}

/* FREE_XENHEAP_PAGES frees and forgets. */
static void macros_free_and_forget(void **state)
{
	void *va = alloc_xenheap_page();

	(void)state;
	FREE_XENHEAP_PAGE(va);
	assert_null(va);
	va = alloc_xenheap_pages(6, 0);
	FREE_XENHEAP_PAGES(va, 6);
	assert_null(va);
	assert_int_equal(total_free_pages(), 1024);
}

/* Only mapped memory is handed out. */
static void limits_hold_for_xenheap(void **state)
{
	(void)state;
	fake_reset();
	xmem_host_layout = XMEM_LAYOUT_PARTIAL;
	xenheap_max_mfn(1500);
	fake_mapped_end = 1501;
	fake_add(1024, 2048, false);
	for (int i = 0; i < 1501 - 1024; i++) {
		assert_true(virt_to_mfn(alloc_xenheap_pages(0, 0)) <= 1500);
	}
	assert_null(alloc_xenheap_pages(0, 0));
	assert_int_equal(avail_domheap_pages(), 2048 - 1501);
	fake_check();
}

/* One word per page, not there at first; as long as it is, no free that
 * covers the page is accepted. */
static void pages_with_a_tag_are_not_freed(void **state)
{
	char *va = alloc_xenheap_pages(1, 0);

	(void)state;
	assert_int_equal(xmem_xenheap_tag(va), XMEM_TAG_NONE);
	xmem_xenheap_set_tag(va, 123);
	xmem_xenheap_set_tag(va + PAGE_SIZE, XMEM_TAG_POOL);
	assert_int_equal(xmem_xenheap_tag(va + 5), 123);
	assert_true(xmem_xenheap_tag(va + PAGE_SIZE) == XMEM_TAG_POOL);
	EXPECT_PANIC(free_xenheap_pages(va, 1),
		     "part of an object, for xfree()");
	EXPECT_PANIC(free_xenheap_pages(va, 0),
		     "part of an object, for xfree()");
	xmem_xenheap_set_tag(va, XMEM_TAG_INNER);
	EXPECT_PANIC(free_xenheap_pages(va, 0),
		     "part of an object, for xfree()");
	xmem_xenheap_set_tag(va, XMEM_TAG_NONE);
	EXPECT_PANIC(free_xenheap_pages(va, 1), "a page of xmalloc's pool");
	EXPECT_PANIC(free_xenheap_pages(va + PAGE_SIZE, 0),
		     "a page of xmalloc's pool");
	assert_true(xmem_xenheap_tag(va + PAGE_SIZE) == XMEM_TAG_POOL);
	xmem_xenheap_set_tag(va + PAGE_SIZE, XMEM_TAG_NONE);
	free_xenheap_pages(va, 1);
	assert_int_equal(xmem_xenheap_tag(va), XMEM_TAG_NONE);
	va = alloc_xenheap_pages(1, 0);
	assert_int_equal(xmem_xenheap_tag(va), XMEM_TAG_NONE);
}

/* What is no block of the xenheap is refused, with the reason, and nothing is
 * changed: the address, the order, the frames, what they are. */
static void bad_frees_are_refused(void **state)
{
	char *va = alloc_xenheap_pages(2, 0);
	struct page_info *pg = alloc_domheap_pages(NULL, 0, 0);

	(void)state;
	EXPECT_PANIC(free_xenheap_pages(fake_memory - PAGE_SIZE, 0),
		     "is not a xenheap address");
	EXPECT_PANIC(free_xenheap_pages(va + 8, 0),
		     "is not aligned to order 0, caller ");
	EXPECT_PANIC(free_xenheap_pages(va + PAGE_SIZE, 1),
		     "order 1: frame 7fd is not aligned, caller ");
	EXPECT_PANIC(free_xenheap_pages(mfn_to_virt(2UL << MAX_ORDER),
					MAX_ORDER + 1),
		     "order 19: frame 80000 is not aligned, caller ");
	fake_make_hole(3072, 4096);
	EXPECT_PANIC(free_xenheap_pages(mfn_to_virt(2048), 11),
		     "no such block of RAM");
	EXPECT_PANIC(free_xenheap_pages(va - 4 * PAGE_SIZE, 3),
		     "order 3: frame 7f8 is free already");
	EXPECT_PANIC(free_xenheap_pages(page_to_virt(pg), 0),
		     "is in use, but not as xenheap");
	EXPECT_PANIC(free_xenheap_pages(mfn_to_virt(1024), 0),
		     "is free already");
	EXPECT_PANIC(free_xenheap_pages(mfn_to_virt(500), 0),
		     "is unknown to the heap");
	virt_to_page(va + 3 * PAGE_SIZE)->count_info++;
	EXPECT_PANIC(free_xenheap_pages(va, 2), "is still referenced");
	assert_int_equal(total_free_pages(), 1024 - 5);
	fake_check();
}

/* Any address may be asked for its tag. */
static void any_address_may_be_asked(void **state)
{
	struct page_info *pg = alloc_domheap_pages(NULL, 0, 0);
	char here;

	(void)state;
	pg->tag = 99;
	assert_int_equal(xmem_xenheap_tag(page_to_virt(pg)), XMEM_TAG_NONE);
	assert_int_equal(xmem_xenheap_tag(NULL), XMEM_TAG_NONE);
	assert_int_equal(xmem_xenheap_tag(&here), XMEM_TAG_NONE);
	assert_int_equal(xmem_xenheap_tag((void *)~0UL), XMEM_TAG_NONE);
	assert_int_equal(xmem_xenheap_tag(mfn_to_virt(0)), XMEM_TAG_NONE);
	assert_int_equal(
		xmem_xenheap_tag(fake_memory + (FAKE_FRAMES << PAGE_SHIFT)),
		XMEM_TAG_NONE);
}

/* A page of the separate xenheap goes back to it. */
static void separate_pages_go_back_where_they_came_from(void **state)
{
	void *va;

	(void)state;
	fake_reset();
	xmem_host_layout = XMEM_LAYOUT_SEPARATE;
	fake_add(100, 104, true);
	fake_add(104, 108, false);
	va = alloc_xenheap_pages(2, 0);
	assert_non_null(va);
	assert_int_equal(avail_xenheap_pages(), 0);
	free_xenheap_pages(va, 2);
	assert_int_equal(avail_xenheap_pages(), 4);
	assert_int_equal(avail_domheap_pages(), 4);
	fake_check();
}

/* The largest block: every loop over its frames pauses every 2 MiB. */
static void large_blocks_pause(void **state)
{
	const unsigned long pauses = (PAGE_SIZE << MAX_ORDER) >> 21;
	const unsigned long pages =
		(sizeof(struct page_info) << MAX_ORDER) / PAGE_SIZE;
	void *va;

	(void)state;
	fake_reset();
	fake_add(1UL << MAX_ORDER, 2UL << MAX_ORDER, false);
	fake.nr_relaxed = 0;
	va = alloc_xenheap_pages(MAX_ORDER, 0);
	assert_non_null(va);
	assert_int_equal(fake.nr_relaxed, pauses);
	fake.nr_relaxed = 0;
	free_xenheap_pages(va, MAX_ORDER);
	assert_int_equal(fake.nr_relaxed, 2 * pauses + pages);
	fake_check();
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(large_blocks_pause),
	T(blocks_are_aligned_and_marked),
	T(nothing_is_scrubbed),
	T(freed_pages_are_dirty),
	T(any_aligned_part_can_be_freed),
	T(null_is_ignored),
	T(macros_free_and_forget),
	T(limits_hold_for_xenheap),
	T(pages_with_a_tag_are_not_freed),
	T(bad_frees_are_refused),
	T(any_address_may_be_asked),
	T(separate_pages_go_back_where_they_came_from),
};

TEST_MAIN(tests)
