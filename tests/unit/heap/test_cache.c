/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_cache.c - the cache of one CPU: refill, frontier, pending, drain
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "caches.h"

/* Plenty for one cache. */
#define SMFN 4096UL
#define NR   4096UL

static struct page_info *page(unsigned long mfn)
{
	return mfn_to_page(_mfn(mfn));
}

static struct xmem_cache *cache(void)
{
	return caches_of(0);
}

static struct cache_kind *kind(unsigned int k)
{
	return &cache()->kind[k];
}

static int set_up(void **state)
{
	fake_setup(state);
	fake.track = false; /* Nobody tells the port. */
	return 0;
}

static void boot(unsigned long smfn, unsigned long nr)
{
	caches_up(0, 0, false);
	fake_add(smfn, smfn + nr, false);
}

static void check(void)
{
	ASSERT_VALID(xmem_heap_check());
	assert_int_equal(fake.hook_errors, 0);
}

static unsigned long pop_frame(void)
{
	bool dirty;
	struct page_info *pg = caches_pop(false, 0, &dirty);

	assert_non_null(pg);
	return mfn_of(pg);
}

static void push_frame(unsigned long mfn)
{
	assert_true(caches_push(page(mfn), false, 0, true));
}

/* Take frames, all there are or @max, into @mfn. Return: how many. */
static unsigned long take_frames(unsigned long *mfn, unsigned long max)
{
	unsigned long nr = 0;

	while (nr < max) {
		struct page_info *pg = caches_take(false, 0);

		if (pg == NULL) {
			break;
		}
		mfn[nr++] = mfn_of(pg);
	}
	return nr;
}

/* ---- refill ---- */

/* The highest word, in ascending order; and the next one is below it. */
static void a_refill_is_the_words_that_the_heap_would_use(void **state)
{
	(void)state;
	boot(SMFN, NR);
	for (unsigned long w = 1; w <= 3; w++) {
		unsigned long first = SMFN + NR - w * XMEM_WORD_BITS;

		for (unsigned long i = 0; i < XMEM_WORD_BITS; i++) {
			assert_int_equal(pop_frame(), first + i);
			assert_int_equal(kind(0)->frames.nr,
					 XMEM_WORD_BITS - 1 - i);
			check();
		}
	}
	assert_int_equal(total_free_pages(), NR - 3 * XMEM_WORD_BITS);
}

/* Of scattered frames it takes what some words have. */
static void a_refill_visits_few_words(void **state)
{
	static unsigned long mfn[NR];

	(void)state;
	boot(SMFN, NR);
	assert_int_equal(take_frames(mfn, NR), NR);
	/* Two frames of each word. */
	for (unsigned long i = 0; i < NR; i++) {
		if ((mfn[i] & 31) == 5) {
			caches_give(page(mfn[i]), false, 0);
		}
	}
	/* And enough that nothing is short. */
	for (unsigned long i = 0; i < NR; i++) {
		if (mfn[i] < SMFN + 1024 && (mfn[i] & 31) != 5) {
			caches_give(page(mfn[i]), false, 0);
		}
	}
	assert_true(xmem_drain_caches());
	assert_int_equal(caches_held(), 0);
	for (unsigned long i = 0; i < 2 * CACHE_REFILL_WORDS; i++) {
		assert_int_equal(pop_frame() & 31, 5);
		assert_int_equal(kind(0)->frames.nr,
				 2 * CACHE_REFILL_WORDS - 1 - i);
	}
	check();
}

/* A node without memory, or a heap without frames. */
static void a_refill_may_find_nothing(void **state)
{
	bool dirty;

	(void)state;
	caches_up(0, 1, false);
	assert_null(caches_pop(false, 0, &dirty));
	assert_int_equal(xmem_cpu_down(0), 0);
	assert_int_equal(xmem_cpu_up(0, 0), 0);
	assert_null(caches_pop(false, 0, &dirty));
	fake_add(SMFN, SMFN + 1, false);
	assert_non_null(caches_pop(false, 0, &dirty));
	for (unsigned int order = 0; order <= HEAP_SUPER_ORDER; order++) {
		assert_true(!xmem_cache_has_order(order) ||
			    caches_pop(false, order, &dirty) == NULL);
	}
	check();
}

