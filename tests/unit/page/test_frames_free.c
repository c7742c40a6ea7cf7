/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_frames_free.c - many single frames are freed: merged, checked, counted
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "caches.h"

#include "heap/heap_priv.h"

#define NR 4096UL
static unsigned long mfns[NR];
static struct page_info *pages[NR];
static struct domain d;
static struct domain other;
static uint64_t seed;

static int setup(void **state)
{
	xmem_owner_init(&d.mem, ~0UL, 1);
	xmem_owner_init(&other.mem, ~0UL, 2);
	seed = 77;
	return fake_setup(state);
}

static void shuffle(unsigned long nr)
{
	for (unsigned long i = nr; i > 1; i--) {
		unsigned long k = test_random(&seed) % i;
		unsigned long mfn = mfns[i - 1];

		mfns[i - 1] = mfns[k];
		mfns[k] = mfn;
	}
}

static void reverse(unsigned long nr)
{
	for (unsigned long i = 0; i < nr / 2; i++) {
		unsigned long mfn = mfns[i];

		mfns[i] = mfns[nr - 1 - i];
		mfns[nr - 1 - i] = mfn;
	}
}

static void as_obtained(unsigned long nr)
{
	(void)nr;
}

/* In any order: then all is one block again, and no descriptor has a mark. */
static void any_order_merges(void **state)
{
	void (*const order[])(unsigned long) = {as_obtained, reverse, shuffle};

	(void)state;
	fake_add(NR, 2 * NR, false);
	for (unsigned int i = 0; i < 6; i++) {
		struct domain *owner = i % 2 == 0 ? &d : NULL;
		struct xmem_heap_stats stats;

		assert_int_equal(
			xmem_alloc_frames(owner, NR, MEMF_no_scrub, mfns), NR);
		assert_int_equal(total_free_pages(), 0);
		order[i / 2](NR);
		assert_int_equal(xmem_free_frames(owner, mfns, NR), NR);
		xmem_heap_get_stats(0, &stats);
		assert_int_equal(stats.free_blocks[12], 1);
		assert_int_equal(stats.dirty_pages, NR);
		assert_int_equal(d.mem.tot_pages, 0);
		for (unsigned long k = 0; k < NR; k++) {
			assert_int_equal(mfn_to_page(_mfn(NR + k))->count_info,
					 0);
		}
		fake_check();
	}
	assert_int_equal(fake.nr_given, 7 * NR);
}

/* A call does a bounded part, and says how far it came. */
static void free_goes_on_where_it_ended(void **state)
{
	static unsigned long many[6000];
	unsigned long done = 0;

	(void)state;
	fake_add(1024, 1024 + 6000, false);
	for (unsigned long i = 0; i < 6000; i++) {
		many[i] = 1024 + i;
	}
	drain(0);
	done = xmem_free_frames(NULL, many, 6000);
	assert_int_equal(done, XMEM_FRAMES_A_CALL);
	assert_int_equal(total_free_pages(), done);
	done += xmem_free_frames(NULL, many + done, 6000 - done);
	assert_int_equal(done, 6000);
	assert_int_equal(xmem_free_frames(NULL, NULL, 0), 0);
	assert_int_equal(total_free_pages(), 6000);
	fake_check();
}

/* Parts of larger blocks, frames that never were allocated, and those of other
 * functions, go the same way. */
static void frames_of_all_kinds(void **state)
{
	struct page_info *block;

	(void)state;
	fake_add(1024, 2048, false);
	fake_span(2048, 2148, false);
	block = alloc_domheap_pages(NULL, 6, 0);
	for (unsigned long i = 0; i < 64; i++) {
		mfns[i] = mfn_of(block) + i;
	}
	for (unsigned long i = 64; i < 164; i++) {
		mfns[i] = 2048 + i - 64;
	}
	mfns[164] = mfn_of(alloc_domheap_page(NULL, 0));
	assert_int_equal(xmem_take_range(_mfn(1024), 2, 0), 0);
	mfns[165] = 1024;
	mfns[166] = 1025;
	shuffle(167);
	assert_int_equal(xmem_free_frames(NULL, mfns, 167), 167);
	assert_int_equal(total_free_pages(), 1124);
	block = alloc_domheap_pages(&d, 5, 0);
	mfns[0] = mfn_of(alloc_domheap_page(&d, 0));
	mfns[1] = mfn_of(block) + 7;
	assert_int_equal(xmem_free_frames(&d, mfns, 2), 2);
	assert_int_equal(d.mem.tot_pages, 31);
	free_domheap_pages(block, 2);
	assert_int_equal(d.mem.tot_pages, 27);
	fake_check();
}

