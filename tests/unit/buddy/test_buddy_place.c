/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_buddy_place.c - runs of frames as places, and states that are written
 * into them
 *
 * link: src/buddy/
 */
#include "buddy/buddy_priv.h"
#include "one_buddy.h"

/* All used. */
static int set_up(void **state)
{
	(void)state;
	make_buddy(0, 1UL << 20);
	return 0;
}

/* The place at @idx for @nr frames: its level, its frames. */
static void place_is(unsigned long idx, unsigned long nr, unsigned int level,
		     unsigned long frames)
{
	unsigned long len = nr;
	struct xmem_buddy_place s = xmem_buddy_place_at(&buddy, idx, &len);

	assert_int_equal(s.level, level);
	assert_int_equal(len, frames);
	assert_int_equal(xmem_popcount64(s.mask) << (level * XMEM_WORD_SHIFT),
			 frames);
	assert_int_equal(xmem_ffs64(s.mask),
			 xmem_bit_of(idx >> (level * XMEM_WORD_SHIFT)));
}

/* As many nodes of the largest level as are in one group. */
static void places_are_as_large_as_can_be(void **state)
{
	(void)state;
	place_is(5, 3, 0, 3);
	place_is(5, 1000, 0, 59);
	place_is(64, 63, 0, 63);
	place_is(64, 200, 1, 192);
	place_is(4096 - 128, 4096, 1, 128);
	place_is(4096, 3 * 4096 + 7, 2, 3 * 4096);
}

/* A run is written as a whole, whatever it cuts, and nothing beside it. */
static void runs_are_written_as_a_whole(void **state)
{
	const unsigned long from[] = {0, 1, 63, 64, 4095, 8000};
	const unsigned long nr[] = {1, 64, 65, 4096, 5000, 70000};

	(void)state;
	for (unsigned int i = 0; i < 6; i++) {
		for (unsigned int k = 0; k < 6; k++) {
			unsigned long end = from[i] + nr[k];

			assert_false(xmem_buddy_set_run(&buddy, from[i], nr[k],
							XMEM_BUDDY_DIRTY));
			buddy.nr_free = nr[k];
			ASSERT_VALID(xmem_buddy_check(&buddy));
			assert_int_equal(
				xmem_buddy_count_free(&buddy, from[i], end),
				nr[k]);
			assert_true(xmem_buddy_set_run(&buddy, from[i], nr[k],
						       XMEM_BUDDY_PLAIN));
			buddy.nr_free = 0;
			ASSERT_VALID(xmem_buddy_check(&buddy));
			assert_int_equal(buddy.untold, XMEM_BUDDY_NONE);
		}
	}
}

/* A free frame is worse than a described one, also if that is in a place before
 * it. */
static void a_range_says_the_worst(void **state)
{
	(void)state;
	assert_int_equal(xmem_buddy_check_range(&buddy, 1, 200, false), 0);
	assert_int_equal(xmem_buddy_describe(&buddy, 3, 0, true), 0);
	assert_int_equal(xmem_buddy_check_range(&buddy, 1, 200, false),
			 -XMEM_EEXIST);
	give_block(130, 0, false);
	assert_int_equal(xmem_buddy_check_range(&buddy, 1, 200, false),
			 -XMEM_EBUSY);
	assert_int_equal(xmem_buddy_check_range(&buddy, 1, 200, true),
			 -XMEM_EBUSY);
	assert_int_equal(xmem_buddy_check_range(&buddy, 130, 1, true), 0);
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(places_are_as_large_as_can_be),
	T(runs_are_written_as_a_whole),
	T(a_range_says_the_worst),
};

TEST_MAIN(tests)