/* What is pending serves a refill before that fails. */
static void a_refill_takes_what_is_pending(void **state)
{
	static unsigned long mfn[NR];

	(void)state;
	boot(SMFN, NR);
	assert_int_equal(take_frames(mfn, NR), NR);
	kind(0)->pending.most = CACHE_PENDING_FRAMES;
	push_frame(SMFN + 7);
	assert_int_equal(kind(0)->pending.nr_frames, 1);
	assert_int_equal(kind(0)->frames.nr, 0);
	assert_int_equal(pop_frame(), SMFN + 7);
	assert_int_equal(kind(0)->pending.nr_frames, 0);
	check();
}

/* ---- frontier ---- */

static void what_is_at_or_above_the_frontier_is_kept(void **state)
{
	unsigned long low, frontier;

	(void)state;
	boot(SMFN, NR);
	low = pop_frame();
	for (unsigned int i = 1; i < XMEM_WORD_BITS; i++) {
		(void)pop_frame();
	}
	/* The second word. */
	frontier = pop_frame();
	assert_int_equal(frontier, low - XMEM_WORD_BITS);
	push_frame(low);
	assert_int_equal(pop_frame(), low);
	push_frame(frontier);
	assert_int_equal(pop_frame(), frontier);
	assert_int_equal(kind(0)->pending.nr_frames, 0);
	check();
}

static void what_is_below_the_frontier_waits_to_go_back(void **state)
{
	struct heap_request req = {.described = true};
	unsigned long mfn[3 * XMEM_WORD_BITS];
	unsigned long nr_free;

	(void)state;
	boot(SMFN, NR);
	for (unsigned long i = 0; i < 3 * XMEM_WORD_BITS; i++) {
		mfn[i] = pop_frame();
	}
	assert_true(xmem_drain_caches());
	/* The frontier is now that of the third word; those below are free. */
	for (unsigned long i = 0; i < 2 * XMEM_WORD_BITS; i++) {
		caches_give(page(mfn[i]), false, 0);
	}
	(void)req;
	check();
	nr_free = total_free_pages();
	/* All of the first words have gone back, as there was no frontier. */
	assert_int_equal(kind(0)->frames.nr, 0);
	assert_true(kind(0)->pending.nr_frames < CACHE_PENDING_FRAMES);
	assert_int_equal(nr_free, NR - XMEM_WORD_BITS);
}

/* Words of one frame each; the last for which there is room sends them back. */
static void few_words_wait(void **state)
{
	static unsigned long mfn[NR];

	(void)state;
	boot(SMFN, 2 * NR);
	assert_int_equal(take_frames(mfn, NR), NR);
	assert_true(xmem_drain_caches());
	for (unsigned int i = 0; i < CACHE_PENDING_WORDS; i++) {
		assert_int_equal(kind(0)->pending.nr_frames, i);
		push_frame(SMFN + NR + (i * 2 + 1) * XMEM_WORD_BITS);
	}
	assert_int_equal(kind(0)->pending.nr_frames, 0);
	push_frame(SMFN + NR + 1);
	assert_int_equal(kind(0)->pending.nr_frames, 1);
	assert_int_equal(xmem_heap_frame_state(SMFN + NR + XMEM_WORD_BITS),
			 XMEM_FRAME_DIRTY);
	assert_int_equal(xmem_heap_frame_state(SMFN + NR + 1),
			 XMEM_FRAME_CACHED);
	check();
}

/* Neighbours share a word; 64 frames send themselves back. */
static void sixty_four_frames_wait(void **state)
{
	static unsigned long mfn[NR];

	(void)state;
	boot(SMFN, 2 * NR);
	assert_int_equal(take_frames(mfn, NR), NR);
	assert_true(xmem_drain_caches());
	for (unsigned int i = 0; i < CACHE_PENDING_FRAMES; i++) {
		assert_int_equal(kind(0)->pending.nr_frames, i);
		push_frame(SMFN + NR + XMEM_WORD_BITS / 2 + i);
	}
	assert_int_equal(kind(0)->pending.nr_frames, 0);
	assert_ptr_equal(kind(0)->pending.last, kind(0)->pending.word);
	assert_int_equal(caches_held(), 0);
	check();
}

