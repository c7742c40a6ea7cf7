/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_take_words.c - words of single frames: which come, how they go back
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "words.h"

/* No more than a few words in a lock hold, also if they are hardly free. */
static void lock_holds_are_short(void **state)
{
	(void)state;
	fake_add(4096, 8192, false);
	begin(~0UL, 0, true);
	assert_int_equal(take_all(HEAP_WORDS), 4096);
	for (unsigned long i = 0; i < 64; i++) {
		assert_int_equal(give(4096 + 64 * i, 1ULL << i, true), 0);
	}
	begin(~0UL, 0, false);
	assert_int_equal(take_all(HEAP_WORDS), 64);
}

/* A superpage is not broken while there is a broken one, and is taken as a
 * block then. */
static void whole_superpages_come_last(void **state)
{
	(void)state;
	if (XMEM_BUDDY_SUPER != 9) {
		return;
	}
	fake_add(4096, 8192, false);
	begin(100, 0, false);
	assert_int_equal(take_all(HEAP_WORDS), 100);
	begin(1000, 0, false);
	assert_true(xmem_heap_take_words(&f));
	/* The rest of the highest one first. */
	assert_int_equal(f.nr_words, 7);
	assert_int_equal(f.left, 1000 - 412);
	for (unsigned int i = 0; i < f.nr_words; i++) {
		assert_in_range(f.word[i].first, 8192 - 512, 8191);
	}
	assert_true(xmem_heap_take_words(&f));
	assert_int_equal(f.nr_words, 8);
	assert_int_equal(f.word[0].first, 8192 - 1024);
	assert_int_equal(f.word[7].first, 8192 - 512 - 64);
	assert_int_equal(f.left, 1000 - 412 - 512);
	assert_int_equal(take_all(HEAP_WORDS), 76);
	assert_int_equal(total_free_pages(), 4096 - 1100);
	assert_int_equal(avail_domheap_pages(), 4096 - 1100);
}

/* No word is in two blocks of the largest order: descriptors there may be far
 * from each other. */
static void words_do_not_cross_sections(void **state)
{
	unsigned long border = 1UL << MAX_ORDER;

	(void)state;
	fake_add(border - 3, border + 3, false);
	begin(~0UL, 0, false);
	while (xmem_heap_take_words(&f)) {
		for (unsigned int i = 0; i < f.nr_words; i++) {
			const struct xmem_buddy_word *w = &f.word[i];

			assert_int_equal((w->first + xmem_ffs64(w->frames)) >>
						 MAX_ORDER,
					 (w->first + xmem_fls64(w->frames)) >>
						 MAX_ORDER);
		}
	}
	assert_int_equal(f.left, ~0UL - 6);
}

/* A word over several spans, each with an engine of its own. */
static void words_over_spans(void **state)
{
	struct heap_look seen;

	(void)state;
	fake_span(1024, 1030, false);
	fake_span(1030, 1071, false);
	fake_span(1075, 1090, false);
	seen = look(1024, ~0ULL);
	assert_true(seen.unknown == 0xfULL << 47); /* 1071 to 1074 */
	assert_true(seen.free == 0 && seen.described == 0);
	assert_int_equal(give(1024, ~0ULL, false), -XMEM_ENOENT);
	assert_int_equal(total_free_pages(), 0);
	assert_int_equal(give(1024, ~seen.unknown, false), 0);
	assert_int_equal(total_free_pages(), 60);
	assert_int_equal(give(1024, 1ULL << 60, false), -XMEM_EBUSY);
	assert_true(look(1024, ~0ULL).free == ~seen.unknown);
	/* Spans of more than a word. */
	fake_span(2048, 2154, false);
	fake_span(2154, 2304, false);
	assert_int_equal(give(2112, ~0ULL, false), 0);
	assert_int_equal(total_free_pages(), 60 + 64);
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(lock_holds_are_short),
	T(whole_superpages_come_last),
	T(words_do_not_cross_sections),
	T(words_over_spans),
};

TEST_MAIN(tests)
