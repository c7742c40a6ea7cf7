/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_closure_deep.c - every state of a tiny buddy: words of 2 bits, so that
 * 8 frames make a map of four levels
 *
 * A tier is two orders. So all that goes up and down by several levels is met
 * with frames of all kinds.
 *
 * link: src/buddy/
 * flags: -DXMEM_WORD_SHIFT=1 -DMAX_ORDER=9 -DXMEM_BUDDY_SUPER=2
 */
#include "buddy_closure.h"

/* Free or used, in two blocks of the largest order: 2^12 states. */
static void free_sets(void **state)
{
	(void)state;
	explore(8, frames(12, 3), MAX_ORDER, 0);
}

/* Plain, described, clean or dirty: 4^8 states up to one block of all. */
static void all_sets_aligned(void **state)
{
	(void)state;
	explore(8, frames(8, 2), MAX_ORDER, DIRTY | DESCRIBED);
}

/* The same, cut off at both ends and with limited orders: 4^7 states each. */
static void all_sets_limited(void **state)
{
	(void)state;
	for (unsigned int limit = 1; limit < 4; limit++) {
		explore(7, frames(7, 2), limit, DIRTY | DESCRIBED);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(free_sets),
	cmocka_unit_test(all_sets_aligned),
	cmocka_unit_test(all_sets_limited),
};

TEST_MAIN(tests)
