/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_frames_alloc.c - many single frames at once: which, whose, how clean
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "caches.h"

#include "heap/heap_priv.h"

#define NR 6000UL
static unsigned long mfns[NR];
static struct page_info *pages[NR];
static struct domain d;

static int setup(void **state)
{
	memset(mfns, 0xff, sizeof(mfns));
	xmem_owner_init(&d.mem, ~0UL, 1);
	return fake_setup(state);
}

/* mfns[0..nr) are different frames of [lo, hi), in use, the owner's or
 * nobody's; what is behind them has not been written. */
static void check_list(unsigned long nr, unsigned long lo, unsigned long hi,
		       const struct domain *owner)
{
	static unsigned char seen[FAKE_FRAMES];

	memset(seen, 0, sizeof(seen));
	for (unsigned long i = 0; i < nr; i++) {
		const struct page_info *pg = mfn_to_page(_mfn(mfns[i]));

		assert_in_range(mfns[i], lo, hi - 1);
		assert_false(seen[mfns[i]]++);
		assert_false(xmem_frame_is_free(_mfn(mfns[i])));
		assert_ptr_equal(page_get_owner(pg), owner);
		assert_int_equal(xmem_page_refs(pg), 0);
		/* So that each may be freed into a cache. */
		assert_int_equal(xmem_page_live(pg), owner != NULL
							     ? XMEM_LIVE_FRAME
							     : XMEM_LIVE_NONE);
	}
	assert_int_equal(mfns[nr], ~0UL);
	fake_check();
}

/* Exactly as many as are wanted, whatever a word has. */
static void as_many_as_wanted(void **state)
{
	const unsigned long wanted[] = {0, 1, 2, 63, 64, 65, 100, 1000, 4096};
	unsigned long had = 0;

	(void)state;
	fake_add(1024, 1024 + NR, false);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		had = total_free_pages();
		memset(mfns, 0xff, sizeof(mfns));
		assert_int_equal(
			xmem_alloc_frames(NULL, wanted[i], MEMF_no_scrub, mfns),
			wanted[i]);
		check_list(wanted[i], 1024, 1024 + NR, NULL);
		assert_int_equal(total_free_pages(), had - wanted[i]);
		assert_int_equal(xmem_free_frames(NULL, mfns, wanted[i]),
				 wanted[i]);
	}
	assert_int_equal(total_free_pages(), NR);
}

/* What is left over from larger blocks is used first, the highest of it. */
static void leftovers_come_first(void **state)
{
	(void)state;
	fake_add(1024, 4096, false);
	drain(0);
	free_domheap_pages(mfn_to_page(_mfn(2048)), 10);
	free_domheap_page(mfn_to_page(_mfn(1025)));
	free_domheap_page(mfn_to_page(_mfn(1100)));
	free_domheap_page(mfn_to_page(_mfn(1102)));
	assert_int_equal(xmem_alloc_frames(NULL, 3, MEMF_no_scrub, mfns), 3);
	assert_int_equal(mfns[0], 1100);
	assert_int_equal(mfns[1], 1102);
	assert_int_equal(mfns[2], 1025);
	assert_int_equal(xmem_alloc_frames(NULL, 2, MEMF_no_scrub, mfns), 2);
	assert_int_equal(mfns[0], 3070);
	assert_int_equal(mfns[1], 3071);
	fake_check();
}

/* No call does more than it says. */
static void one_call_is_bounded(void **state)
{
	(void)state;
	fake_add(1024, 1024 + NR, false);
	assert_int_equal(xmem_alloc_frames(NULL, ~0UL, MEMF_no_scrub, mfns),
			 XMEM_FRAMES_A_CALL);
	check_list(XMEM_FRAMES_A_CALL, 1024, 1024 + NR, NULL);
	assert_true(fake.nr_relaxed >= XMEM_FRAMES_A_CALL / (8 * 64));
	memset(mfns, 0xff, sizeof(mfns));
	assert_int_equal(xmem_alloc_frames(NULL, ~0UL, MEMF_no_scrub, mfns),
			 NR - XMEM_FRAMES_A_CALL);
	assert_int_equal(xmem_alloc_frames(NULL, 1, 0, mfns), 0);
	assert_int_equal(total_free_pages(), 0);
}

