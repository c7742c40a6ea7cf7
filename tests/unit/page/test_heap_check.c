/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_heap_check.c - the validator finds every seeded corruption
 *
 * link: tests/unit/page/fake.c src/page/[a-z]*.c src/lib/[a-z]*.c
 * include: tests/unit/page/include tests/unit/page
 */
#include "fake.h"

#include "page/page_priv.h"

static struct heap_part *part;

/* Three arenas, some frames taken: a heap in which nothing is trivial. */
static int set_up(void **state)
{
	(void)state;
	fake_reset();
	fake_add(100, 200, false);
	fake_add(1000, 3000, false);
	fake_add(5000, 5001, false);
	for (unsigned int k = 0; k < 5; k++) {
		if (alloc_domheap_pages(NULL, k, MEMF_no_scrub) == NULL) {
			return 1;
		}
	}
	part = &xmem_heap_nodes[0].part[PART_DOM];
	return 0;
}

static void expect(const char *text)
{
	const char *broken = xmem_heap_check();

	assert_non_null(broken);
	assert_non_null(strstr(broken, text));
}

/* A sound heap passes, an empty one and each node. */
static void sound_heap_passes(void **state)
{
	(void)state;
	fake_check();
	fake_reset();
	fake_check();
	fake.node_frames = 1000;
	fake_add(1, 1000, false);
	fake_add(3000, 4000, true);
	fake_check();
}

/* I1: arenas out of order. */
static void arenas_out_of_order_are_found(void **state)
{
	struct heap_arena *first = part->arena[0];

	(void)state;
	part->arena[0] = part->arena[1];
	part->arena[1] = first;
	expect("I1");
}

/* I1: arenas that overlap. */
static void overlapping_arenas_are_found(void **state)
{
	(void)state;
	part->arena[1]->buddy.start = 150;
	expect("I1");
}

/* I2: a bit too many or too few in `with`, for every order and arena. */
static void wrong_with_is_found(void **state)
{
	(void)state;
	for (unsigned int k = 0; k <= MAX_ORDER; k++) {
		for (unsigned int a = 0; a < 64; a++) {
			part->with[k] ^= (uint64_t)1 << a;
			expect("I2");
			part->with[k] ^= (uint64_t)1 << a;
		}
	}
	fake_check();
}

/* I3: a wrong bit in `orders`. */
static void wrong_orders_are_found(void **state)
{
	(void)state;
	for (unsigned int k = 0; k <= MAX_ORDER; k++) {
		part->orders ^= 1U << k;
		expect("I3");
		part->orders ^= 1U << k;
	}
	fake_check();
}

/* I4: a wrong count in any zone. */
static void wrong_zone_count_is_found(void **state)
{
	(void)state;
	for (unsigned int z = 0; z < HEAP_NR_ZONES; z++) {
		part->zone_free[z]++;
		expect("I4: zone_free");
		part->zone_free[z]--;
	}
	fake_check();
}

/* I4: frames counted in the wrong zone, with the right sum. */
static void frames_in_the_wrong_zone_are_found(void **state)
{
	(void)state;
	part->zone_free[10]--;
	part->zone_free[11]++;
	expect("I4: zone_free");
}

/* I4: a wrong sum. */
static void wrong_sum_is_found(void **state)
{
	(void)state;
	part->nr_free--;
	expect("I4: nr_free");
}

/* What the engine's validator finds is passed on. */
static void broken_engine_is_found(void **state)
{
	(void)state;
	part->arena[1]->buddy.nr_free++;
	assert_non_null(xmem_heap_check());
	part->arena[1]->buddy.nr_free--;
	fake_check();
}

/* All parts of all nodes are looked at. */
static void every_node_and_part_is_checked(void **state)
{
	(void)state;
	for (unsigned int n = 0; n < MAX_NUMNODES; n++) {
		for (unsigned int p = 0; p < NR_PARTS; p++) {
			xmem_heap_nodes[n].part[p].nr_free++;
			expect("I4");
			xmem_heap_nodes[n].part[p].nr_free--;
		}
	}
	fake_check();
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(sound_heap_passes),
	T(arenas_out_of_order_are_found),
	T(overlapping_arenas_are_found),
	T(wrong_with_is_found),
	T(wrong_orders_are_found),
	T(wrong_zone_count_is_found),
	T(frames_in_the_wrong_zone_are_found),
	T(wrong_sum_is_found),
	T(broken_engine_is_found),
	T(every_node_and_part_is_checked),
};

TEST_MAIN(tests)
