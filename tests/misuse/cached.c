/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cached.c - misuse of pages that come from the caches of CPUs, and its outcome
 *
 * A free of what is in a cache is found at once, whatever frees it and by
 * whatever order. A panic names the frame, what was found and the caller;
 * nothing has changed then.
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "caches.h"

#include "page/cached.h"
#include "refused.h"

#define SUPER (1UL << HEAP_SUPER_ORDER)

/* Eight superpages; CPU 0 has a cache. */
static int set_up(void **state)
{
	(void)fake_setup(state);
	fake_add(SUPER, 9 * SUPER, false);
	xmem_owner_init(&d.mem, ~0UL, 0);
	assert_int_equal(xmem_cpu_up(0, 0), 0);
	return 0;
}

#define IN_CACHE "free already, in the cache of a CPU"

static const unsigned int orders[] = {0, 1, 2, 3, HEAP_SUPER_ORDER};

/* What a block is after it has been freed: a superpage that the cache does not
 * keep goes back to the heap at once. */
static const char *found(const struct page_info *pg, unsigned int order)
{
	bool cached = xmem_heap_frame_state(mfn_of(pg)) == XMEM_FRAME_CACHED;

	assert_true(cached || order == HEAP_SUPER_ORDER);
	return cached ? IN_CACHE : "free already";
}

/* The same block again, at once and after another one. */
static void free_twice(unsigned int order)
{
	struct page_info *pg = alloc_domheap_pages(NULL, order, 0);
	struct page_info *own = alloc_domheap_pages(&d, order, 0);
	void *va = alloc_xenheap_pages(order, 0);

	free_domheap_pages(pg, order);
	EXPECT_REFUSED(free_domheap_pages(pg, order),
		       TEXT("free of frame %lx order %u", mfn_of(pg), order));
	EXPECT_REFUSED(free_domheap_pages(pg, order), found(pg, order));
	free_domheap_pages(own, order);
	EXPECT_REFUSED(free_domheap_pages(own, order),
		       TEXT("free of frame %lx order %u", mfn_of(own), order));
	EXPECT_REFUSED(free_domheap_pages(own, order), found(own, order));
	free_xenheap_pages(va, order);
	EXPECT_REFUSED(free_xenheap_pages(va, order),
		       TEXT("heap: free of page %p order %u: frame "
			    "%lx is %s",
			    va, order, virt_to_mfn(va),
			    found(virt_to_page(va), order)));
	EXPECT_REFUSED(free_domheap_pages(pg, order), found(pg, order));
}

static void double_free_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < 5; i++) {
		free_twice(orders[i]);
	}
}

/* Without a cache on this CPU, and after all caches have been drained. */
static void double_free_elsewhere_is_found(void **state)
{
	struct page_info *pg = alloc_domheap_page(NULL, 0);

	(void)state;
	free_domheap_page(pg);
	xmem_host_this_cpu = 1;
	EXPECT_REFUSED(free_domheap_page(pg), IN_CACHE);
	xmem_host_this_cpu = 0;
	assert_true(xmem_drain_caches());
	EXPECT_REFUSED(free_domheap_page(pg), "it is free already");
}

/* A frame, or a part, of a superpage that is in a cache. */
static void part_of_a_cached_superpage_is_found(void **state)
{
	struct page_info *pg = alloc_domheap_pages(NULL, HEAP_SUPER_ORDER, 0);

	(void)state;
	free_domheap_pages(pg, HEAP_SUPER_ORDER);
	for (unsigned int order = 0; order < HEAP_SUPER_ORDER; order++) {
		unsigned long at = SUPER - (1UL << order);

		EXPECT_REFUSED(free_domheap_pages(pg, order), IN_CACHE);
		EXPECT_REFUSED(free_domheap_pages(pg + at, order), IN_CACHE);
		EXPECT_REFUSED(free_xenheap_pages(page_to_virt(pg + at), order),
			       IN_CACHE);
	}
}