/* All nodes are asked, the preferred one first; or it alone. */
static void nodes_are_asked_in_turn(void **state)
{
	unsigned long nr = 0;

	(void)state;
	fake.node_frames = 1024;
	for (unsigned int n = 0; n < 4; n++) {
		fake_add(n * 1024 + 10, n * 1024 + 300, false);
	}
	assert_int_equal(xmem_alloc_frames(NULL, 300,
					   MEMF_node(2) | MEMF_exact_node |
						   MEMF_no_scrub,
					   mfns),
			 290);
	check_list(290, 2058, 2348, NULL);
	nr = xmem_alloc_frames(NULL, NR, MEMF_node(2) | MEMF_no_scrub, mfns);
	assert_int_equal(nr, 870);
	assert_true(mfns[0] >= 3072);
	check_list(870, 10, 3072 + 300, NULL);
	assert_int_equal(xmem_alloc_frames(NULL, 1, MEMF_node(9), mfns), 0);
}

/* Limits on addresses hold inside a word, too. */
static void limits_cut_words(void **state)
{
	(void)state;
	fake_add(1, 100, false);
	fake_add(XMEM_PORT_DMA_MFNS - 100, XMEM_PORT_DMA_MFNS + 37, false);
	assert_int_equal(
		xmem_alloc_frames(NULL, NR, MEMF_no_dma | MEMF_no_scrub, mfns),
		37);
	check_list(37, XMEM_PORT_DMA_MFNS, XMEM_PORT_DMA_MFNS + 37, NULL);
	memset(mfns, 0xff, sizeof(mfns));
	assert_int_equal(
		xmem_alloc_frames(NULL, NR, MEMF_bits(PAGE_SHIFT + 5), mfns),
		31);
	check_list(31, 1, 32, NULL);
	assert_int_equal(
		xmem_alloc_frames(NULL, NR, MEMF_bits(PAGE_SHIFT - 1), mfns),
		0);
}

/* Partial layout: above the limit of the xenheap while there is something. */
static void memory_of_the_xenheap_comes_last(void **state)
{
	(void)state;
	xmem_host_layout = XMEM_LAYOUT_PARTIAL;
	xenheap_max_mfn(1999);
	fake_mapped_end = 2000;
	fake_add(1000, 3000, false);
	assert_int_equal(xmem_alloc_frames(NULL, 1000, MEMF_no_scrub, mfns),
			 1000);
	check_list(1000, 2000, 3000, NULL);
	memset(mfns, 0xff, sizeof(mfns));
	assert_int_equal(xmem_alloc_frames(NULL, NR, MEMF_no_scrub, mfns),
			 1000);
	check_list(1000, 1000, 2000, NULL);
}

/* A separate xenheap is left alone. */
static void frames_of_the_xenheap_are_not_taken(void **state)
{
	(void)state;
	xmem_host_layout = XMEM_LAYOUT_SEPARATE;
	fake_add(1024, 1500, true);
	fake_add(1500, 1600, false);
	assert_int_equal(xmem_alloc_frames(NULL, NR, MEMF_no_scrub, mfns), 100);
	check_list(100, 1500, 1600, NULL);
	assert_int_equal(avail_xenheap_pages(), 476);
}

/* Each frame has the owner, and is counted once. */
static void frames_get_their_owner(void **state)
{
	(void)state;
	fake_add(1024, 1024 + NR, false);
	assert_int_equal(xmem_alloc_frames(&d, 1000, 0, mfns), 1000);
	check_list(1000, 1024, 1024 + NR, &d);
	assert_int_equal(d.mem.tot_pages, 1000);
	for (unsigned long i = 0; i < 1000; i++) {
		assert_true(xmem_page_is_counted(mfn_to_page(_mfn(mfns[i]))));
	}
	/* One by one, or together: they are all the same. */
	for (unsigned long i = 0; i < 500; i++) {
		free_domheap_page(mfn_to_page(_mfn(mfns[i])));
	}
	assert_int_equal(xmem_free_frames(&d, mfns + 500, 500), 500);
	assert_int_equal(d.mem.tot_pages, 0);
	assert_int_equal(total_free_pages(), NR);
	fake_check();
}

static void flags_of_the_owner(void **state)
{
	(void)state;
	fake_add(1024, 2048, false);
	assert_int_equal(xmem_alloc_frames(&d, 10, MEMF_no_refcount, mfns), 10);
	check_list(10, 1024, 2048, &d);
	assert_int_equal(d.mem.tot_pages, 0);
	assert_false(xmem_page_is_counted(mfn_to_page(_mfn(mfns[0]))));
	assert_int_equal(xmem_free_frames(&d, mfns, 10), 10);
	memset(mfns, 0xff, sizeof(mfns));
	assert_int_equal(xmem_alloc_frames(&d, 10, MEMF_no_owner, mfns), 10);
	check_list(10, 1024, 2048, NULL);
	assert_int_equal(d.mem.tot_pages, 0);
	assert_int_equal(xmem_free_frames(NULL, mfns, 10), 10);
}