/* It never holds more than cpu_up() says. */
static void a_cache_is_bounded(void **state)
{
	static unsigned long mfn[2 * NR];
	static unsigned long most;
	unsigned long nr;

	(void)state;
	boot(SMFN, 2 * NR);
	nr = take_frames(mfn, 2 * NR);
	assert_int_equal(nr, 2 * NR);
	most = 0;
	for (unsigned long i = 0; i < nr; i++) {
		caches_give(page(mfn[(i * 4099) % nr]), false, 0);
		most = caches_held() > most ? caches_held() : most;
		assert_true(kind(0)->frames.nr <= CACHE_FRAMES);
	}
	assert_true(most <= CACHE_FRAMES + CACHE_PENDING_FRAMES);
	assert_int_equal(total_free_pages(), nr);
	check();
}

/* The stack has room for so many frames, the next one waits. */
static void a_full_stack_keeps_no_more(void **state)
{
	unsigned long mfn[4 * XMEM_WORD_BITS];

	(void)state;
	boot(SMFN, NR);
	for (unsigned long i = 0; i < 4 * XMEM_WORD_BITS; i++) {
		mfn[i] = pop_frame();
	}
	/* Now the frontier is below all of them. */
	for (unsigned long i = 0; i < CACHE_FRAMES; i++) {
		push_frame(mfn[i]);
	}
	assert_int_equal(kind(0)->frames.nr, CACHE_FRAMES);
	assert_int_equal(kind(0)->pending.nr_frames, 0);
	push_frame(mfn[CACHE_FRAMES]);
	assert_int_equal(kind(0)->frames.nr, CACHE_FRAMES);
	assert_int_equal(kind(0)->pending.nr_frames, 1);
	check();
}

/* ---- clean and dirty ---- */

static void frames_stay_clean_or_dirty(void **state)
{
	bool dirty = false;

	(void)state;
	boot(SMFN, NR);
	assert_int_equal(
		xmem_buddy_mark(
			&xmem_arena_behind(&xmem_heap_nodes[0]->heap[HEAP_DOM],
					   SMFN)
				 ->buddy,
			SMFN + NR - 8, 3, false),
		0);
	for (unsigned long i = 0; i < XMEM_WORD_BITS; i++) {
		struct page_info *pg = caches_pop(false, 0, &dirty);

		assert_int_equal(dirty, i < XMEM_WORD_BITS - 8);
		assert_true(caches_push(pg, false, 0, dirty));
		assert_ptr_equal(caches_pop(false, 0, &dirty), pg);
		assert_int_equal(dirty, i < XMEM_WORD_BITS - 8);
	}
	/* Back again, by way of the pending words. */
	assert_true(xmem_drain_caches());
	for (unsigned long i = 0; i < XMEM_WORD_BITS; i++) {
		unsigned long mfn = SMFN + NR - XMEM_WORD_BITS + i;

		assert_true(caches_push(page(mfn), false, 0,
					i < XMEM_WORD_BITS - 8));
	}
	assert_true(xmem_drain_caches());
	assert_int_equal(xmem_heap_frame_state(SMFN + NR - 8),
			 XMEM_FRAME_CLEAN);
	assert_int_equal(xmem_heap_frame_state(SMFN + NR - 9),
			 XMEM_FRAME_DIRTY);
	check();
}

/* ---- blocks ---- */

