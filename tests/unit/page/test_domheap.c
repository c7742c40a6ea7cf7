/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_domheap.c - owners, quotas, descriptors and contents of frames
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"

#include "heap/heap_priv.h"

static struct domain d;

static int set_up(void **state)
{
	(void)state;
	fake_reset();
	fake_add(1024, 2048, false);
	xmem_owner_init(&d.mem, 100, 7);
	return 0;
}

/* Every frame of a block knows its owner, and forgets it. */
static void every_frame_has_the_owner(void **state)
{
	struct page_info *pg = alloc_domheap_pages(&d, 3, 0);

	(void)state;
	for (int i = 0; i < 8; i++) {
		assert_ptr_equal(page_get_owner(pg + i), &d);
		assert_true(xmem_page_is_counted(pg + i));
		assert_int_equal(xmem_page_refs(pg + i), 0);
		assert_false(is_xen_heap_page(pg + i));
	}
	assert_int_equal(d.mem.tot_pages, 8);
	free_domheap_pages(pg, 3);
	for (int i = 0; i < 8; i++) {
		assert_null(page_get_owner(pg + i));
		assert_int_equal(pg[i].count_info, 0);
	}
	assert_int_equal(d.mem.tot_pages, 0);
	fake_check();
}

/* The owner's own word is not touched by allocation and free. */
static void private_word_is_not_touched(void **state)
{
	struct page_info *pg;

	(void)state;
	mfn_to_page(_mfn(2047))->priv = 0x1234;
	pg = alloc_domheap_pages(&d, 0, 0);
	assert_int_equal(mfn_of(pg), 2047);
	free_domheap_pages(pg, 0);
	assert_int_equal(pg->priv, 0x1234);
}

/* The quota is exact: the last page that fits is had, one more is not. */
static void quota_is_exact(void **state)
{
	struct page_info *pg[4];

	(void)state;
	pg[0] = alloc_domheap_pages(&d, 6, 0);
	assert_non_null(pg[0]);
	assert_null(alloc_domheap_pages(&d, 6, 0));
	pg[1] = alloc_domheap_pages(&d, 5, 0);
	assert_non_null(pg[1]);
	assert_null(alloc_domheap_pages(&d, 3, 0));
	pg[2] = alloc_domheap_pages(&d, 2, 0);
	assert_non_null(pg[2]);
	assert_int_equal(d.mem.tot_pages, 100);
	assert_null(alloc_domheap_pages(&d, 0, 0));
	free_domheap_pages(pg[2], 2);
	assert_non_null(alloc_domheap_pages(&d, 1, 0));
	assert_int_equal(d.mem.tot_pages, 98);
	assert_int_equal(total_free_pages(), 1024 - 98);
	fake_check();
}

/* A limit lowered below the use refuses, and does not wrap. */
static void lowered_limit_refuses(void **state)
{
	struct page_info *pg = alloc_domheap_pages(&d, 4, 0);

	(void)state;
	d.mem.max_pages = 3;
	assert_null(alloc_domheap_pages(&d, 0, 0));
	free_domheap_pages(pg, 4);
	assert_non_null(alloc_domheap_pages(&d, 1, 0));
	d.mem.max_pages = ~0UL;
	assert_non_null(alloc_domheap_pages(&d, 1, 0));
	d.mem.max_pages = 0;
	assert_null(alloc_domheap_pages(&d, 0, 0));
}

/* MEMF_no_refcount: owned, but not counted, whatever the limit. */
static void uncounted_frames_are_owned(void **state)
{
	struct page_info *pg;

	(void)state;
	d.mem.max_pages = 0;
	pg = alloc_domheap_pages(&d, 2, MEMF_no_refcount);
	assert_non_null(pg);
	assert_ptr_equal(page_get_owner(pg + 3), &d);
	assert_false(xmem_page_is_counted(pg + 3));
	assert_int_equal(d.mem.tot_pages, 0);
	free_domheap_pages(pg, 2);
	assert_int_equal(d.mem.tot_pages, 0);
	fake_check();
}

