/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_cached.c - pages that come from the cache of a CPU, and go back there
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "caches.h"

#include "page/cached.h"

#define SUPER (1UL << HEAP_SUPER_ORDER)

static struct domain d;

/* Eight superpages; CPU 0 has a cache. */
static int set_up(void **state)
{
	(void)fake_setup(state);
	fake_add(SUPER, 9 * SUPER, false);
	xmem_owner_init(&d.mem, ~0UL, 0);
	assert_int_equal(xmem_cpu_up(0, 0), 0);
	return 0;
}

/* What a frame of each kind is after it has been handed out, and after. */
static void expect_live(const struct page_info *pg, unsigned int order,
			unsigned long mark)
{
	for (unsigned long i = 0; i < 1UL << order; i++) {
		unsigned long live = order < 4 ? WORD_LIVE_FRAME
				     : i == 0  ? WORD_LIVE_SUPER
					       : 0;

		assert_int_equal(xmem_word_of(pg + i), live | mark);
		assert_int_equal(xmem_heap_frame_state(mfn_of(pg) + i),
				 XMEM_FRAME_USED);
	}
}

static void expect_cached(const struct page_info *pg, unsigned int order)
{
	for (unsigned long i = 0; i < 1UL << order; i++) {
		assert_int_equal(pg[i].count_info, 0);
		assert_null(page_get_owner(pg + i));
		assert_int_equal(xmem_heap_frame_state(mfn_of(pg) + i),
				 XMEM_FRAME_CACHED);
	}
	fake_check();
}

static const unsigned int orders[] = {0, 1, 2, 3, HEAP_SUPER_ORDER};

/* Each kind of page, of each order that is cached: it comes from the cache with
 * its marks, and goes back without a lock of the heap. */
static void pages_come_from_the_cache(void **state)
{
	unsigned long all = total_free_pages();

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		unsigned int order = orders[i];
		unsigned long nr = 1UL << order;
		struct page_info *pg = alloc_domheap_pages(NULL, order, 0);
		void *va;

		expect_live(pg, order, 0);
		free_domheap_pages(pg, order);
		expect_cached(pg, order);
		pg = alloc_domheap_pages(&d, order, 0);
		expect_live(pg, order, WORD_OWNED | WORD_COUNTED);
		assert_int_equal(d.mem.tot_pages, nr);
		free_domheap_pages(pg, order);
		expect_cached(pg, order);
		assert_int_equal(d.mem.tot_pages, 0);
		va = alloc_xenheap_pages(order, 0);
		expect_live(virt_to_page(va), order, WORD_XEN);
		free_xenheap_pages(va, order);
		expect_cached(virt_to_page(va), order);
		assert_int_equal(total_free_pages(), all);
	}
}

/* Requests that a cache cannot serve go to the heap. */
static void other_requests_use_the_heap(void **state)
{
	const unsigned int flags[] = {MEMF_bits(40), MEMF_no_dma, MEMF_node(0),
				      MEMF_exact_node};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct page_info *pg = alloc_domheap_page(NULL, flags[i]);
		void *va = alloc_xenheap_pages(0, flags[i]);

		if (pg == NULL) {
			assert_int_equal(flags[i], MEMF_no_dma);
			continue; /* So small are the pages. */
		}
		assert_int_equal(pg->count_info, 0);
		assert_int_equal(virt_to_page(va)->count_info, WORD_XEN);
		free_domheap_page(pg);
		free_xenheap_page(va);
		assert_int_equal(xmem_heap_frame_state(mfn_of(pg)),
				 XMEM_FRAME_DIRTY);
		fake_check();
	}
	assert_non_null(alloc_domheap_pages(NULL, 4, 0));
	assert_int_equal(caches_held(), 0);
}

/* The host gives an owner to a part of a superpage of nobody's, and frees that
 * part: as a block, or as a list of frames. What is left is nobody's. */