/* As many as the quota has room for, or as there is memory: it stays exact. */
static void quota_is_exact(void **state)
{
	(void)state;
	fake_add(1024, 2048, false);
	d.mem.max_pages = 100;
	assert_int_equal(xmem_alloc_frames(&d, 70, MEMF_no_scrub, mfns), 70);
	assert_int_equal(xmem_alloc_frames(&d, 70, MEMF_no_scrub, mfns), 30);
	assert_int_equal(d.mem.tot_pages, 100);
	assert_int_equal(xmem_alloc_frames(&d, 1, MEMF_no_scrub, mfns), 0);
	assert_int_equal(total_free_pages(), 924);
	d.mem.max_pages = 50; /* Lowered meanwhile. */
	assert_int_equal(xmem_alloc_frames(&d, 1, MEMF_no_scrub, mfns), 0);
	d.mem.max_pages = ~0UL;
	assert_int_equal(xmem_alloc_frames(&d, 2000, MEMF_no_scrub, mfns), 924);
	assert_int_equal(d.mem.tot_pages, 1024);
	assert_int_equal(xmem_alloc_frames(&d, 1, MEMF_no_scrub, mfns), 0);
	assert_int_equal(d.mem.tot_pages, 1024);
}

/* A call that fails has changed nothing. */
static void failure_is_complete(void **state)
{
	(void)state;
	fake_add(1024, 2048, false);
	fake_fail(2, false);
	assert_int_equal(xmem_alloc_frames(&d, 10, 0, mfns), 10);
	memset(mfns, 0xff, sizeof(mfns));
	assert_int_equal(xmem_alloc_frames(&d, 10, 0, mfns), 0);
	assert_int_equal(mfns[0], ~0UL);
	assert_int_equal(d.mem.tot_pages, 10);
	assert_int_equal(total_free_pages(), 1014);
	assert_int_equal(fake.nr_calls, 2);
	fake_check();
}

/* Just the dirty frames of a word are zeroed; what is handed out is flushed. */
static void dirty_frames_are_scrubbed(void **state)
{
	struct xmem_buddy *b;

	(void)state;
	fake_add(1024, 1024 + 128, false);
	b = &xmem_heap_nodes[0]->heap[0].root->buddy;
	assert_int_equal(xmem_buddy_mark(b, 1024 + 64, 5, false), 0);
	assert_int_equal(xmem_buddy_mark(b, 1024 + 124, 2, false), 0);
	fake_stain[1024 + 64] = 7; /* Who trusts the heap leaves it. */
	assert_int_equal(xmem_alloc_frames(NULL, 64, 0, mfns), 64);
	assert_int_equal(fake.nr_scrubbed, 64 - 32 - 4);
	assert_int_equal(fake.nr_flushed, 64);
	assert_int_equal(fake.nr_icache, 3);
	assert_int_equal(fake_stain[1024 + 64], 7);
	for (unsigned long i = 1024 + 96; i < 1024 + 124; i++) {
		assert_int_equal(fake_stain[i], 0);
	}
	assert_int_equal(xmem_alloc_frames(NULL, 64,
					   MEMF_no_scrub | MEMF_no_icache_flush,
					   mfns),
			 64);
	assert_int_equal(fake.nr_scrubbed, 28);
	assert_int_equal(fake.nr_flushed, 128);
	assert_int_equal(fake.nr_icache, 3);
	assert_int_equal(fake.nr_taken, 128);
}

/* What a request leaves of a word is as clean or dirty as before. */
static void surplus_stays_as_it_was(void **state)
{
	struct xmem_buddy *b;

	(void)state;
	fake_add(1024, 1024 + 64, false);
	b = &xmem_heap_nodes[0]->heap[0].root->buddy;
	assert_int_equal(xmem_buddy_mark(b, 1024 + 8, 3, false), 0);
	assert_int_equal(xmem_alloc_frames(NULL, 10, 0, mfns), 10);
	assert_int_equal(mfns[0], 1024 + 54);
	for (unsigned long i = 1024; i < 1024 + 64; i++) {
		assert_int_equal(xmem_heap_frame_state(i),
				 i >= 1024 + 54	     ? XMEM_FRAME_USED
				 : i / 8 == 1032 / 8 ? XMEM_FRAME_CLEAN
						     : XMEM_FRAME_DIRTY);
	}
	assert_int_equal(fake.nr_taken, 10);
	fake_check();
}