static void blocks_are_kept_by_order(void **state)
{
	bool dirty;

	(void)state;
	boot(SMFN, 4 * NR);
	for (unsigned int order = 1; order < HEAP_CACHED_ORDERS; order++) {
		struct cache_blocks *b = cache_blocks_of(kind(0), order);
		struct page_info *pg = caches_pop(false, order, &dirty);
		struct page_info *next;

		assert_non_null(pg);
		assert_true(dirty);
		assert_int_equal(mfn_of(pg) & ((1UL << order) - 1), 0);
		assert_int_equal(b->nr, CACHE_REFILL_BLOCKS - 1);
		next = caches_pop(false, order, &dirty);
		assert_true(next > pg);
		assert_true(caches_push(next, false, order, true));
		assert_true(caches_push(pg, false, order, true));
		assert_int_equal(b->nr, CACHE_REFILL_BLOCKS);
		check();
	}
	assert_int_equal(caches_held(), CACHE_REFILL_BLOCKS * (2 + 4 + 8));
	assert_int_equal(total_free_pages(), 4 * NR);
}

/* Below the frontier, or more than there is room for: back at once. */
static void other_blocks_go_back_at_once(void **state)
{
	struct page_info *pg[3 * CACHE_BLOCKS];
	struct cache_blocks *b;
	bool dirty;

	(void)state;
	boot(SMFN, 4 * NR);
	b = cache_blocks_of(kind(0), 2);
	for (unsigned int i = 0; i < 3 * CACHE_BLOCKS; i++) {
		pg[i] = caches_pop(false, 2, &dirty);
	}
	for (unsigned int i = 0; i < 3 * CACHE_BLOCKS; i++) {
		assert_true(caches_push(pg[i], false, 2, true));
		assert_int_equal(b->nr,
				 i + 1 < CACHE_BLOCKS ? i + 1 : CACHE_BLOCKS);
		check();
	}
	assert_true(xmem_drain_caches());
	assert_int_equal(b->nr, 0);
	assert_true(caches_pop(false, 2, &dirty) != NULL);
	/* The refill was as high as it could be. */
	assert_int_equal(xmem_heap_frame_state(SMFN), XMEM_FRAME_DIRTY);
	check();
}

static void superpages_are_kept_whole(void **state)
{
	unsigned long size = 1UL << HEAP_SUPER_ORDER;
	struct page_info *pg;
	bool dirty;

	(void)state;
	if (HEAP_SUPER_ORDER > MAX_ORDER || 16 * size > FAKE_FRAMES) {
		return;
	}
	boot(8 * size, 8 * size);
	pg = caches_pop(false, HEAP_SUPER_ORDER, &dirty);
	assert_int_equal(mfn_of(pg), 15 * size);
	assert_int_equal(caches_held(), 0);
	assert_int_equal(xmem_page_live(pg), XMEM_LIVE_SUPER);
	assert_int_equal(xmem_heap_frame_state(15 * size + 1), XMEM_FRAME_USED);
	assert_true(caches_push(pg, false, HEAP_SUPER_ORDER, true));
	assert_int_equal(caches_held(), size);
	assert_int_equal(xmem_heap_frame_state(15 * size + 1),
			 XMEM_FRAME_CACHED);
	check();
	assert_int_equal(total_free_pages(), 8 * size);
	assert_ptr_equal(caches_pop(false, HEAP_SUPER_ORDER, &dirty), pg);
}

/* ---- few frames ---- */

/* With less than two caches full: one at a time, and back at once. */
static void where_frames_are_few_none_waits(void **state)
{
	unsigned long few = 2 * CACHE_FRAMES;
	unsigned long mfn;
	bool dirty;

	(void)state;
	boot(SMFN, few - 1);
	mfn = pop_frame();
	assert_int_equal(caches_held(), 0);
	push_frame(mfn);
	assert_int_equal(caches_held(), 0);
	assert_int_equal(xmem_heap_frame_state(mfn), XMEM_FRAME_DIRTY);
	for (unsigned int order = 1; order < HEAP_CACHED_ORDERS; order++) {
		struct page_info *pg = caches_pop(false, order, &dirty);

		assert_int_equal(caches_held(), 0);
		assert_true(caches_push(pg, false, order, true));
		assert_int_equal(caches_held(), 0);
	}
	check();
}