/* A block of counted and uncounted frames gives back what was counted. */
static void mixed_block_gives_back_what_counted(void **state)
{
	struct page_info *pg;

	(void)state;
	pg = alloc_domheap_pages(&d, 0, 0);
	pg = alloc_domheap_pages(&d, 0, MEMF_no_refcount);
	assert_int_equal(mfn_of(pg), 2046);
	free_domheap_pages(pg, 1);
	assert_int_equal(d.mem.tot_pages, 0);
	assert_int_equal(total_free_pages(), 1024);
	fake_check();
}

/* MEMF_no_owner: the owner is neither recorded nor counted. */
static void no_owner_leaves_no_trace(void **state)
{
	struct page_info *pg = alloc_domheap_pages(&d, 2, MEMF_no_owner);

	(void)state;
	assert_null(page_get_owner(pg));
	assert_int_equal(d.mem.tot_pages, 0);
	free_domheap_pages(pg, 2);
	fake_check();
}

/* The reservation is given back when there are no frames. */
static void no_memory_gives_the_quota_back(void **state)
{
	(void)state;
	d.mem.max_pages = 1UL << MAX_ORDER;
	assert_null(alloc_domheap_pages(&d, 11, 0));
	assert_null(alloc_domheap_pages(&d, MAX_ORDER + 1, 0));
	assert_null(alloc_domheap_pages(&d, ~0U, 0));
	assert_null(alloc_domheap_pages(&d, 0, MEMF_bits(13)));
	assert_int_equal(d.mem.tot_pages, 0);
	fake_check();
}

/* A free may cover any aligned part, in any order. */
static void any_aligned_part_can_be_freed(void **state)
{
	struct page_info *pg = alloc_domheap_pages(&d, 4, 0);

	(void)state;
	free_domheap_pages(pg + 5, 0);
	free_domheap_pages(pg + 8, 3);
	free_domheap_pages(pg + 4, 0);
	free_domheap_pages(pg + 2, 1);
	free_domheap_pages(pg + 6, 1);
	assert_int_equal(d.mem.tot_pages, 2);
	assert_int_equal(total_free_pages(), 1022);
	free_domheap_pages(pg, 1);
	assert_int_equal(d.mem.tot_pages, 0);
	fake_check();
}

/* Blocks that came apart can be freed as one. */
static void neighbours_can_be_freed_together(void **state)
{
	(void)state;
	for (int i = 0; i < 16; i++) {
		assert_non_null(alloc_domheap_pages(&d, 0, 0));
	}
	free_domheap_pages(mfn_to_page(_mfn(2048 - 16)), 4);
	assert_int_equal(d.mem.tot_pages, 0);
	assert_int_equal(total_free_pages(), 1024);
	fake_check();
}

/* Frames that never were allocated enter by being freed. */
static void foreign_frames_enter_by_free(void **state)
{
	static _Alignas(16) char meta[1 << 14];

	(void)state;
	assert_int_equal(xmem_heap_add_span(5000, 6000, 0, false, meta), 0);
	free_domheap_pages(mfn_to_page(_mfn(5120)), 7);
	free_domheap_pages(mfn_to_page(_mfn(5001)), 0);
	assert_int_equal(total_free_pages(), 1024 + 129);
	fake_check();
}

/* Dirty frames are scrubbed unless the caller does not care. */
static void dirty_frames_are_scrubbed(void **state)
{
	struct page_info *pg = alloc_domheap_pages(NULL, 3, MEMF_no_scrub);

	(void)state;
	assert_int_equal(fake.nr_scrubbed, 0);
	free_domheap_pages(pg, 3);
	pg = alloc_domheap_pages(NULL, 3, 0);
	assert_int_equal(fake.nr_scrubbed, 8);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(fake_stain[mfn_of(pg) + i], 0);
	}
}

/* What a domain gets goes to RAM, all of it, after it was scrubbed; the
 * instruction side unless the caller says that no code will be there. */
static void frames_are_flushed_to_ram(void **state)
{
	struct page_info *pg = alloc_domheap_pages(NULL, 3, MEMF_no_scrub);

	(void)state;
	assert_int_equal(fake.nr_flushed, 8);
	assert_int_equal(fake.nr_icache, 1);
	free_domheap_pages(pg, 3);
	pg = alloc_domheap_pages(NULL, 3, MEMF_no_icache_flush);
	assert_int_equal(fake.nr_flushed, 16);
	assert_int_equal(fake.nr_icache, 1);
	assert_int_equal(fake.nr_scrubbed, 8);
	assert_int_equal(fake.flushed_stain, 0);
	free_domheap_pages(pg, 3);
	assert_null(alloc_domheap_pages(NULL, MAX_ORDER + 1, 0));
	assert_int_equal(fake.nr_flushed, 16);
	fake_check();
}

