/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_frames_careful.c - frees of frames from caches, and what is refused
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "frames_tests.h"

/* ---- frames that came from caches of CPUs ---- */

/* The hooks are for the fronts, which caches.h goes around. */
static void with_a_cache(void)
{
	fake.track = false;
	fake_add(1UL << 14, 3UL << 14, false);
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
/* Less than half of a superpage. */
#define PARTS (HEAP_SUPER_ORDER < 9 ? 1UL << (HEAP_SUPER_ORDER - 2) : 100UL)

static void free_parts(struct domain *owner, struct page_info *pg)
{
	list_parts(pg, 1);
	assert_int_equal(xmem_page_live(pg), XMEM_LIVE_SUPER);
	assert_int_equal(xmem_free_frames(owner, mfns, PARTS), PARTS);
	assert_int_equal(xmem_page_live(pg), XMEM_LIVE_NONE);
	assert_ptr_equal(page_get_owner(pg), owner);
	EXPECT_PANIC((void)!xmem_free_frames(owner, mfns, 1),
		     "is free already");
	list_parts(pg, 0);
	assert_int_equal(xmem_free_frames(owner, mfns, PARTS), PARTS);
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

#define T(name) cmocka_unit_test_setup(name, setup)
static const struct CMUnitTest tests[] = {
	T(live_frames_of_nobodys),	  T(cached_frames_are_refused),
	T(parts_of_a_superpage_break_it), T(all_of_a_superpage),
	T(bad_entries_are_refused),	  T(bad_entries_of_nobodys_are_refused),
};

TEST_MAIN(tests)
