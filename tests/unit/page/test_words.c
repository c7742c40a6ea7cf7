/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_words.c - descriptors of blocks, written and compared at once
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"

#include "lib/relax.h"
#include "page/words.h"

static struct domain d, other;
static struct page_info *pg;

static int set_up(void **state)
{
	(void)fake_setup(state);
	pg = mfn_to_page(_mfn(4096));
	return 0;
}

#define MOST 600UL

/* All of @nr frames have @word and @owner, and the ones beside them nothing. */
static void expect_all(unsigned long nr, unsigned long word,
		       const struct domain *owner)
{
	for (unsigned long i = 0; i < nr; i++) {
		assert_int_equal(xmem_word_of(pg + i), word);
		assert_ptr_equal(page_get_owner(pg + i), owner);
	}
	assert_int_equal(xmem_word_of(pg - 1) | xmem_word_of(pg + nr), 0);
}

/* Any number of frames gets its mark, and loses it. */
static void all_and_no_others_are_written(void **state)
{
	(void)state;
	for (unsigned long nr = 1; nr <= MOST; nr += nr < 20 ? 1 : 57) {
		xmem_words_set_owner(pg, nr, &d, true);
		expect_all(nr, WORD_OWNED | WORD_COUNTED, &d);
		xmem_words_end(pg, nr);
		expect_all(nr, 0, NULL);
		xmem_words_set_owner(pg, nr, &d, false);
		expect_all(nr, WORD_OWNED, &d);
		xmem_words_end(pg, nr);
		xmem_words_set_xenheap(pg, nr);
		expect_all(nr, WORD_XEN, NULL);
		xmem_words_end(pg, nr);
		expect_all(nr, 0, NULL);
	}
}

/* Live bits stay: those of each frame, and that of the first. */
static void live_bits_are_kept(void **state)
{
	(void)state;
	for (unsigned long i = 0; i < 8; i++) {
		xmem_word_begin(pg + i, WORD_LIVE_FRAME);
	}
	xmem_words_set_owner(pg, 8, &d, false);
	expect_all(8, WORD_OWNED | WORD_LIVE_FRAME, &d);
	xmem_words_end_at_once(pg, 8);
	xmem_word_begin(pg, WORD_LIVE_SUPER);
	xmem_words_set_xenheap(pg, 512);
	assert_int_equal(xmem_word_of(pg), WORD_XEN | WORD_LIVE_SUPER);
	assert_int_equal(xmem_word_of(pg + 1), WORD_XEN);
	assert_int_equal(xmem_word_of(pg + 511), WORD_XEN);
	xmem_words_end_at_once(pg, 512);
	xmem_word_begin(pg, WORD_LIVE_SUPER);
	xmem_words_set_owner(pg, 512, &d, true);
	assert_int_equal(xmem_page_live(pg), XMEM_LIVE_SUPER);
	assert_int_equal(xmem_page_live(pg + 1), XMEM_LIVE_NONE);
	xmem_words_end(pg, 512);
	expect_all(512, 0, NULL);
}

static bool are(unsigned long nr, unsigned long word)
{
	return xmem_words_are(pg, nr, word,
			      (word & WORD_OWNED) != 0 ? &d : NULL);
}

/* Whatever differs in one frame is seen, whichever it is. */
static void one_that_differs_is_seen(void **state)
{
	(void)state;
	for (unsigned long nr = 1; nr <= MOST; nr += nr < 20 ? 1 : 193) {
		for (unsigned long i = 0; i < nr; i += nr < 20 ? 1 : 37) {
			assert_true(are(nr, 0));
			pg[i].count_info = 1;
			assert_false(are(nr, 0));
			pg[i].count_info = WORD_LIVE_FRAME;
			assert_false(are(nr, 0));
			pg[i].count_info = 0;
			pg[i].owner = &other;
			assert_false(are(nr, 0));
			pg[i].owner = NULL;
			xmem_words_set_owner(pg, nr, &d, false);
			assert_true(are(nr, WORD_OWNED));
			assert_false(are(nr, WORD_OWNED | WORD_COUNTED));
			pg[i].count_info |= WORD_COUNTED;
			assert_false(are(nr, WORD_OWNED));
			pg[i].count_info ^= WORD_COUNTED;
			pg[i].owner = &other;
			assert_false(are(nr, WORD_OWNED));
			pg[i].owner = NULL;
			assert_false(are(nr, WORD_OWNED));
			xmem_words_end(pg, nr);
			xmem_words_set_xenheap(pg, nr);
			assert_true(are(nr, WORD_XEN));
			pg[i].tag = XMEM_TAG_INNER;
			assert_false(are(nr, WORD_XEN));
			pg[i].tag = XMEM_TAG_NONE;
			pg[i].count_info++;
			assert_false(are(nr, WORD_XEN));
			xmem_words_end(pg, nr);
		}
	}
	expect_all(MOST, 0, NULL);
}

/* Every XMEM_RELAX_FRAMES frames others may run. */
static void long_loops_pause(void **state)
{
	unsigned long nr = 5 * XMEM_RELAX_FRAMES;

	(void)state;
	fake.nr_relaxed = 0;
	xmem_words_set_owner(pg, nr, &d, false);
	assert_int_equal(fake.nr_relaxed, 5);
	assert_true(are(nr, WORD_OWNED));
	assert_int_equal(fake.nr_relaxed, 10);
	xmem_words_end(pg, nr);
	assert_int_equal(fake.nr_relaxed, 15);
	xmem_words_set_xenheap(pg, nr + 1);
	assert_int_equal(fake.nr_relaxed, 20);
	xmem_words_end(pg, nr + 1);
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(all_and_no_others_are_written),
	T(live_bits_are_kept),
	T(one_that_differs_is_seen),
	T(long_loops_pause),
};

TEST_MAIN(tests)