/* Clean frames are not scrubbed again. */
static void clean_frames_are_not_scrubbed(void **state)
{
	(void)state;
	assert_int_equal(
		xmem_buddy_mark(&xmem_heap_nodes[0]->heap[0].root->buddy, 2046,
				1, false),
		0);
	assert_non_null(alloc_domheap_pages(NULL, 1, 0));
	assert_int_equal(fake.nr_scrubbed, 0);
	assert_non_null(alloc_domheap_pages(NULL, 1, 0));
	assert_int_equal(fake.nr_scrubbed, 2);
}

/* A rejected free changes nothing: descriptors, quota, free set. */
static void rejected_free_changes_nothing(void **state)
{
	struct page_info before[4];
	struct page_info *pg = alloc_domheap_pages(&d, 2, 0);

	(void)state;
	pg[3].count_info++;
	memcpy(before, pg, sizeof(before));
	EXPECT_PANIC(free_domheap_pages(pg, 2), "is still referenced");
	assert_memory_equal(before, pg, sizeof(before));
	assert_int_equal(d.mem.tot_pages, 4);
	assert_int_equal(total_free_pages(), 1020);
	pg[3].count_info--;
	free_domheap_pages(pg, 2);
	fake_check();
}

/* FREE_DOMHEAP_PAGES frees and forgets. */
static void macros_free_and_forget(void **state)
{
	struct page_info *pg = alloc_domheap_page(NULL, 0);

	(void)state;
	FREE_DOMHEAP_PAGE(pg);
	assert_null(pg);
	pg = alloc_domheap_pages(NULL, 5, 0);
	FREE_DOMHEAP_PAGES(pg, 5);
	assert_null(pg);
	free_domheap_page(alloc_domheap_page(&d, 0));
	assert_int_equal(total_free_pages(), 1024);
}

/* Orders from counts and sizes, at and around every power of two. */
static void orders_are_rounded_up(void **state)
{
	(void)state;
	assert_int_equal(get_order_from_pages(0), 0);
	assert_int_equal(get_order_from_pages(1), 0);
	assert_int_equal(get_order_from_pages(~0UL), TEST_LONG_BITS);
	assert_int_equal(get_order_from_bytes(0), 0);
	assert_int_equal(get_order_from_bytes(~0UL),
			 TEST_LONG_BITS - PAGE_SHIFT);
	for (unsigned int k = 1; k < 40 && k < TEST_LONG_BITS; k++) {
		assert_int_equal(get_order_from_pages(1UL << k), k);
		assert_int_equal(get_order_from_pages((1UL << k) + 1), k + 1);
	}
	for (unsigned int k = 0; k < 20; k++) {
		assert_int_equal(get_order_from_bytes(PAGE_SIZE << k), k);
		assert_int_equal(get_order_from_bytes((PAGE_SIZE << k) + 1),
				 k + 1);
	}
}

/* The largest block, owned: every loop over its frames pauses every 2 MiB, and
 * a page of descriptors at a time is asked whether it is RAM. */
static void large_blocks_pause(void **state)
{
	const unsigned long pauses = (PAGE_SIZE << MAX_ORDER) >> 21;
	const unsigned long pages =
		(sizeof(struct page_info) << MAX_ORDER) / PAGE_SIZE;
	struct domain d;
	struct xmem_run run = {1UL << MAX_ORDER, 1UL << MAX_ORDER};
	struct page_info *pg;

	(void)state;
	xmem_owner_init(&d.mem, ~0UL, 0);
	fake_reset();
	fake_add(1UL << MAX_ORDER, 2UL << MAX_ORDER, false);
	fake.nr_relaxed = 0;
	pg = alloc_domheap_pages(&d, MAX_ORDER, MEMF_no_scrub);
	assert_non_null(pg);
	assert_int_equal(fake.nr_relaxed, pauses);
	fake.nr_relaxed = 0;
	free_domheap_pages(pg, MAX_ORDER);
	assert_in_range(fake.nr_relaxed, 2 * pauses + pages - 2,
			2 * pauses + pages);
	assert_non_null(alloc_domheap_pages(NULL, MAX_ORDER, MEMF_no_scrub));
	fake.nr_relaxed = 0;
	xmem_free_runs(&run, 1);
	assert_true(fake.nr_relaxed >= pages - 2);
	fake_check();
}

