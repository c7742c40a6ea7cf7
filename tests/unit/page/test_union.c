/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_union.c - blocks whose frames are not all plain, or all described
 *
 * (With real caches: test_cached.c. Here frames get live bits by hand.)
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "nobodys.h"

#include "page/union.h"

static bool is_described(unsigned long mfn)
{
	struct heap_node *node = heap_node_of(mfn);
	bool described;

	heap_node_lock(node);
	assert_int_equal(xmem_heap_use_of(node, mfn, &described), 0);
	heap_node_unlock(node);
	return described;
}

/* A part of a superpage breaks it: all of it is plain then. */
static void a_part_breaks_the_superpage(void **state)
{
	unsigned long mfn =
		mfn_of(alloc_domheap_pages(NULL, HEAP_SUPER_ORDER, 0));
	const struct page_info *pg = mfn_to_page(_mfn(mfn));

	(void)state;
	make_live(mfn, HEAP_SUPER_ORDER, XMEM_LIVE_SUPER);
	assert_true(is_described(mfn + SUPER - 1));
	nobody_free(mfn + 64, 5);
	assert_int_equal(pg->count_info, 0);
	assert_false(is_described(mfn));
	assert_false(is_described(mfn + SUPER - 1));
	fake_check();
	nobody_free(mfn, 6);
	fake_check();
}

/* A union of plain frames, live ones, and superpages, larger than a batch. */
static void unions_are_given(void **state)
{
	unsigned long mfn =
		mfn_of(alloc_domheap_pages(NULL, HEAP_SUPER_ORDER + 1, 0));

	(void)state;
	make_live(mfn + SUPER, HEAP_SUPER_ORDER, XMEM_LIVE_SUPER);
	make_live(mfn + 8, 3, XMEM_LIVE_FRAME);
	make_live(mfn + 100, 0, XMEM_LIVE_FRAME);
	nobody_free(mfn, HEAP_SUPER_ORDER + 1);
	for (unsigned long i = 0; i < 2 * SUPER; i++) {
		assert_int_equal(mfn_to_page(_mfn(mfn + i))->count_info, 0);
	}
	assert_int_equal(total_free_pages(), 4 * SUPER);
	fake_check();
}

/* One frame of a large union is somebody's, free, or in a cache: nothing has
 * changed. */
static void unions_with_others_are_refused(void **state)
{
	const unsigned long at[] = {1, 63, 64, SUPER - 1};
	struct domain d;

	(void)state;
	xmem_owner_init(&d.mem, ~0UL, 0);
	for (size_t i = 0; i < 4; i++) {
		struct page_info *volatile pg =
			alloc_domheap_pages(NULL, HEAP_SUPER_ORDER, 0);
		volatile unsigned long mfn = mfn_of(pg);
		struct page_info *bad = pg + at[i];

		make_live(mfn, 0, XMEM_LIVE_FRAME);
		xmem_page_set_owner(bad, &d, false);
		EXPECT_PANIC(nobody_free(mfn, HEAP_SUPER_ORDER),
			     "is not of the owner of the first frame");
		xmem_page_release(bad);
		make_live(mfn + at[i], 0, XMEM_LIVE_NONE);
		EXPECT_PANIC(nobody_free(mfn, HEAP_SUPER_ORDER),
			     "in the cache of a CPU");
		xmem_page_set_live(bad, XMEM_LIVE_FRAME);
		nobody_free(mfn + at[i], 0);
		EXPECT_PANIC(nobody_free(mfn, HEAP_SUPER_ORDER),
			     "is free already");
		assert_int_equal(pg->count_info, WORD_LIVE_FRAME);
		fake_check();
		assert_int_equal(xmem_take_range(_mfn(mfn + at[i]), 1, 0), 0);
		nobody_free(mfn, HEAP_SUPER_ORDER);
		fake_check();
	}
}

/* A union that reaches beyond its span is refused before any of it is made
 * plain. */
static void unions_beyond_a_span_are_refused(void **state)
{
	(void)state;
	fake_reset();
	fake_add(1025, 1027, false);
	fake_add(1027, 1028, false);
	for (int i = 0; i < 3; i++) {
		assert_non_null(alloc_domheap_pages(NULL, 0, 0));
	}
	make_live(1026, 0, XMEM_LIVE_FRAME);
	EXPECT_PANIC(nobody_free(1026, 1), "misaligned or beyond its span");
	assert_true(is_described(1026));
	fake_check();
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(a_part_breaks_the_superpage),
	T(unions_are_given),
	T(unions_with_others_are_refused),
	T(unions_beyond_a_span_are_refused),
};

TEST_MAIN(tests)
