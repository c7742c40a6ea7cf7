/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_cache_words.c - words of frames out of the heap and into it
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "caches.h"

#define SMFN 4096UL

static int set_up(void **state)
{
	fake_setup(state);
	fake.track = false;
	return 0;
}

static bool take(unsigned long lo, unsigned long hi, bool xen,
		 struct xmem_buddy_word *word)
{
	struct bounds in = {lo, hi};
	bool taken;

	heap_node_lock(xmem_heap_nodes[0]);
	taken = xmem_heap_take_word(xmem_heap_nodes[0], xen, in, word);
	heap_node_unlock(xmem_heap_nodes[0]);
	return taken;
}

static void give(const struct xmem_buddy_word *word)
{
	heap_node_lock(xmem_heap_nodes[0]);
	xmem_heap_give_word(xmem_heap_nodes[0], word);
	heap_node_unlock(xmem_heap_nodes[0]);
}

/* From the highest arena, within bounds; and back. */
static void words_come_and_go(void **state)
{
	struct xmem_buddy_word high, low;

	(void)state;
	fake_add(SMFN, SMFN + 128, false);
	fake_add(2 * SMFN, 2 * SMFN + 32, false);
	assert_true(take(1, ~0UL, false, &high));
	assert_int_equal(xmem_popcount64(high.frames), 32);
	assert_int_equal(high.first + xmem_ffs64(high.frames), 2 * SMFN);
	assert_true(high.dirty == high.frames);
	assert_true(take(1, SMFN + 70, false, &low));
	assert_int_equal(low.first, SMFN + 64);
	assert_true(low.frames == 63);
	assert_int_equal(total_free_pages(), 128 - 6);
	ASSERT_VALID(xmem_heap_check());
	assert_false(take(2 * SMFN, ~0UL, false, &low));
	give(&high);
	give(&low);
	assert_int_equal(total_free_pages(), 128 + 32);
	ASSERT_VALID(xmem_heap_check());
}

/* The heap knows each heap's frames. */
static void each_heap_has_words(void **state)
{
	struct xmem_buddy_word word;

	(void)state;
	xmem_host_layout = XMEM_LAYOUT_SEPARATE;
	fake_add(SMFN, SMFN + 64, false);
	assert_false(take(1, ~0UL, true, &word));
	fake_add(2 * SMFN, 2 * SMFN + 64, true);
	assert_true(take(1, ~0UL, true, &word));
	assert_int_equal(word.first, 2 * SMFN);
	assert_int_equal(avail_xenheap_pages(), 0);
	give(&word);
	assert_int_equal(avail_xenheap_pages(), 64);
	assert_true(take(1, ~0UL, false, &word));
	assert_int_equal(word.first, SMFN);
	ASSERT_VALID(xmem_heap_check());
}

/* One that is free already, or that nobody knows. */
static void what_is_wrong_panics(void **state)
{
	struct xmem_buddy_word word;

	(void)state;
	fake_add(SMFN, SMFN + 64, false);
	assert_true(take(1, ~0UL, false, &word));
	give(&word);
	EXPECT_PANIC(give(&word), "it is free already");
	word.first += 1024;
	EXPECT_PANIC(give(&word), "does not know it");
	ASSERT_VALID(xmem_heap_check());
}

/* A word may be in two spans, and in the smallest zones. */
static void a_word_goes_back_to_all_its_spans(void **state)
{
	static unsigned long mfn[1200];
	struct page_info *pg;
	unsigned long nr = 0;

	(void)state;
	caches_up(0, 0, false);
	fake_add(1, 21, false);
	fake_add(21, 40, false);
	fake_add(40, 1104, false);
	while (nr < 1200 && (pg = caches_take(false, 0)) != NULL) {
		mfn[nr++] = mfn_of(pg);
	}
	assert_int_equal(nr, 1103);
	while (nr > 0) {
		nr--;
		caches_give(mfn_to_page(_mfn(mfn[nr])), false, 0);
		if (nr % 50 == 0) {
			ASSERT_VALID(xmem_heap_check());
		}
	}
	assert_int_equal(total_free_pages(), 1103);
	for (unsigned int width = PAGE_SHIFT + 1; width < PAGE_SHIFT + 12;
	     width++) {
		unsigned long end = 1UL << (width - PAGE_SHIFT);

		assert_int_equal(avail_domheap_pages_region(0, 0, width),
				 (end < 1104 ? end : 1104) - 1);
	}
	assert_true(xmem_drain_caches());
	assert_int_equal(caches_held(), 0);
	assert_int_equal(total_free_pages(), 1103);
	ASSERT_VALID(xmem_heap_check());
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

static const struct CMUnitTest tests[] = {
	TEST(words_come_and_go),
	TEST(each_heap_has_words),
	TEST(what_is_wrong_panics),
	TEST(a_word_goes_back_to_all_its_spans),
};

TEST_MAIN(tests)
