/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_buddy_tree.c - what the words above a group say after it has changed
 *
 * link: src/buddy/
 */
#include "buddy/buddy_priv.h"
#include "one_buddy.h"

#define NR (1UL << 20)

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
	ASSERT_VALID(xmem_buddy_check(&buddy));
}

/* The orders that are served by a block of order @k of the same tier. */
static unsigned int served_by(unsigned int k)
{
	unsigned int first = k - k % XMEM_BUDDY_SUPER;

	return (2U << k) - (1U << first);
}

/* A block is a sign for its order and the smaller ones of its tier, and its
 * halves are signs of their own where it crosses to the next tier. */
static void orders_are_those_that_are_served(void **state)
{
	(void)state;
	for (unsigned int k = 0; k <= MAX_ORDER; k++) {
		(void)set_up(NULL);
		give(1UL << 18, k);
		assert_int_equal(buddy.orders, served_by(k));
		give((1UL << 18) + (1UL << k), k);
		assert_int_equal(buddy.orders,
				 served_by(k < MAX_ORDER ? k + 1 : k));
	}
}

/* Blocks of several tiers: each tier says what its largest one serves. */
static void tiers_do_not_mix(void **state)
{
	const unsigned int super = XMEM_BUDDY_SUPER;

	(void)state;
	give(1UL << 18, super);
	give(0, 3);
	give(4096, 5);
	assert_int_equal(buddy.orders, served_by(super) | served_by(5));
	assert_int_equal(xmem_buddy_take_range(&buddy, 1UL << 18, 1, NULL), 0);
	ASSERT_VALID(xmem_buddy_check(&buddy));
	assert_int_equal(buddy.orders, served_by(super - 1));
}

/* A frame out of the largest block, and back: on each level what is beside it
 * is found by the orders of its own tier. */
static void a_hole_on_all_levels(void **state)
{
	(void)state;
	give(1UL << 18, MAX_ORDER);
	for (unsigned long at = 0; at < 1UL << MAX_ORDER; at += 4097) {
		unsigned long mfn = (1UL << 18) + at;

		assert_int_equal(xmem_buddy_take_range(&buddy, mfn, 1, NULL),
				 0);
		ASSERT_VALID(xmem_buddy_check(&buddy));
		give(mfn, 0);
		assert_int_equal(buddy.orders, served_by(MAX_ORDER));
	}
}

/* Used frames of two kinds make a mixture, which is gone when one is. */
static void used_mixtures_come_and_go(void **state)
{
	(void)state;
	assert_int_equal(xmem_buddy_describe(&buddy, 4711, 0, true), 0);
	ASSERT_VALID(xmem_buddy_check(&buddy));
	assert_int_equal(xmem_buddy_load(&buddy, buddy.top, 0).mixed, 1);
	assert_int_equal(xmem_buddy_load(&buddy, buddy.top, 0).note, 1);
	for (unsigned long i = 0; i < 64; i++) {
		if (4672 + i != 4711) {
			assert_int_equal(
				xmem_buddy_describe(&buddy, 4672 + i, 0, true),
				0);
		}
	}
	ASSERT_VALID(xmem_buddy_check(&buddy));
	assert_int_equal(xmem_buddy_load(&buddy, 1, 1).mixed, 0);
	assert_int_equal(xmem_buddy_describe(&buddy, 4672, 6, false), 0);
	ASSERT_VALID(xmem_buddy_check(&buddy));
	assert_int_equal(xmem_buddy_load(&buddy, buddy.top, 0).mixed, 0);
	assert_int_equal(xmem_buddy_load(&buddy, buddy.top, 0).note, 0);
}

/* A free frame beside a described one: partly free, up to the top. */
static void described_and_free_frames_mix(void **state)
{
	(void)state;
	assert_int_equal(xmem_buddy_describe(&buddy, 64, 6, true), 0);
	give(128, 0);
	assert_int_equal(xmem_buddy_load(&buddy, buddy.top, 0).note, 0);
	assert_int_equal(xmem_buddy_give(&buddy, 64, 6, true, true), 0);
	ASSERT_VALID(xmem_buddy_check(&buddy));
	assert_int_equal(xmem_buddy_count_dirty(&buddy), 64);
}

/* Take the frames of the highest word that has any. */
static void take_word(void)
{
	struct xmem_buddy_request req = {.hi = ~0UL, .prefer = XMEM_BUDDY_HIGH};
	struct xmem_buddy_word w;

	assert_true(xmem_buddy_take_word(&buddy, &req, &w));
	ASSERT_VALID(xmem_buddy_check(&buddy));
}

/* What a take has used up may wait, but not if `orders` changes with it: that
 * tells which span has a block, and is never behind. */
static void the_last_block_of_an_order_is_told(void **state)
{
	(void)state;
	give(1UL << 18, 0);
	take_word();
	assert_int_equal(buddy.untold, XMEM_BUDDY_NONE);
	assert_int_equal(buddy.orders, 0);
	give((1UL << 18) + 8, 3);
	give(4, 0);
	take_word();
	assert_int_equal(buddy.untold, XMEM_BUDDY_NONE);
	assert_int_equal(buddy.orders, 1);
}

/* It waits where others of the same group, or of a group above it, have as
 * much. */
static void what_others_have_waits(void **state)
{
	const unsigned long other[] = {(1UL << 18) + 64, (1UL << 18) - 4096};

	for (unsigned int i = 0; i < 2; i++) {
		(void)set_up(state);
		give((1UL << 18) + 128, 2);
		give(other[i], 2);
		take_word();
		assert_int_equal(buddy.untold, ((1UL << 18) + 128) / 64);
		assert_int_equal(buddy.orders, 7);
		take_word();
		assert_int_equal(buddy.untold, XMEM_BUDDY_NONE);
		assert_int_equal(buddy.orders, 0);
	}
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(orders_are_those_that_are_served),
	T(tiers_do_not_mix),
	T(a_hole_on_all_levels),
	T(used_mixtures_come_and_go),
	T(described_and_free_frames_mix),
	T(the_last_block_of_an_order_is_told),
	T(what_others_have_waits),
};

TEST_MAIN(tests)
