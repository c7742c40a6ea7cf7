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
	struct heap_node *node = xmem_heap_nodes[0];
	struct bounds in = {lo, hi};
	struct heap_hold h;
	unsigned int nr;

	heap_node_lock(node);
	heap_hold_begin(&h, node, true);
	h.heap = node_heap_of(node, xen);
	nr = xmem_hold_take(&h, in, 0, word);
	xmem_hold_end(&h);
	heap_node_unlock(node);
	assert_in_range(nr, 0, 1);
	return nr != 0;
}

/* Give @nr words in one hold. Return: as xmem_hold_give_all(); *@refused. */
static int try_give(const struct xmem_buddy_word *word, unsigned int nr,
		    unsigned long *refused)
{
	struct heap_node *node = xmem_heap_nodes[0];
	struct heap_hold h;
	int rc;

	heap_node_lock(node);
	heap_hold_begin(&h, node, true);
	rc = xmem_hold_give_all(&h, word, nr);
	xmem_hold_end(&h);
	heap_node_unlock(node);
	*refused = rc != 0 ? h.refused : 0;
	ASSERT_VALID(xmem_heap_check());
	return rc;
}

static void give(const struct xmem_buddy_word *word)
{
	unsigned long refused;

	assert_int_equal(try_give(word, 1, &refused), 0);
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

/* One that is free already, or that nobody knows: nothing is given. */
static void what_is_wrong_is_refused(void **state)
{
	struct xmem_buddy_word word[3];
	unsigned long refused;

	(void)state;
	fake_add(SMFN, SMFN + 128, false);
	assert_true(take(1, ~0UL, false, &word[0]));
	assert_true(take(1, ~0UL, false, &word[1]));
	give(&word[0]);
	assert_int_equal(try_give(word, 1, &refused), -XMEM_EBUSY);
	assert_int_equal(refused, word[0].first);
	word[2] = word[0];
	word[0] = word[1];
	assert_int_equal(try_give(word, 3, &refused), -XMEM_EBUSY);
	assert_int_equal(refused, word[0].first);
	assert_int_equal(total_free_pages(), 64);
	word[1].frames = 0; /* None of it. */
	word[2].first += 1024;
	assert_int_equal(try_give(word, 3, &refused), -XMEM_ENOENT);
	assert_int_equal(refused, word[2].first);
	assert_int_equal(total_free_pages(), 64);
	assert_int_equal(try_give(word, 2, &refused), 0);
	assert_int_equal(total_free_pages(), 128);
}

/* What is taken and given in a hold counts where it is: by arena and zone. */
static void a_hold_counts_by_arena_and_zone(void **state)
{
	struct heap_node *node;
	struct xmem_buddy_word word[8];
	struct bounds in = {1, ~0UL};
	unsigned long zone[2];
	struct heap_hold h;
	unsigned long refused;

	(void)state;
	/* Two zones in an arena, and one in another. */
	fake_add(SMFN - 192, SMFN + 64, false);
	fake_add(SMFN + 128, SMFN + 256, false);
	node = xmem_heap_nodes[0];
	zone[0] = node->heap[HEAP_DOM].zone_free[11];
	zone[1] = node->heap[HEAP_DOM].zone_free[12];
	assert_int_equal(zone[0], 192);
	assert_int_equal(zone[1], 192);
	heap_node_lock(node);
	heap_hold_begin(&h, node, true);
	h.heap = node_heap_of(node, false);
	for (unsigned int i = 0; i < 6; i++) {
		assert_int_equal(xmem_hold_take(&h, in, 0, &word[i]), 1);
	}
	assert_int_equal(xmem_hold_take(&h, in, 0, &word[6]), 0);
	xmem_hold_end(&h);
	heap_node_unlock(node);
	ASSERT_VALID(xmem_heap_check());
	assert_int_equal(total_free_pages(), 0);
	/* In an order in which the arena and the zone change. */
	word[6] = word[0];
	word[0] = word[4];
	word[4] = word[6];
	assert_int_equal(try_give(word, 6, &refused), 0);
	assert_int_equal(node->heap[HEAP_DOM].zone_free[11], zone[0]);
	assert_int_equal(node->heap[HEAP_DOM].zone_free[12], zone[1]);
}

/* The words of a block, in ascending order, behind the one below it. */
static void take_block(struct xmem_buddy_word word[HEAP_BLOCK_WORDS + 1])
{
	for (unsigned int i = 0; i <= HEAP_BLOCK_WORDS; i++) {
		assert_true(take(1, ~0UL, false, &word[HEAP_BLOCK_WORDS - i]));
	}
	assert_int_equal(word[1].first, SMFN + HEAP_BLOCK_NR);
	assert_int_equal(total_free_pages(), 1024 - 64 - 512);
}

/* All words of a block go back as one, if all its frames are there and
 * dirty. */
static void a_block_is_given_as_one(void **state)
{
	struct xmem_buddy_word word[HEAP_BLOCK_WORDS + 1];
	struct xmem_buddy_word other;
	unsigned long refused;

	(void)state;
	if (XMEM_BUDDY_SUPER != HEAP_BLOCK_ORDER) {
		return;
	}
	fake_add(SMFN, SMFN + 1024, false);
	/* All but one are of the block. */
	take_block(word);
	other = word[0];
	word[0] = word[6];
	word[6] = other;
	assert_int_equal(try_give(word + 1, HEAP_BLOCK_WORDS, &refused), 0);
	assert_int_equal(total_free_pages(), 1024 - 64);
	assert_int_equal(try_give(word, 1, &refused), 0);
	/* Some are clean. */
	take_block(word);
	word[3].dirty = 5;
	assert_int_equal(try_give(word + 1, HEAP_BLOCK_WORDS, &refused), 0);
	assert_int_equal(total_free_pages(), 1024 - 64);
	assert_true(take(word[3].first, word[3].first + 64, false, &word[4]));
	assert_int_equal(word[4].first, word[3].first);
	assert_true(word[4].dirty == 5);
	assert_int_equal(try_give(word + 4, 1, &refused), 0);
	assert_int_equal(try_give(word, 1, &refused), 0);
	/* All of it. */
	take_block(word);
	assert_int_equal(try_give(word, HEAP_BLOCK_WORDS + 1, &refused), 0);
	assert_int_equal(total_free_pages(), 1024);
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
	TEST(words_come_and_go),	TEST(each_heap_has_words),
	TEST(what_is_wrong_is_refused), TEST(a_hold_counts_by_arena_and_zone),
	TEST(a_block_is_given_as_one),	TEST(a_word_goes_back_to_all_its_spans),
};

TEST_MAIN(tests)