/* What is no block of one owner is refused, with the reason, and nothing is
 * changed: the pointer, the order, the frames, what they are. */
static void bad_frees_are_refused(void **state)
{
	struct page_info *pg = alloc_domheap_pages(&d, 2, 0);
	struct page_info *plain = alloc_domheap_pages(NULL, 0, 0);
	char *inside = (char *)pg + sizeof(*pg) / 2;

	(void)state;
	EXPECT_PANIC(free_domheap_pages((struct page_info *)(void *)inside, 0),
		     "is no page descriptor");
	fake_make_hole(3072, 4096);
	EXPECT_PANIC(free_domheap_pages(mfn_to_page(_mfn(3072)), 0),
		     "is no page descriptor");
	EXPECT_PANIC(free_domheap_pages(pg + 1, 1),
		     "order 1: frame 7fd is not aligned");
	EXPECT_PANIC(free_domheap_pages(mfn_to_page(_mfn(2UL << MAX_ORDER)),
					MAX_ORDER + 1),
		     "order 19: frame 80000 is not aligned");
	EXPECT_PANIC(free_domheap_pages(mfn_to_page(_mfn(2048)), 11),
		     "no such block of RAM");
	EXPECT_PANIC(free_domheap_pages(mfn_to_page(_mfn(1024)), 0),
		     "double free of frame 400 order 0");
	EXPECT_PANIC(free_domheap_pages(mfn_to_page(_mfn(500)), 0),
		     "the heap does not know it");
	EXPECT_PANIC(free_domheap_pages(pg - 4, 3),
		     "frame 7fc is not of the owner of the first frame");
	free_domheap_pages(pg + 3, 0);
	EXPECT_PANIC(free_domheap_pages(pg, 2), "is free already");
	xmem_page_set_vmalloc(plain, 1);
	EXPECT_PANIC(free_domheap_pages(plain, 0), "is memory of vmalloc");
	plain = virt_to_page(alloc_xenheap_pages(0, 0));
	EXPECT_PANIC(free_domheap_pages(plain, 0), "is a xenheap page");
	assert_int_equal(d.mem.tot_pages, 3);
	assert_int_equal(total_free_pages(), 1024 - 5);
	fake_check();
}

/* Every frame of a block that is freed loses its owner, whatever the order. */
static void freed_frames_have_no_owner(void **state)
{
	(void)state;
	for (unsigned int order = 0; order <= 6; order++) {
		struct page_info *pg = alloc_domheap_pages(&d, order, 0);

		assert_non_null(pg);
		free_domheap_pages(pg, order);
		for (unsigned long i = 0; i < 1UL << order; i++) {
			assert_null(page_get_owner(pg + i));
			assert_int_equal(pg[i].count_info, 0);
		}
		assert_int_equal(d.mem.tot_pages, 0);
	}
	fake_check();
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(bad_frees_are_refused),
	T(freed_frames_have_no_owner),
	T(large_blocks_pause),
	T(every_frame_has_the_owner),
	T(private_word_is_not_touched),
	T(quota_is_exact),
	T(lowered_limit_refuses),
	T(uncounted_frames_are_owned),
	T(mixed_block_gives_back_what_counted),
	T(no_owner_leaves_no_trace),
	T(no_memory_gives_the_quota_back),
	T(any_aligned_part_can_be_freed),
	T(neighbours_can_be_freed_together),
	T(foreign_frames_enter_by_free),
	T(dirty_frames_are_scrubbed),
	T(frames_are_flushed_to_ram),
	T(clean_frames_are_not_scrubbed),
	T(rejected_free_changes_nothing),
	T(macros_free_and_forget),
	T(orders_are_rounded_up),
};

TEST_MAIN(tests)
