/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_buddy_find.c - which block a request gets: each rule by itself
 *
 * Blocks below a superpage are of tier 0; with frames of 4 KiB these are the
 * orders below 9. A group of level 1 has 4096 frames.
 *
 * link: src/buddy/
 * pages: 4 KiB
 */
#include "buddy/buddy_priv.h"
#include "one_buddy.h"

#define NR    (1UL << 20)
#define LOW   XMEM_BUDDY_LOW
#define HIGH  XMEM_BUDDY_HIGH
#define SUPER XMEM_BUDDY_SUPER

/* All used. */
static int set_up(void **state)
{
	(void)state;
	make_buddy(0, NR);
	return 0;
}

static void give(unsigned long mfn, unsigned int order)
{
	assert_int_equal(xmem_buddy_give(&buddy, mfn, order, false, false), 0);
}

static unsigned long take_in(unsigned int order, unsigned long lo,
			     unsigned long hi, enum xmem_buddy_end end)
{
	struct xmem_buddy_request req = {lo, hi, order, end, false};
	unsigned long mfn = xmem_buddy_take(&buddy, &req, NULL);

	ASSERT_VALID(xmem_buddy_check(&buddy));
	return mfn;
}

static unsigned long take(unsigned int order, enum xmem_buddy_end end)
{
	return take_in(order, 0, ~0UL, end);
}

/* A superpage is broken only if no broken one has room, wherever that is. */
static void superpages_are_broken_last(void **state)
{
	(void)state;
	give(1UL << 19, SUPER);
	give(64, 6);
	for (unsigned long i = 0; i < 64; i++) {
		assert_int_equal(take(0, HIGH), 127 - i);
	}
	assert_int_equal(take(0, HIGH), (1UL << 19) + (1UL << SUPER) - 1);
}

/* The same one tier higher: what is larger stays whole for a superpage. */
static void larger_pages_are_broken_last(void **state)
{
	if (2 * SUPER > MAX_ORDER) {
		return;
	}
	(void)state;
	give(1UL << 19, 2 * SUPER);
	give(1UL << SUPER, SUPER);
	give(1UL << 17, SUPER + 2);
	assert_int_equal(take(SUPER, LOW), 1UL << SUPER);
	assert_int_equal(take(SUPER + 1, LOW), 1UL << 17);
	assert_int_equal(take(0, LOW), (1UL << 17) + (2UL << SUPER));
}

/* Inside a tier the nearest group of 4096 frames goes first, also if a farther
 * one has a smaller block. */
static void nearest_group_goes_first(void **state)
{
	(void)state;
	give(4096, 0);
	give(40960, 7);
	give(81920, 0);
	assert_int_equal(take(0, HIGH), 81920);
	assert_int_equal(take(0, HIGH), 40960 + 127);
	assert_int_equal(take(0, LOW), 4096);
}

/* In a group a broken word goes before a whole one that is nearer. */
static void broken_words_go_before_whole_ones(void **state)
{
	(void)state;
	give(4096, 0);
	give(4096 + 128, 6);
	give(4096 + 256, 2);
	give(4096 + 512, 7);
	assert_int_equal(take(0, HIGH), 4096 + 259);
	assert_int_equal(take(0, LOW), 4096);
	assert_int_equal(take(1, LOW), 4096 + 256);
	assert_int_equal(take(0, LOW), 4096 + 258);
}

/* Of whole words, and inside a word, the smallest block, and of these the
 * nearest. */
static void smallest_block_of_a_group_goes_first(void **state)
{
	(void)state;
	give(8192, 6);
	give(8192 + 256, 7);
	give(8192 + 512, 6);
	assert_int_equal(take(6, HIGH), 8192 + 512);
	assert_int_equal(take(6, HIGH), 8192);
	assert_int_equal(take(7, HIGH), 8192 + 256);
	give(4096, 2);
	give(4096 + 8, 1);
	give(4096 + 16, 1);
	give(4096 + 32, 3);
	assert_int_equal(take(0, HIGH), 4096 + 17);
	assert_int_equal(take(1, HIGH), 4096 + 8);
	assert_int_equal(take(1, HIGH), 4096 + 2);
	assert_int_equal(take(3, HIGH), 4096 + 32);
}

/* A block that is too small for the request leads nobody to it. */
static void small_blocks_do_not_mislead(void **state)
{
	(void)state;
	give(4096, 3);
	give(8192, 2);
	give(12288, 1);
	assert_int_equal(take(3, HIGH), 4096);
	assert_int_equal(take(3, HIGH), XMEM_NO_MFN);
	assert_int_equal(take(2, HIGH), 8192);
}

/* Nodes that an end of the range cuts are looked at, and left if they have
 * nothing inside. */
static void range_is_kept_where_it_cuts(void **state)
{
	(void)state;
	give(4096 + 64, 0);
	give(4096 + 70, 0);
	give(8192 + 5, 0);
	give(8192 + 64, 3);
	give(8192 + 512, 9);
	assert_int_equal(take_in(0, 4096 + 65, 8192 + 64, HIGH), 8192 + 5);
	assert_int_equal(take_in(0, 4096 + 65, 8192 + 64, HIGH), 4096 + 70);
	assert_int_equal(take_in(0, 4096 + 65, 8192 + 64, HIGH), XMEM_NO_MFN);
	assert_int_equal(take_in(0, 4096 + 65, 8192 + 66, HIGH), 8192 + 65);
	assert_int_equal(take_in(2, 4096 + 65, 8192 + 600, HIGH), 8192 + 68);
	assert_int_equal(take_in(2, 4096 + 65, 8192 + 600, HIGH), 8192 + 596);
	assert_int_equal(take_in(2, 4096 + 65, 8192 + 515, HIGH), XMEM_NO_MFN);
}

/* A search tells the level of the block, and changes nothing. */
static void find_tells_the_level(void **state)
{
	struct xmem_buddy_request r = {
		.hi = NR, .order = 1, .prefer = XMEM_BUDDY_HIGH};
	struct xmem_buddy before;
	struct xmem_buddy_found found;

	(void)state;
	give(2048, 7);
	give(4096, 4);
	before = buddy;
	found = xmem_buddy_find(&buddy, &r, 1, 2);
	assert_int_equal(found.at, 4110);
	assert_int_equal(found.level, 0);
	found = xmem_buddy_find(&buddy, &r, 5, 2);
	assert_int_equal(found.at, 2174);
	assert_int_equal(found.level, 1);
	assert_int_equal(xmem_buddy_find(&buddy, &r, 5, 5).at, 2170);
	assert_int_equal(xmem_buddy_find(&buddy, &r, 10, 2).at,
			 XMEM_BUDDY_NONE);
	assert_memory_equal(&before, &buddy, sizeof(buddy));
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(superpages_are_broken_last),
	T(larger_pages_are_broken_last),
	T(nearest_group_goes_first),
	T(broken_words_go_before_whole_ones),
	T(smallest_block_of_a_group_goes_first),
	T(small_blocks_do_not_mislead),
	T(range_is_kept_where_it_cuts),
	T(find_tells_the_level),
};

TEST_MAIN(tests)