/* The whole, after a part has been freed. */
static void superpage_without_a_part_is_found(void **state)
{
	struct page_info *pg = alloc_domheap_pages(NULL, HEAP_SUPER_ORDER, 0);
	struct page_info *own = alloc_domheap_pages(&d, HEAP_SUPER_ORDER, 0);

	(void)state;
	free_domheap_page(pg + 5);
	EXPECT_REFUSED(free_domheap_pages(pg, HEAP_SUPER_ORDER),
		       TEXT("double free of frame %lx", mfn_of(pg)));
	free_domheap_page(own + 5);
	EXPECT_REFUSED(free_domheap_pages(own, HEAP_SUPER_ORDER),
		       TEXT("frame %lx is free already", mfn_of(own) + 5));
}

/* An order too large, too small by its alignment, or of the other function. */
static void wrong_order_is_found(void **state)
{
	struct page_info *pg = alloc_domheap_pages(NULL, 1, 0);
	struct page_info *own = alloc_domheap_page(&d, 0);
	char *va = alloc_xenheap_pages(2, 0);
	struct page_info *cached = alloc_domheap_pages(NULL, 3, 0);

	(void)state;
	EXPECT_REFUSED(free_domheap_pages(pg + 1, 1), "is not aligned");
	EXPECT_REFUSED(free_domheap_pages(pg + 1, HEAP_SUPER_ORDER),
		       "is not aligned");
	EXPECT_REFUSED(free_xenheap_pages(va + 2 * PAGE_SIZE, 2),
		       "is not aligned");
	free_domheap_pages(cached, 3);
	EXPECT_REFUSED(free_domheap_pages(cached, 2), IN_CACHE);
	EXPECT_REFUSED(free_domheap_pages(cached + 4, 0), IN_CACHE);
	EXPECT_REFUSED(free_domheap_page(virt_to_page(va)),
		       "is a xenheap page");
	EXPECT_REFUSED(free_xenheap_pages(page_to_virt(pg), 1),
		       "in use, but not as xenheap");
	free_domheap_pages(pg, 1);
	free_domheap_page(own);
	free_xenheap_pages(va, 2);
	fake_check();
}

/* A block of which one frame is in a cache. */
static void cached_frame_in_a_block_is_found(void **state)
{
	struct page_info *pg = alloc_domheap_pages(NULL, 2, 0);
	struct page_info *own = alloc_domheap_pages(&d, 2, 0);
	char *va = alloc_xenheap_pages(2, 0);

	(void)state;
	free_domheap_page(pg + 3);
	EXPECT_REFUSED(free_domheap_pages(pg, 2), "is free already");
	free_domheap_page(own + 3);
	EXPECT_REFUSED(free_domheap_pages(own, 2), "is free already");
	free_xenheap_page(va + 3 * PAGE_SIZE);
	EXPECT_REFUSED(free_xenheap_pages(va, 2), "is free already");
}

/* Pages that are referenced or have a tag, and pointers that are none. */
static void other_obstacles_are_found(void **state)
{
	struct page_info *pg = alloc_domheap_page(NULL, 0);
	struct page_info *super =
		alloc_domheap_pages(NULL, HEAP_SUPER_ORDER, 0);
	void *va = alloc_xenheap_page();
	char *at = (char *)pg;

	(void)state;
	pg->count_info++;
	EXPECT_REFUSED(free_domheap_page(pg), "is still referenced");
	pg->count_info--;
	super->count_info++;
	EXPECT_REFUSED(free_domheap_pages(super, HEAP_SUPER_ORDER),
		       "is still referenced");
	super->count_info--;
	xmem_xenheap_set_tag(va, XMEM_TAG_POOL);
	EXPECT_REFUSED(free_xenheap_page(va), "a page of xmalloc's pool");
	xmem_xenheap_set_tag(va, XMEM_TAG_NONE);
	for (volatile unsigned int i = 1; i < sizeof(*pg); i++) {
		EXPECT_REFUSED(
			free_domheap_page((struct page_info *)(void *)(at + i)),
			"is no page descriptor");
	}
	EXPECT_REFUSED(free_domheap_page(NULL), "is no page descriptor");
	EXPECT_REFUSED(free_domheap_page((struct page_info *)~0UL),
		       "is no page descriptor");
	EXPECT_REFUSED(free_xenheap_page((char *)va + 8), "is not aligned");
	EXPECT_REFUSED(free_xenheap_page((void *)PAGE_SIZE),
		       "is not a xenheap address");
	free_domheap_page(pg);
	free_domheap_pages(super, HEAP_SUPER_ORDER);
	free_xenheap_page(va);
	fake_check();
}

