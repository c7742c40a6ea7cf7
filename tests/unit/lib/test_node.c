/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_node.c - where a range leaves its node
 *
 * All ranges over maps of a few frames, against a plain loop; the steps that
 * the port allows are counted. The default step is tested where it matters,
 * in tests/unit/boot/test_boot.c.
 *
 * link: tests/host/panic.c
 * flags: -DMAX_NUMNODES=4
 */
#include <xmem/types.h>

static unsigned long step_of(unsigned long mfn);
#define xmem_port_node_end(mfn) step_of(mfn)

#include "lib/node.h"

#include "test.h"

#define FRAMES 24

static unsigned char node_of[FRAMES + 1];
static unsigned int nr_asked;
static enum { STEPS, EXACT, NEVER } answers;
static unsigned long least; /* no part of a node is shorter */

unsigned int xmem_host_mfn_to_node(unsigned long mfn)
{
	assert_true(mfn < FRAMES);
	return node_of[mfn];
}

/* First frame above @mfn on another node. */
static unsigned long border(unsigned long mfn)
{
	unsigned long end = mfn + 1;

	while (end < FRAMES && node_of[end] == node_of[mfn]) {
		end++;
	}
	return end;
}

static unsigned long step_of(unsigned long mfn)
{
	nr_asked++;
	switch (answers) {
	case STEPS:
		return mfn + least;
	case EXACT:
		/* Of the last one the end of all numbers. */
		return border(mfn) == FRAMES ? 0 : border(mfn);
	case NEVER:
	default:
		return ~0UL;
	}
}

static void check_all_ranges(void)
{
	for (unsigned long s = 0; s < FRAMES; s++) {
		for (unsigned long e = s + 1; e <= FRAMES; e++) {
			unsigned long end = border(s);

			nr_asked = 0;
			assert_int_equal(xmem_node_end(s, e),
					 end < e ? end : e);
			assert_in_range(nr_asked, 1, (e - s) / least + 1);
			if (answers == EXACT) {
				assert_int_equal(nr_asked, 1);
			}
		}
	}
}

/* Nodes in any order, each in parts of no less than a step: 0, 1, 0 ... */
static void borders_are_found_in_steps(void **state)
{
	uint64_t seed = 5;

	(void)state;
	answers = STEPS;
	for (unsigned int map = 0; map < 2000; map++) {
		unsigned long at = 0;

		least = 1 + map % 6;
		while (at < FRAMES) {
			unsigned long end = at + least + test_random(&seed) % 5;
			unsigned char node = test_random(&seed) >> 20 & 3;

			while (at < end && at < FRAMES) {
				node_of[at++] = node;
			}
		}
		/* A short part at the end would break the promise. */
		for (at = FRAMES - least; at < FRAMES; at++) {
			node_of[at] = node_of[FRAMES - least - 1];
		}
		check_all_ranges();
	}
}

/* A port with a table: one question each, whatever the parts. */
static void exact_borders_need_one_question(void **state)
{
	uint64_t seed = 6;

	(void)state;
	answers = EXACT;
	least = 1;
	for (unsigned int map = 0; map < 2000; map++) {
		for (unsigned long at = 0; at < FRAMES; at++) {
			node_of[at] = test_random(&seed) >> 20 & 1;
		}
		check_all_ranges();
	}
}

/* A port that promises one border everywhere is believed. */
static void one_border_is_found_by_bisection(void **state)
{
	(void)state;
	answers = NEVER;
	least = 1;
	for (unsigned long cut = 0; cut <= FRAMES; cut++) {
		for (unsigned long at = 0; at < FRAMES; at++) {
			node_of[at] = at < cut ? 2 : 1;
		}
		check_all_ranges();
		nr_asked = 0;
		(void)xmem_node_end(0, FRAMES);
		assert_int_equal(nr_asked, 1);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(borders_are_found_in_steps),
	cmocka_unit_test(exact_borders_need_one_question),
	cmocka_unit_test(one_border_is_found_by_bisection),
};

TEST_MAIN(tests)