static void a_part_of_a_superpage_gets_an_owner(void **state)
{
	static unsigned long list[64];
	const unsigned long part = SUPER / 2;
	unsigned long all = total_free_pages();

	(void)state;
	for (int as_list = 0; as_list < 2; as_list++) {
		struct page_info *pg =
			alloc_domheap_pages(NULL, HEAP_SUPER_ORDER, 0);

		assert_int_equal(xmem_page_live(pg), XMEM_LIVE_SUPER);
		for (unsigned long i = 0; i < 64; i++) {
			list[i] = mfn_of(pg) + part + i;
			xmem_page_set_owner(pg + part + i, &d, false);
		}
		if (as_list) {
			assert_int_equal(xmem_free_frames(&d, list, 64), 64);
		} else {
			free_domheap_pages(pg + part, 6);
		}
		fake_check();
		assert_int_equal(xmem_page_live(pg), XMEM_LIVE_NONE);
		for (unsigned long i = 0; i < SUPER; i += 64) {
			if (i != part) {
				free_domheap_pages(pg + i, 6);
			}
		}
		fake_check();
		assert_int_equal(total_free_pages(), all);
	}
}

/* Parts of a superpage, from any side: the first free of one breaks it. */
static void parts_of_a_superpage_are_freed(void **state)
{
	unsigned long all = total_free_pages();

	(void)state;
	for (unsigned long part = 0; part < SUPER; part += SUPER / 8) {
		for (int kind = 0; kind < 3; kind++) {
			struct page_info *pg =
				kind == 2
					? virt_to_page(alloc_xenheap_pages(
						  HEAP_SUPER_ORDER, 0))
					: alloc_domheap_pages(kind ? &d : NULL,
							      HEAP_SUPER_ORDER,
							      0);
			unsigned long mfn = mfn_of(pg);

			assert_int_equal(xmem_page_live(pg), XMEM_LIVE_SUPER);
			for (unsigned long i = 0; i < SUPER; i += SUPER / 8) {
				unsigned long at = (part + i) % SUPER;

				if (kind == 2) {
					free_xenheap_pages(
						page_to_virt(pg + at),
						HEAP_SUPER_ORDER - 3);
				} else {
					free_domheap_pages(
						pg + at, HEAP_SUPER_ORDER - 3);
				}
				assert_int_equal(xmem_page_live(pg),
						 XMEM_LIVE_NONE);
				assert_true(xmem_frame_is_free(_mfn(mfn + at)));
				fake_check();
			}
			assert_int_equal(total_free_pages(), all);
		}
	}
	assert_int_equal(d.mem.tot_pages, 0);
}

/* Blocks that are unions: frames from the cache, blocks from there and from the
 * heap, parts of superpages. */
static void unions_are_freed(void **state)
{
	unsigned long all = total_free_pages();
	struct page_info *low;
	unsigned long nr = 0;

	(void)state;
	/* All frames, one by one, of three superpages, then the rest. */
	while (alloc_domheap_page(NULL, 0) != NULL) {
		nr++;
	}
	assert_int_equal(nr, all);
	low = mfn_to_page(_mfn(SUPER));
	for (unsigned long i = 0; i < all; i += SUPER) {
		if (low + i <= virt_to_page(xmem_caches) &&
		    virt_to_page(xmem_caches) < low + i + SUPER) {
			continue; /* The cache itself lies there. */
		}
		free_domheap_pages(low + i, HEAP_SUPER_ORDER);
		assert_int_equal(low[i].count_info, 0);
		assert_int_equal(low[i + SUPER - 1].count_info, 0);
		fake_check();
	}
}

/* A whole superpage of separately allocated blocks, owned. */
static void unions_of_an_owner_are_freed(void **state)
{
	struct page_info *pg = alloc_domheap_pages(&d, HEAP_SUPER_ORDER, 0);
	unsigned long mfn = mfn_of(pg);

	(void)state;
	free_domheap_pages(pg, HEAP_SUPER_ORDER);
	assert_true(xmem_drain_caches());
	assert_int_equal(xmem_take_range(_mfn(mfn), SUPER, 0), 0);
	for (unsigned long i = 0; i < SUPER; i++) {
		xmem_page_set_owner(pg + i, &d, false);
	}
	free_domheap_pages(pg + 8, 3);
	assert_int_equal(xmem_take_range(_mfn(mfn + 8), 8, 0), 0);
	for (unsigned long i = 8; i < 16; i++) {
		xmem_page_set_owner(pg + i, &d, false);
	}
	free_domheap_pages(pg, HEAP_SUPER_ORDER);
	assert_int_equal(pg[8].count_info, 0);
	assert_true(xmem_frame_is_free(_mfn(mfn)));
	fake_check();
}