/* Counted frames and others of one owner in one list. */
static void only_counted_frames_leave_the_quota(void **state)
{
	(void)state;
	fake_add(1024, 2048, false);
	assert_int_equal(xmem_alloc_frames(&d, 100, 0, mfns), 100);
	assert_int_equal(
		xmem_alloc_frames(&d, 50, MEMF_no_refcount, mfns + 100), 50);
	shuffle(150);
	assert_int_equal(d.mem.tot_pages, 100);
	assert_int_equal(xmem_free_frames(&d, mfns, 150), 150);
	assert_int_equal(d.mem.tot_pages, 0);
	fake_check();
}

/* A list over nodes in turn, with a border inside a word. */
static void nodes_alternate(void **state)
{
	(void)state;
	fake.node_frames = 1050;
	fake_add(1000, 1050, false);
	fake_add(1050, 1100, false);
	drain(0);
	for (unsigned long i = 0; i < 50; i++) {
		mfns[2 * i] = 1000 + i;
		mfns[2 * i + 1] = 1050 + i;
	}
	assert_int_equal(xmem_free_frames(NULL, mfns, 100), 100);
	assert_int_equal(avail_node_heap_pages(0), 50);
	assert_int_equal(avail_node_heap_pages(1), 50);
	fake_check();
	/* In a row over the border. */
	drain(0);
	for (unsigned long i = 0; i < 100; i++) {
		mfns[i] = 1000 + i;
	}
	assert_int_equal(xmem_free_frames(NULL, mfns, 100), 100);
	assert_int_equal(total_free_pages(), 100);
	fake_check();
}

/* Frames of a xenheap of its own that were taken by name go back there. */
static void frames_of_two_heaps_in_a_word(void **state)
{
	(void)state;
	xmem_host_layout = XMEM_LAYOUT_SEPARATE;
	fake_span(1024, 2048, false);
	fake_add(1100, 1110, true);
	init_domheap_pages(PA(1024), PA(1100));
	init_domheap_pages(PA(1110), PA(2048));
	assert_int_equal(xmem_take_range(_mfn(1090), 30, 0), 0);
	for (unsigned long i = 0; i < 30; i++) {
		mfns[i] = 1090 + i;
	}
	assert_int_equal(avail_xenheap_pages(), 0);
	assert_int_equal(xmem_free_frames(NULL, mfns, 30), 30);
	assert_int_equal(avail_xenheap_pages(), 10);
	assert_int_equal(total_free_pages(), 1024);
	fake_check();
}

/* ---- frames that came from caches of CPUs ---- */

/* The hooks are for the fronts, which caches.h goes around. */
static void with_a_cache(void)
{
	fake.track = false;
	fake_add(4096, 8192, false);
	assert_int_equal(xmem_cpu_up(0, 0), 0);
	xmem_host_this_cpu = 0;
}

/* Live frames of nobody's among plain ones. */
static void live_frames_of_nobodys(void **state)
{
	unsigned long all;

	(void)state;
	with_a_cache();
	all = total_free_pages();
	for (unsigned long i = 0; i < 100; i++) {
		struct page_info *pg = i % 3 == 0
					       ? alloc_domheap_pages(NULL, 4, 0)
					       : caches_take(false, 0);

		mfns[i] = mfn_of(pg);
		pages[i] = pg;
	}
	shuffle(100);
	assert_int_equal(xmem_free_frames(NULL, mfns, 100), 100);
	for (unsigned long i = 0; i < 100; i++) {
		assert_int_equal(xmem_page_live(pages[i]), XMEM_LIVE_NONE);
	}
	assert_int_equal(total_free_pages(), all - 34 * 15);
	ASSERT_VALID(xmem_heap_check());
}

/* What lies in a cache is free. */
static void cached_frames_are_refused(void **state)
{
	struct page_info *pg;

	(void)state;
	with_a_cache();
	pg = caches_take(false, 0);
	mfns[0] = mfn_of(pg);
	assert_true(caches_push(pg, false, 0, true));
	EXPECT_PANIC((void)!xmem_free_frames(NULL, mfns, 1),
		     "is free already, in the cache of a CPU");
	EXPECT_PANIC((void)!xmem_free_frames(&d, mfns, 1), "is nobody's");
}

/* Every second frame of the superpage at @pg, from number @from on. */
static void list_parts(const struct page_info *pg, unsigned long from)
{
	for (unsigned long i = 0; i < 100; i++) {
		mfns[i] = mfn_of(pg) + 2 * i + from;
	}
}

/* A part of the superpage at @pg is freed, then another one with its first
 * frame; each once. */