/* Two CPUs have freed a frame at once, and one of them has got it again: it is
 * found when it comes out of the cache of the other one. */
static void find_live_block(unsigned int order)
{
	struct page_info *pg = alloc_domheap_pages(NULL, order, 0);
	xmem_preempt_t preempt;
	struct xmem_cache *c;

	caches_set_live(pg, order, 0);
	c = xmem_cache_enter(&preempt);
	assert_true(xmem_cache_push_hit(c, pg, false, order, true));
	xmem_cache_leave(c, &preempt);
	caches_set_live(pg, order, XMEM_LIVE_SUPER);
	EXPECT_PANIC((void)!alloc_domheap_pages(NULL, order, 0),
		     TEXT("frame %lx is in the cache of CPU 0 and in "
			  "use: two CPUs have freed it at once, caller "
			  "0x",
			  mfn_of(pg)));
}

static void live_frame_in_a_cache_is_found(void **state)
{
	(void)state;
	fake.track = false;
	for (size_t i = 0; i < 5; i++) {
		find_live_block(orders[i]);
		(void)set_up(state);
		fake.track = false;
	}
}

/* Two CPUs have freed a frame at once, and both frees come to the same cache,
 * which does not keep it: it is found when it waits for the second time. */
static void frame_that_waits_twice_is_found(void **state)
{
	struct page_info *pg = alloc_domheap_page(NULL, 0);
	xmem_preempt_t preempt;
	struct xmem_cache *c = xmem_cache_enter(&preempt);

	(void)state;
	fake.track = false;
	cache_kind_of(c, false)->frames.frontier = ~(uintptr_t)0;
	cache_kind_of(c, false)->frames.reach = 0;
	xmem_cache_leave(c, &preempt);
	free_domheap_page(pg);
	xmem_page_set_live(pg, XMEM_LIVE_FRAME);
	EXPECT_PANIC(free_domheap_page(pg),
		     TEXT("double free of frame %lx: it is free already, in "
			  "the cache of CPU 0, caller 0x",
			  mfn_of(pg)));
}

/* Frames of a cache do not enter the heap again, and are nobody's to take. */
static void cached_frames_are_not_given_or_taken(void **state)
{
	struct page_info *pg = alloc_domheap_page(NULL, 0);
	struct xmem_run run = {mfn_of(pg), 1};

	(void)state;
	free_domheap_page(pg);
	fake.track = false; /* A free of runs that panics may be told. */
	EXPECT_PANIC(xmem_free_runs(&run, 1), IN_CACHE);
	assert_int_equal(xmem_block_give(run.mfn, 0, false), -XMEM_EEXIST);
	EXPECT_PANIC(init_domheap_pages(PA(run.mfn), PA(run.mfn + 1)),
		     "some are in use");
	assert_int_equal(xmem_take_range(_mfn(run.mfn), 1, 0), 0);
	ASSERT_VALID(xmem_heap_check());
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(double_free_is_found),
	T(double_free_elsewhere_is_found),
	T(part_of_a_cached_superpage_is_found),
	T(superpage_without_a_part_is_found),
	T(wrong_order_is_found),
	T(cached_frame_in_a_block_is_found),
	T(other_obstacles_are_found),
	T(live_frame_in_a_cache_is_found),
	T(frame_that_waits_twice_is_found),
	T(cached_frames_are_not_given_or_taken),
};

TEST_MAIN(tests)