/* A frame of another node, and a CPU without a cache: the heap takes it. */
static void what_is_not_the_caches_goes_to_the_heap(void **state)
{
	struct page_info *pg = alloc_domheap_page(NULL, 0);
	struct page_info *owned = alloc_domheap_page(&d, 0);
	struct page_info *super =
		alloc_domheap_pages(NULL, HEAP_SUPER_ORDER, 0);
	struct page_info *three = alloc_domheap_pages(NULL, 3, 0);
	void *va = alloc_xenheap_page();
	unsigned long held = caches_held();

	(void)state;
	xmem_host_this_cpu = 1;
	free_domheap_page(pg);
	free_domheap_page(owned);
	free_domheap_pages(super, HEAP_SUPER_ORDER);
	free_domheap_pages(three, 3);
	free_xenheap_page(va);
	assert_int_equal(caches_held(), held);
	assert_int_equal(pg->count_info | owned->count_info |
				 super->count_info | three[2].count_info |
				 virt_to_page(va)->count_info,
			 0);
	assert_int_equal(xmem_heap_frame_state(mfn_of(pg)), XMEM_FRAME_DIRTY);
	assert_int_equal(d.mem.tot_pages, 0);
	fake_check();
	xmem_host_this_cpu = 0;
}

/* Frames that are freed below the reach of the stack go back to the heap in the
 * end, and are as free as others; none is lost. */
static void frames_below_go_back(void **state)
{
	unsigned long all = total_free_pages();
	struct page_info *pg[300];

	(void)state;
	for (int kind = 0; kind < 3; kind++) {
		for (int i = 0; i < 300; i++) {
			pg[i] = kind == 2 ? virt_to_page(alloc_xenheap_page())
					  : alloc_domheap_page(kind ? &d : NULL,
							       0);
		}
		for (int i = 0; i < 300; i++) {
			if (kind == 2) {
				free_xenheap_page(page_to_virt(pg[299 - i]));
			} else {
				free_domheap_page(pg[299 - i]);
			}
			assert_int_equal(pg[299 - i]->count_info, 0);
			assert_true(
				xmem_frame_is_free(_mfn(mfn_of(pg[299 - i]))));
		}
		assert_int_equal(total_free_pages(), all);
		assert_int_equal(d.mem.tot_pages, 0);
		fake_check();
	}
	assert_true(xmem_drain_caches());
	assert_int_equal(total_free_pages(), all);
	fake_check();
}

/* Data of an earlier user is zeroed on its way out of a cache, too. */
static void dirty_frames_are_scrubbed(void **state)
{
	struct page_info *pg = alloc_domheap_page(NULL, MEMF_no_scrub);

	(void)state;
	free_domheap_page(pg);
	fake.nr_scrubbed = 0;
	assert_ptr_equal(alloc_domheap_page(NULL, MEMF_no_scrub), pg);
	assert_int_equal(fake.nr_scrubbed, 0);
	free_domheap_page(pg);
	assert_ptr_equal(alloc_domheap_page(NULL, 0), pg);
	assert_int_equal(fake.nr_scrubbed, 1);
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(pages_come_from_the_cache),
	T(other_requests_use_the_heap),
	T(a_part_of_a_superpage_gets_an_owner),
	T(parts_of_a_superpage_are_freed),
	T(unions_are_freed),
	T(unions_of_an_owner_are_freed),
	T(what_is_not_the_caches_goes_to_the_heap),
	T(frames_below_go_back),
	T(dirty_frames_are_scrubbed),
};

TEST_MAIN(tests)
