/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bitmap_tree_steps.c - steps from a set bit, against the plain search
 *
 * Random trees of several sparsities, in garbage, words of 4 bits: from every
 * set bit the next and the previous one are what first and last find.
 *
 * link: src/lib/bitmap_tree.c src/lib/bitmap_tree_check.c
 * flags: -DXMEM_WORD_SHIFT=2
 */
#include "lib/bitmap_tree.h"
#include "test.h"

#define NR 5000UL

static uint64_t mem[2048];
static uint64_t seed = 1;

static void set_up(struct xmem_bitmap_tree *t, unsigned long nr)
{
	assert_true(xmem_bitmap_tree_bytes(nr) <= sizeof(mem));
	memset(mem, 0x6d, sizeof(mem));
	xmem_bitmap_tree_init(t, nr, mem);
}

static void compare(const struct xmem_bitmap_tree *t)
{
	unsigned long i = xmem_bitmap_tree_first(t, 0);

	assert_int_equal(xmem_bitmap_tree_lowest(t), i);
	while (i != XMEM_NO_BIT) {
		unsigned long next = xmem_bitmap_tree_first(t, i + 1);
		unsigned long prev = XMEM_NO_BIT;

		if (i > 0) {
			prev = xmem_bitmap_tree_last(t, i - 1);
		}
		assert_int_equal(xmem_bitmap_tree_next(t, i), next);
		assert_int_equal(xmem_bitmap_tree_prev(t, i), prev);
		i = next;
	}
}

/* next and prev agree with first and last, from one bit to all of them. */
static void steps_find_the_neighbours(void **state)
{
	struct xmem_bitmap_tree t;

	(void)state;
	for (unsigned long every = 1; every < 2 * NR; every *= 2) {
		set_up(&t, NR - every / 3);
		for (unsigned long i = 0; i < t.nr / every + 1; i++) {
			xmem_bitmap_tree_set(&t, test_random(&seed) % t.nr);
		}
		compare(&t);
	}
}

/* The first and the last bit have no neighbour outside. */
static void ends_have_no_neighbour(void **state)
{
	struct xmem_bitmap_tree t;

	(void)state;
	for (unsigned long nr = 1; nr < 600; nr++) {
		set_up(&t, nr);
		xmem_bitmap_tree_set(&t, 0);
		xmem_bitmap_tree_set(&t, nr - 1);
		compare(&t);
	}
}

/* set_near() is set(), in the same word as the bit it knows or not. */
static void setting_near_is_setting(void **state)
{
	struct xmem_bitmap_tree t;
	unsigned char bits[NR] = {0};
	unsigned long near = 17;

	(void)state;
	set_up(&t, NR);
	xmem_bitmap_tree_set(&t, near);
	bits[near] = 1;
	for (int i = 0; i < 500; i++) {
		unsigned long at = i % 2 ? near ^ (unsigned long)(i & 7)
					 : test_random(&seed) % NR;

		at = at < NR ? at : near;
		xmem_bitmap_tree_set_near(&t, at, near);
		bits[at] = 1;
		near = at;
		ASSERT_VALID(xmem_bitmap_tree_check(&t));
	}
	for (unsigned long i = 0; i < NR; i++) {
		assert_int_equal(xmem_bitmap_tree_test(&t, i), bits[i]);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(steps_find_the_neighbours),
	cmocka_unit_test(ends_have_no_neighbour),
	cmocka_unit_test(setting_near_is_setting),
};

TEST_MAIN(tests)
