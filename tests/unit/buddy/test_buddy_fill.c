/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_buddy_fill.c - groups below a uniform node become valid
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

/* Every word of the groups on the way says what the node says, but the finders
 * below a free node; no group beside the way is written. */
static void groups_are_as_the_node_above(void **state)
{
	const unsigned int all[] = {XMEM_BUDDY_PLAIN, XMEM_BUDDY_DESCRIBED,
				    XMEM_BUDDY_CLEAN, XMEM_BUDDY_DIRTY};

	for (unsigned int i = 0; i < 4; i++) {
		struct xmem_buddy_place s = xmem_buddy_place_of(4096 + 64, 0);
		uint64_t *at;

		(void)set_up(state);
		s.valid_level = buddy.top;
		xmem_buddy_fill_down(&buddy, &s, all[i]);
		for (unsigned int level = 1; level < buddy.top; level++) {
			at = xmem_buddy_words(&buddy, level,
					      level == 1 ? 1 : 0);
			assert_int_equal(
				xmem_buddy_state(xmem_buddy_load(&buddy, level,
								 level == 1),
						 XMEM_WORD_FULL),
				all[i]);
			assert_true(at[XMEM_BUDDY_SIGNS] ==
				    (all[i] == XMEM_BUDDY_DIRTY ? XMEM_WORD_FULL
								: 0));
			for (unsigned int k = XMEM_BUDDY_FINDERS;
			     k < buddy.words[level] &&
			     (all[i] & XMEM_BUDDY_FREE) == 0;
			     k++) {
				assert_true(at[k] == 0);
			}
		}
		assert_int_equal(
			xmem_buddy_state(xmem_buddy_load(&buddy, 0, 65),
					 XMEM_WORD_FULL),
			all[i]);
		assert_true(xmem_buddy_words(&buddy, 1, 0)[0] ==
			    0xa5a5a5a5a5a5a5a5ULL);
		assert_true(buddy.map[0][2UL * 64] == 0xa5a5a5a5a5a5a5a5ULL);
		assert_true(buddy.map[0][2UL * 66] == 0xa5a5a5a5a5a5a5a5ULL);
	}
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(groups_are_as_the_node_above),
};

TEST_MAIN(tests)