static void with_enough_frames_all_is_as_before(void **state)
{
	static unsigned long mfn[NR];
	unsigned long few = 2 * CACHE_FRAMES;

	(void)state;
	boot(SMFN, NR);
	assert_int_equal(take_frames(mfn, NR), NR);
	assert_true(cache()->short_of_frames);
	for (unsigned long i = 0; i < few; i++) {
		push_frame(mfn[i]);
		assert_int_equal(caches_held(), 0);
	}
	assert_false(cache()->short_of_frames);
	push_frame(mfn[few]);
	assert_int_equal(caches_held(), 1);
	check();
}

/* ---- kinds, nodes ---- */

static void each_heap_has_its_own_frames(void **state)
{
	struct page_info *dom, *xen;
	bool dirty;

	(void)state;
	xmem_host_layout = XMEM_LAYOUT_SEPARATE;
	caches_up(0, 0, true);
	fake_add(SMFN, SMFN + NR, false);
	fake_add(2 * NR + SMFN, 3 * NR + SMFN, true);
	dom = caches_pop(false, 0, &dirty);
	xen = caches_pop(true, 0, &dirty);
	assert_true(mfn_of(dom) < SMFN + NR);
	assert_true(mfn_of(xen) >= SMFN + 2 * NR);
	assert_int_equal(kind(HEAP_DOM)->frames.nr, XMEM_WORD_BITS - 1);
	assert_int_equal(kind(HEAP_XEN)->frames.nr, XMEM_WORD_BITS - 1);
	assert_int_equal(avail_domheap_pages(), NR - 1);
	assert_int_equal(avail_xenheap_pages(), NR - 1);
	assert_true(caches_push(xen, true, 0, true));
	assert_ptr_equal(caches_pop(true, 0, &dirty), xen);
	check();
	assert_true(xmem_drain_caches());
	assert_int_equal(avail_xenheap_pages(), NR - 1);
	check();
}

/* By the limit of the xenheap, whoever frees the frame. */
static void each_side_of_the_limit_has_its_own_frames(void **state)
{
	struct page_info *dom, *xen;
	bool dirty;

	(void)state;
	xmem_host_layout = XMEM_LAYOUT_PARTIAL;
	xenheap_max_mfn(SMFN + NR / 2 - 1);
	boot(SMFN, NR);
	dom = caches_pop(false, 0, &dirty);
	xen = caches_pop(true, 0, &dirty);
	assert_true(mfn_of(dom) >= SMFN + NR / 2);
	assert_true(mfn_of(xen) < SMFN + NR / 2);
	assert_int_equal(avail_domheap_pages(), NR - 2);
	assert_int_equal(avail_xenheap_pages(), NR / 2 - 1);
	assert_true(caches_push(dom, true, 0, true));
	assert_true(caches_push(xen, false, 0, true));
	assert_ptr_equal(caches_pop(false, 0, &dirty), dom);
	assert_ptr_equal(caches_pop(true, 0, &dirty), xen);
	check();
}

static void frames_of_another_node_are_not_its_own(void **state)
{
	struct page_info *pg;
	bool dirty;

	(void)state;
	fake.node_frames = 2 * NR;
	fake_add(SMFN, SMFN + NR, false);
	caches_up(0, 1, false);
	fake_add(SMFN + NR, SMFN + 2 * NR, false);
	pg = caches_pop(false, 0, &dirty);
	assert_int_equal(fake_mfn_to_node(mfn_of(pg)), 1);
	assert_int_equal(xmem_cache_count(0, HEAP_DOM, 0, ~0UL), 0);
	assert_int_equal(xmem_cache_count(1, HEAP_DOM, 0, ~0UL),
			 XMEM_WORD_BITS - 1);
	assert_int_equal(avail_node_heap_pages(1), NR - 1);
	assert_int_equal(avail_node_heap_pages(0), NR);
	assert_false(caches_push(page(SMFN), false, 0, true));
	assert_true(caches_push(pg, false, 0, true));
	check();
}

/* ---- counts and states ---- */