/* Spans that begin and end anywhere, some smaller than a word. */
static void odd_spans(void **state)
{
	const unsigned long borders[] = {1, 2, 5, 13, 62, 130, 131, 257, 300};
	unsigned long nr = 0;

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(borders) / sizeof(borders[0]); i++) {
		fake_add(borders[i], borders[i + 1], false);
	}
	assert_int_equal(xmem_alloc_frames(&d, 17, MEMF_no_scrub, mfns), 17);
	nr = 17 + xmem_alloc_frames(&d, NR, MEMF_no_scrub, mfns + 17);
	assert_int_equal(nr, 299);
	check_list(nr, 1, 300, &d);
	assert_int_equal(xmem_free_frames(&d, mfns, nr), nr);
	assert_int_equal(total_free_pages(), 299);
	fake_check();
}

/* What lies in the cache of another CPU is had before the call gets less. */
static void cached_frames_are_had(void **state)
{
	struct page_info *pg[20];

	(void)state;
	fake.track = false;
	fake_add(1024, 2048, false);
	assert_int_equal(xmem_cpu_up(0, 0), 0);
	xmem_host_this_cpu = 0;
	for (unsigned int i = 0; i < 20; i++) {
		pg[i] = caches_take(false, 0);
	}
	for (unsigned int i = 0; i < 20; i++) {
		assert_true(caches_push(pg[i], false, 0, true));
	}
	assert_true(caches_held() > 0);
	xmem_host_this_cpu = 1;
	assert_int_equal(xmem_alloc_frames(&d, NR, MEMF_no_scrub, mfns),
			 avail_domheap_pages() + d.mem.tot_pages);
	assert_int_equal(caches_held(), 0);
	assert_int_equal(total_free_pages(), 0);
	assert_true(d.mem.tot_pages > 1000);
	assert_int_equal(xmem_alloc_frames(&d, NR, MEMF_no_scrub, mfns), 0);
	xmem_host_this_cpu = 0;
}

/* A frame of a list that is freed alone goes into the cache of the CPU. */
static void single_frees_go_to_the_cache(void **state)
{
	unsigned long held;

	(void)state;
	fake_add(1024, 1024 + NR, false);
	assert_int_equal(xmem_cpu_up(0, 0), 0);
	xmem_host_this_cpu = 0;
	assert_int_equal(xmem_alloc_frames(&d, 100, 0, mfns), 100);
	held = caches_held();
	free_domheap_page(mfn_to_page(_mfn(mfns[7])));
	free_domheap_page(mfn_to_page(_mfn(mfns[8])));
	assert_int_equal(caches_held(), held + 2);
	assert_int_equal(d.mem.tot_pages, 98);
	EXPECT_PANIC((void)!xmem_free_frames(&d, mfns, 100), "entry 7: ");
	assert_int_equal(xmem_free_frames(&d, mfns + 9, 91), 91);
	assert_int_equal(xmem_free_frames(&d, mfns, 7), 7);
	assert_int_equal(d.mem.tot_pages, 0);
	fake_check();
}

/* The same frames, by their descriptors. */
static void frames_by_descriptor(void **state)
{
	(void)state;
	fake_add(1024, 1024 + NR, false);
	assert_int_equal(xmem_alloc_frame_pages(&d, 1000, 0, pages), 1000);
	for (unsigned long i = 0; i < 1000; i++) {
		mfns[i] = mfn_of(pages[i]);
	}
	check_list(1000, 1024, 1024 + NR, &d);
	assert_null(pages[1000]);
	assert_int_equal(xmem_free_frame_pages(&d, pages, 1000), 1000);
	assert_int_equal(total_free_pages(), NR);
	assert_int_equal(d.mem.tot_pages, 0);
	fake_check();
}

#define T(name) cmocka_unit_test_setup(name, setup)
static const struct CMUnitTest tests[] = {
	T(as_many_as_wanted),
	T(leftovers_come_first),
	T(one_call_is_bounded),
	T(nodes_are_asked_in_turn),
	T(limits_cut_words),
	T(memory_of_the_xenheap_comes_last),
	T(frames_of_the_xenheap_are_not_taken),
	T(frames_get_their_owner),
	T(flags_of_the_owner),
	T(quota_is_exact),
	T(failure_is_complete),
	T(dirty_frames_are_scrubbed),
	T(surplus_stays_as_it_was),
	T(odd_spans),
	T(cached_frames_are_had),
	T(single_frees_go_to_the_cache),
	T(frames_by_descriptor),
};

TEST_MAIN(tests)
