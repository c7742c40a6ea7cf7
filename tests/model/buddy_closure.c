/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_closure.c - every state of a tiny buddy: words of 4 bits, so that 16
 * frames make a map of three levels
 *
 * A tier is three orders, so that it ends inside of a level. Spans aligned,
 * unaligned and with limited orders.
 *
 * link: src/buddy/
 * flags: -DXMEM_WORD_SHIFT=2 -DMAX_ORDER=9 -DXMEM_BUDDY_SUPER=3
 */
#include "buddy_closure.h"

/* Free or used: 2^16 states up to one block of the whole span. */
static void free_sets_aligned(void **state)
{
	(void)state;
	explore(16, frames(16, 4), MAX_ORDER, 0);
}

/* Free or used, the span cut off at both ends: 2^13 states. */
static void free_sets_unaligned(void **state)
{
	(void)state;
	explore(5, frames(13, 2), MAX_ORDER, 0);
}

/* Free or used, with room for larger blocks than the limit: 2^12 each. */
static void free_sets_limited(void **state)
{
	(void)state;
	for (unsigned int limit = 0; limit < 4; limit++) {
		explore(4, frames(12, 3), limit, 0);
	}
}

/* Used, clean or dirty: 3^8 states, called with every range. */
static void dirty_sets_aligned(void **state)
{
	(void)state;
	explore(8, frames(8, 2), MAX_ORDER, DIRTY);
}

/* The same, unaligned: 3^9 states. */
static void dirty_sets_unaligned(void **state)
{
	(void)state;
	explore(7, frames(9, 3), MAX_ORDER, DIRTY);
}

/* Plain, described or free: 3^8 states, called with every range. */
static void described_sets_aligned(void **state)
{
	(void)state;
	explore(8, frames(8, 2), MAX_ORDER, DESCRIBED);
}

/* The same, unaligned: 3^9 states. */
static void described_sets_unaligned(void **state)
{
	(void)state;
	explore(7, frames(9, 3), MAX_ORDER, DESCRIBED);
}

/* Plain, described, clean or dirty, in two groups: 4^8 states. */
static void all_sets(void **state)
{
	(void)state;
	explore(16, frames(8, 2), MAX_ORDER, DIRTY | DESCRIBED);
}

/* The same, unaligned and with limited orders: 4^7 states each. */
static void all_sets_limited(void **state)
{
	(void)state;
	for (unsigned int limit = 0; limit < 3; limit++) {
		explore(6, frames(7, 2), limit, DIRTY | DESCRIBED);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(dirty_sets_aligned),
	cmocka_unit_test(described_sets_aligned),
	cmocka_unit_test(free_sets_aligned),
	cmocka_unit_test(free_sets_unaligned),
	cmocka_unit_test(free_sets_limited),
	cmocka_unit_test(dirty_sets_unaligned),
	cmocka_unit_test(described_sets_unaligned),
	cmocka_unit_test(all_sets),
	cmocka_unit_test(all_sets_limited),
};

TEST_MAIN(tests)
