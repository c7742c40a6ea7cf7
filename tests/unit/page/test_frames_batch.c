/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_frames_batch.c - a list of frames becomes words; entries that are none
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "frames_tests.h"

#include "page/frames_batch.h"

/* How many entries a batch takes, from @from on. */
static unsigned long collect(struct frames_batch *b, unsigned long from,
			     unsigned long nr)
{
	*b = (struct frames_batch){.mfns = mfns};
	return xmem_frames_collect(b, from, nr);
}

static const struct xmem_buddy_word *slot_of(const struct frames_batch *b,
					     unsigned long first)
{
	for (unsigned int i = 0; i < FRAMES_SLOTS; i++) {
		if (b->slot[i].frames != 0 && b->slot[i].first == first) {
			return &b->slot[i];
		}
	}
	return NULL;
}

/* Entries in any order become words. */
static void entries_become_words(void **state)
{
	const unsigned long list[] = {70, 1027, 64, 65, 66, 1024, 127, 1087};
	struct frames_batch b;

	(void)state;
	memcpy(mfns, list, sizeof(list));
	assert_int_equal(collect(&b, 0, 8), 8);
	assert_true(slot_of(&b, 64)->frames == (1ULL << 63 | 0x47));
	assert_true(slot_of(&b, 1024)->frames == (1ULL << 63 | 0x9));
	assert_int_equal(collect(&b, 6, 8), 8);
	assert_int_equal(b.from, 6);
	assert_true(slot_of(&b, 64)->frames == 1ULL << 63);
}

/* The batch ends before a word too many, wherever its words are. */
static void batch_ends_when_it_is_full(void **state)
{
	struct frames_batch b;

	(void)state;
	for (unsigned long step = 1; step <= 64; step *= 4) {
		for (unsigned long i = 0; i < 40; i++) {
			mfns[i] = 64 * (1 + i * step) + i;
		}
		assert_int_equal(collect(&b, 3, 40), 3 + FRAMES_SLOTS);
		for (unsigned long i = 3; i < 3 + FRAMES_SLOTS; i++) {
			assert_true(slot_of(&b, 64 * (1 + i * step))->frames ==
				    1ULL << i);
		}
		/* More frames of words that it has do fit. */
		mfns[3 + FRAMES_SLOTS] = mfns[3] + 1;
		mfns[4 + FRAMES_SLOTS] = mfns[2 + FRAMES_SLOTS] - 1;
		assert_int_equal(collect(&b, 3, 40), 5 + FRAMES_SLOTS);
	}
}

/* A run ends with its word, and with the list. */
static void runs_end_with_their_words(void **state)
{
	struct frames_batch b;

	(void)state;
	for (unsigned long i = 0; i < 200; i++) {
		mfns[i] = 100 + i;
	}
	assert_int_equal(collect(&b, 0, 150), 150);
	assert_true(slot_of(&b, 64)->frames == ~0ULL << 36);
	assert_true(slot_of(&b, 128)->frames == ~0ULL);
	assert_true(slot_of(&b, 192)->frames == (1ULL << 58) - 1);
	assert_null(slot_of(&b, 256));
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

#define T(name) cmocka_unit_test_setup(name, setup)
static const struct CMUnitTest tests[] = {
	T(entries_become_words),      T(batch_ends_when_it_is_full),
	T(runs_end_with_their_words), T(last_number_is_refused),
	T(bad_pointers_are_refused),
};

TEST_MAIN(tests)