static void free_parts(struct domain *owner, struct page_info *pg)
{
	list_parts(pg, 1);
	assert_int_equal(xmem_page_live(pg), XMEM_LIVE_SUPER);
	assert_int_equal(xmem_free_frames(owner, mfns, 100), 100);
	assert_int_equal(xmem_page_live(pg), XMEM_LIVE_NONE);
	assert_ptr_equal(page_get_owner(pg), owner);
	EXPECT_PANIC((void)!xmem_free_frames(owner, mfns, 1),
		     "is free already");
	list_parts(pg, 0);
	assert_int_equal(xmem_free_frames(owner, mfns, 100), 100);
	ASSERT_VALID(xmem_heap_check());
}

/* The parts of a superpage that came from a cache as a whole. */
static void parts_of_a_superpage_break_it(void **state)
{
	struct page_info *pg;

	(void)state;
	with_a_cache();
	free_parts(NULL, caches_take(false, HEAP_SUPER_ORDER));
	pg = caches_take(false, HEAP_SUPER_ORDER);
	for (unsigned long i = 0; i < 1UL << HEAP_SUPER_ORDER; i++) {
		xmem_page_set_owner(pg + i, &d, false);
	}
	free_parts(&d, pg);
}

/* All of it at once, its first frame too. */
static void all_of_a_superpage(void **state)
{
	unsigned long nr = 1UL << HEAP_SUPER_ORDER;
	struct page_info *pg;
	unsigned long all;

	(void)state;
	if (nr > NR) {
		return;
	}
	with_a_cache();
	all = total_free_pages();
	pg = caches_take(false, HEAP_SUPER_ORDER);
	for (unsigned long i = 0; i < nr; i++) {
		mfns[i] = mfn_of(pg) + i;
	}
	reverse(nr);
	assert_int_equal(xmem_free_frames(NULL, mfns, nr), nr);
	assert_int_equal(xmem_page_live(pg), XMEM_LIVE_NONE);
	assert_int_equal(total_free_pages(), all);
	ASSERT_VALID(xmem_heap_check());
}

/* ---- what is refused ---- */

/* Entry 70 of 100 is @mfn: the batch is refused, with nothing changed. */
#define EXPECT_REFUSED(owner, bad, text)                                      \
	do {                                                                  \
		unsigned long was_ = mfns[70];                                \
		unsigned long free_ = total_free_pages();                     \
		char at_[80];                                                 \
                                                                              \
		snprintf(at_, sizeof(at_), "entry 70: frame %lx is %s", bad,  \
			 text);                                               \
		mfns[70] = bad;                                               \
		EXPECT_PANIC((void)!xmem_free_frames(owner, mfns, 100), at_); \
		EXPECT_PANIC((void)!xmem_free_frames(owner, mfns, 100),       \
			     ", caller 0x");                                  \
		mfns[70] = was_;                                              \
		assert_int_equal(total_free_pages(), free_);                  \
		assert_int_equal(d.mem.tot_pages, 101);                       \
		fake_check();                                                 \
	} while (0)

static void bad_entries_are_refused(void **state)
{
	unsigned long nobodys, his, xen, vm, own;

	(void)state;
	fake_add(1024, 2048, false);
	xen = virt_to_mfn(alloc_xenheap_page());
	nobodys = mfn_of(alloc_domheap_page(NULL, 0));
	his = mfn_of(alloc_domheap_page(&other, 0));
	own = mfn_of(alloc_domheap_page(&d, 0));
	vm = mfn_of(alloc_domheap_page(NULL, 0));
	xmem_page_set_vmalloc(mfn_to_page(_mfn(vm)), 5);
	assert_int_equal(xmem_alloc_frames(&d, 100, 0, mfns), 100);
	EXPECT_REFUSED(&d, xen, "a xenheap page");
	EXPECT_REFUSED(&d, nobodys, "nobody's");
	EXPECT_REFUSED(&d, his, "of another owner");
	EXPECT_REFUSED(&d, vm, "memory of vmalloc");
	EXPECT_REFUSED(&d, 1024UL, "free already");
	EXPECT_REFUSED(&d, 3000UL, "unknown to the heap");
	EXPECT_REFUSED(&d, 0UL, "unknown to the heap");
	EXPECT_REFUSED(&d, FAKE_FRAMES + 77UL, "no RAM");
	EXPECT_REFUSED(&d, mfns[3], "in the list twice");
	mfn_to_page(_mfn(own))->count_info++;
	EXPECT_REFUSED(&d, own, "still referenced");
	mfn_to_page(_mfn(own))->count_info--;
	assert_int_equal(xmem_free_frames(&d, mfns, 100), 100);
	EXPECT_PANIC((void)!xmem_free_frames(&d, mfns, 100), "is free already");
}

