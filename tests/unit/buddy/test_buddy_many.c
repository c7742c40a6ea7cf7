/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_buddy_many.c - words of large blocks, and what is known of a word
 *
 * link: src/buddy/
 */
#include "one_buddy.h"

#define START 1024UL
#define NR    4096UL
#define ORDER 9U
#define WORDS ((1U << ORDER) / XMEM_WORD_BITS)

static struct xmem_buddy_word words[WORDS];

static int set_up(void **state)
{
	(void)state;
	make_buddy(START, NR);
	return 0;
}

static void give(unsigned long mfn, unsigned long nr, bool dirty)
{
	assert_int_equal(xmem_buddy_give_range(&buddy, mfn, nr, dirty), 0);
}

static bool take(unsigned long lo, unsigned long hi, bool described)
{
	struct xmem_buddy_request req = {.lo = lo,
					 .hi = hi,
					 .order = ORDER,
					 .prefer = XMEM_BUDDY_HIGH,
					 .described = described};
	bool taken = xmem_buddy_take_as_words(&buddy, &req, words);

	assert_null(xmem_buddy_check(&buddy));
	return taken;
}

/* A word of a large block, whose group was never written, and one of all
 * states. */
static void all_states_are_seen(void **state)
{
	struct xmem_buddy_word w = {.first = START + 64};
	uint64_t described;

	(void)state;
	xmem_buddy_look_word(&buddy, &w, &described);
	assert_true(w.frames == 0 && w.dirty == 0 && described == 0);
	give(START, 512, true);
	xmem_buddy_look_word(&buddy, &w, &described);
	assert_true(w.frames == ~0ULL && w.dirty == ~0ULL && described == 0);
	assert_int_equal(xmem_buddy_mark(&buddy, START + 64, 3, false), 0);
	assert_int_equal(xmem_buddy_take_range(&buddy, START + 80, 48, NULL),
			 0);
	assert_int_equal(xmem_buddy_describe(&buddy, START + 96, 4, true), 0);
	xmem_buddy_look_word(&buddy, &w, &described);
	assert_true(w.frames == 0xffff);
	assert_true(w.dirty == 0xff00);
	assert_true(described == 0xffff00000000ULL);
	assert_int_equal(w.first, START + 64);
}

/* The words of a block, of which is known what is dirty. */
static void words_of_a_block(void **state)
{
	(void)state;
	give(START, 1024, false);
	assert_int_equal(xmem_buddy_mark(&buddy, START + 512 + 70, 0, true), 0);
	assert_int_equal(xmem_buddy_mark(&buddy, START + 512 + 128, 6, true),
			 0);
	assert_true(take(0, ~0UL, false));
	for (unsigned int i = 0; i < WORDS; i++) {
		assert_int_equal(words[i].first,
				 START + 512 + i * XMEM_WORD_BITS);
		assert_true(words[i].frames == ~0ULL);
		assert_true(words[i].dirty == (i == 1	? 1ULL << 6
					       : i == 2 ? ~0ULL
							: 0));
	}
	assert_int_equal(buddy.nr_free, 512);
	assert_false(xmem_buddy_is_described(&buddy, START + 600));
	give(START + 512, 512, true);
	assert_true(take(0, START + 1000, true));
	assert_int_equal(words[0].first, START);
	assert_true(words[7].dirty == 0);
	assert_true(xmem_buddy_is_described(&buddy, START + 5));
	assert_true(take(0, ~0UL, true));
	assert_true(words[0].first == START + 512 && words[7].dirty == ~0ULL);
	assert_false(take(0, ~0UL, true));
	assert_int_equal(buddy.nr_free, 0);
}

/* Free frames that are no block of that order are not enough. */
static void only_blocks_are_taken(void **state)
{
	(void)state;
	assert_false(take(0, ~0UL, false));
	give(START + 1, 1022, true);
	assert_false(take(0, ~0UL, false));
	give(START, 1, true);
	assert_false(take(START + 1, ~0UL, false));
	assert_false(take(0, START + 511, false));
	assert_false(take(START + NR, ~0UL, false));
	assert_true(take(0, START + 512, false));
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(all_states_are_seen),
	T(words_of_a_block),
	T(only_blocks_are_taken),
};

TEST_MAIN(tests)