static void cached_frames_are_free(void **state)
{
	struct xmem_heap_stats stats;
	unsigned long mfn;

	(void)state;
	boot(SMFN, NR);
	mfn = pop_frame();
	assert_int_equal(xmem_heap_frame_state(mfn), XMEM_FRAME_USED);
	assert_int_equal(xmem_heap_frame_state(mfn + 1), XMEM_FRAME_CACHED);
	assert_false(xmem_frame_is_free(_mfn(mfn)));
	assert_true(xmem_frame_is_free(_mfn(mfn + 1)));
	assert_ptr_equal(
		strstr(xmem_heap_state_text(mfn + 1, "used"), "free already"),
		xmem_heap_state_text(mfn + 1, "used"));
	xmem_heap_get_stats(0, &stats);
	assert_int_equal(stats.cached_pages, XMEM_WORD_BITS - 1);
	assert_int_equal(stats.free_pages, NR - 1);
	assert_int_equal(total_free_pages(), NR - 1);
	push_frame(mfn);
	assert_int_equal(xmem_heap_frame_state(mfn), XMEM_FRAME_CACHED);
	assert_int_equal(total_free_pages(), NR);
	/* An owner, a reference: not in a cache. */
	page(mfn)->count_info = 1;
	assert_int_equal(xmem_heap_frame_state(mfn), XMEM_FRAME_USED);
}

static void cached_frames_count_in_their_zone(void **state)
{
	(void)state;
	/* Zone 12 and, above 8192, zone 13. */
	boot(SMFN, NR + 32);
	assert_int_equal(pop_frame(), 2 * NR - XMEM_WORD_BITS);
	assert_int_equal(caches_held(), 95);
	assert_int_equal(avail_domheap_pages_region(0, PAGE_SHIFT + 14, 0), 32);
	assert_int_equal(avail_domheap_pages_region(0, 0, PAGE_SHIFT + 13),
			 NR - 1);
	assert_int_equal(avail_domheap_pages_region(~0U, 0, 0), NR + 31);
	check();
}

/* ---- drain: an oracle ---- */

/* How many free blocks of each order complete merging of @is_free gives. */
static void merge(const bool *is_free, unsigned long *blocks)
{
	for (unsigned long at = 0; at < NR;) {
		unsigned int order = xmem_block_order(
			(SMFN + at) | 1UL << MAX_ORDER, NR - at);
		unsigned long i = 0;

		if (!is_free[at]) {
			at++;
			continue;
		}
		for (;; order--) {
			for (i = 0; i < 1UL << order && is_free[at + i]; i++) {
			}
			if (i == 1UL << order) {
				break;
			}
		}
		blocks[order]++;
		at += 1UL << order;
	}
}

static void a_drain_merges_completely(void **state)
{
	static unsigned long mfn[NR];
	static bool is_free[NR];
	uint64_t seed = 3;

	(void)state;
	boot(SMFN, NR);
	for (unsigned int round = 0; round < 20; round++) {
		unsigned long blocks[XMEM_STATS_ORDERS] = {0};
		struct xmem_heap_stats stats;
		unsigned long nr = take_frames(mfn, NR);

		assert_int_equal(nr, NR);
		memset(is_free, 0, sizeof(is_free));
		for (unsigned long i = 0; i < nr; i++) {
			if (test_random(&seed) % 20 >= round) {
				is_free[mfn[i] - SMFN] = true;
				caches_give(page(mfn[i]), false, 0);
				mfn[i] = 0;
			}
		}
		assert_true(xmem_drain_caches());
		merge(is_free, blocks);
		xmem_heap_get_stats(0, &stats);
		assert_int_equal(stats.cached_pages, 0);
		for (unsigned int k = 0; k <= MAX_ORDER; k++) {
			assert_int_equal(stats.free_blocks[k], blocks[k]);
		}
		check();
		for (unsigned long i = 0; i < nr; i++) {
			if (mfn[i] != 0) {
				caches_give(page(mfn[i]), false, 0);
			}
		}
	}
	assert_int_equal(total_free_pages(), NR);
}

/* ---- what is wrong is found ---- */