/* The same of nobody's. */
static void bad_entries_of_nobodys_are_refused(void **state)
{
	(void)state;
	fake_add(1024, 2048, false);
	assert_int_equal(xmem_alloc_frames(&d, 101, 0, mfns), 101);
	assert_int_equal(xmem_alloc_frames(NULL, 100, 0, mfns), 100);
	EXPECT_REFUSED(NULL, 1024UL, "free already");
	EXPECT_REFUSED(NULL, 0UL, "unknown to the heap");
	EXPECT_REFUSED(NULL, 3000UL, "unknown to the heap");
	EXPECT_REFUSED(NULL, FAKE_FRAMES + 77UL, "unknown to the heap");
	EXPECT_REFUSED(NULL, mfns[3], "in the list twice");
	assert_int_equal(xmem_free_frames(NULL, mfns, 100), 100);
}

/* The last number there is, on a node without memory, is none of the heap. */
static void last_number_is_refused(void **state)
{
	(void)state;
	fake_add(1024, 2048, false);
	mfns[0] = ~0UL;
	EXPECT_PANIC((void)!xmem_free_frames(NULL, mfns, 1),
		     "ffffffff is unknown to the heap");
	EXPECT_PANIC((void)!xmem_free_frames(&d, mfns, 1),
		     "ffffffff is no RAM");
}

/* A pointer that is no descriptor. */
static void bad_pointers_are_refused(void **state)
{
	(void)state;
	fake_add(1024, 2048, false);
	assert_int_equal(xmem_alloc_frame_pages(NULL, 10, 0, pages), 10);
	pages[5] = (struct page_info *)((char *)pages[5] + 8);
	EXPECT_PANIC((void)!xmem_free_frame_pages(NULL, pages, 10),
		     "entry 5: 0x");
	assert_int_equal(total_free_pages(), 1014);
	pages[5] = (struct page_info *)((char *)pages[5] - 8);
	assert_int_equal(xmem_free_frame_pages(NULL, pages, 10), 10);
	fake_check();
}

/* The batches before that of the bad entry are free, the others are not. */
static void earlier_batches_are_done(void **state)
{
	unsigned long nr_free;

	(void)state;
	fake_add(NR, 2 * NR, false);
	assert_int_equal(xmem_alloc_frames(&d, NR, MEMF_no_scrub, mfns), NR);
	mfn_to_page(_mfn(mfns[3000]))->count_info++;
	EXPECT_PANIC((void)!xmem_free_frames(&d, mfns, NR),
		     "entry 3000: frame");
	nr_free = total_free_pages();
	assert_in_range(nr_free, 3000 - 16 * 64, 3000);
	assert_int_equal(d.mem.tot_pages, NR - nr_free);
	mfn_to_page(_mfn(mfns[3000]))->count_info--;
	assert_int_equal(xmem_free_frames(&d, mfns + nr_free, NR - nr_free),
			 NR - nr_free);
	assert_int_equal(d.mem.tot_pages, 0);
	fake_check();
}

/* Locks are held for a bounded time: some words a hold. */
static void lock_holds_are_bounded(void **state)
{
	(void)state;
	fake_add(NR, 2 * NR, false);
	assert_int_equal(xmem_alloc_frames(NULL, NR, MEMF_no_scrub, mfns), NR);
	fake.nr_relaxed = 0;
	assert_int_equal(xmem_free_frames(NULL, mfns, NR), NR);
	/* 64 words, 16 in a batch. */
	assert_int_equal(fake.nr_relaxed, 4);
	assert_int_equal(xmem_alloc_frames(NULL, NR, MEMF_no_scrub, mfns), NR);
	shuffle(NR);
	fake.nr_relaxed = 0;
	assert_int_equal(xmem_free_frames(NULL, mfns, NR), NR);
	assert_true(fake.nr_relaxed > NR / 30);
}

#define T(name) cmocka_unit_test_setup(name, setup)
static const struct CMUnitTest tests[] = {
	T(any_order_merges),
	T(free_goes_on_where_it_ended),
	T(frames_of_all_kinds),
	T(only_counted_frames_leave_the_quota),
	T(nodes_alternate),
	T(frames_of_two_heaps_in_a_word),
	T(live_frames_of_nobodys),
	T(cached_frames_are_refused),
	T(parts_of_a_superpage_break_it),
	T(all_of_a_superpage),
	T(bad_entries_are_refused),
	T(bad_entries_of_nobodys_are_refused),
	T(last_number_is_refused),
	T(bad_pointers_are_refused),
	T(earlier_batches_are_done),
	T(lock_holds_are_bounded),
};

TEST_MAIN(tests)