static void a_frame_that_waits_twice_panics(void **state)
{
	unsigned long mfn;

	(void)state;
	boot(SMFN, NR);
	mfn = pop_frame();
	assert_true(xmem_drain_caches());
	push_frame(mfn);
	EXPECT_PANIC(push_frame(mfn), "double free of frame");
	cache()->head.busy = 0;
}

static void a_free_frame_that_comes_back_panics(void **state)
{
	(void)state;
	boot(SMFN, NR);
	push_frame(SMFN);
	EXPECT_PANIC(assert_int_equal(xmem_cpu_down(0), 0),
		     "it is free already");
}

static void the_check_finds_what_is_wrong(void **state)
{
	unsigned long a, b;

	(void)state;
	boot(SMFN, NR);
	a = pop_frame();
	b = pop_frame();
	check();
	/* In use. */
	xmem_page_set_live(page(b + 1), XMEM_LIVE_FRAME);
	assert_non_null(strstr(xmem_heap_check(), "cache I2"));
	xmem_page_set_live(page(b + 1), XMEM_LIVE_NONE);
	check();
	/* Twice. */
	push_frame(a);
	push_frame(a);
	assert_non_null(strstr(xmem_heap_check(), "there twice"));
	kind(0)->frames.nr--;
	check();
	/* Free to the heap. */
	push_frame(SMFN);
	assert_non_null(strstr(xmem_heap_check(), "or not described"));
	kind(0)->pending.last->frames = 0;
	kind(0)->pending.nr_frames = 0;
	/* Counts. */
	kind(0)->pending.nr_frames = 1;
	assert_non_null(strstr(xmem_heap_check(), "cache I1"));
	kind(0)->pending.nr_frames = 0;
	check();
	/* Another kind, another node. */
	cache()->node = 1;
	assert_non_null(strstr(xmem_heap_check(), "another node"));
	cache()->node = 0;
	check();
}

/* ---- which requests a cache serves ---- */

static void some_requests_go_to_the_heap(void **state)
{
	(void)state;
	assert_true(xmem_cache_serves(0));
	assert_true(xmem_cache_serves(MEMF_no_scrub | MEMF_no_owner |
				      MEMF_no_refcount));
	assert_false(xmem_cache_serves(MEMF_bits(32)));
	assert_false(xmem_cache_serves(MEMF_no_dma));
	assert_false(xmem_cache_serves(MEMF_node(0)));
	assert_false(xmem_cache_serves(MEMF_exact_node));
	for (unsigned int order = 0; order < 40; order++) {
		assert_int_equal(xmem_cache_has_order(order),
				 order <= 3 || (order == PAGE_SHIFT - 3 &&
						order <= MAX_ORDER));
	}
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

static const struct CMUnitTest tests[] = {
	TEST(a_refill_is_the_words_that_the_heap_would_use),
	TEST(a_refill_visits_few_words),
	TEST(a_refill_may_find_nothing),
	TEST(a_refill_takes_what_is_pending),
	TEST(what_is_at_or_above_the_frontier_is_kept),
	TEST(what_is_below_the_frontier_waits_to_go_back),
	TEST(few_words_wait),
	TEST(sixty_four_frames_wait),
	TEST(a_cache_is_bounded),
	TEST(a_full_stack_keeps_no_more),
	TEST(frames_stay_clean_or_dirty),
	TEST(blocks_are_kept_by_order),
	TEST(other_blocks_go_back_at_once),
	TEST(superpages_are_kept_whole),
	TEST(where_frames_are_few_none_waits),
	TEST(with_enough_frames_all_is_as_before),
	TEST(each_heap_has_its_own_frames),
	TEST(each_side_of_the_limit_has_its_own_frames),
	TEST(frames_of_another_node_are_not_its_own),
	TEST(cached_frames_are_free),
	TEST(cached_frames_count_in_their_zone),
	TEST(a_drain_merges_completely),
	TEST(a_frame_that_waits_twice_panics),
	TEST(a_free_frame_that_comes_back_panics),
	TEST(the_check_finds_what_is_wrong),
	TEST(some_requests_go_to_the_heap),
};

TEST_MAIN(tests)
