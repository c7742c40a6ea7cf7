/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_heap_check.c - the validator finds every seeded corruption
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"

#include "heap/heap_priv.h"

static struct node_heap *heap;

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
	heap = &xmem_heap_nodes[0]->heap[HEAP_DOM];
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

/* The @i-th arena by address. */
static struct heap_arena *arena_at(unsigned int i)
{
	struct heap_arena *a = xmem_arena_behind(heap, 0);

	while (i-- > 0) {
		a = xmem_arena_behind(heap, a->buddy.end);
	}
	return a;
}

/* I1: arenas that overlap. */
static void overlapping_arenas_are_found(void **state)
{
	(void)state;
	arena_at(1)->buddy.start = 150;
	expect("I1");
}

/* I1: a link up or down that leads elsewhere, or the order is wrong. */
static void wrong_links_are_found(void **state)
{
	struct heap_arena *root = heap->root;

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		struct heap_arena *a = arena_at(i);
		struct heap_arena *up = a->up;

		a->up = up == NULL ? arena_at(i == 0) : NULL;
		expect("I1");
		a->up = up;
	}
	for (unsigned int side = 0; side < 2; side++) {
		struct heap_arena *child = root->child[side];

		root->child[side] = child == NULL ? root->child[!side] : NULL;
		assert_non_null(xmem_heap_check());
		root->child[side] = child;
	}
	fake_check();
}

/* I2: a bit too many or too few in `below`, for every order and arena. */
static void wrong_below_is_found(void **state)
{
	(void)state;
	for (unsigned int k = 0; k <= MAX_ORDER; k++) {
		for (unsigned int i = 0; i < 3; i++) {
			arena_at(i)->below ^= 1U << k;
			expect("I2");
			arena_at(i)->below ^= 1U << k;
		}
	}
	fake_check();
}

/* I3: the number of arenas. */
static void wrong_number_of_arenas_is_found(void **state)
{
	(void)state;
	heap->nr_arenas++;
	expect("I3: nr_arenas");
	heap->nr_arenas -= 2;
	assert_non_null(xmem_heap_check());
	heap->nr_arenas++;
	fake_check();
}

/* @a goes to the bottom of the tree, whatever its priority. */
static void hang_below(struct heap_arena *a)
{
	struct heap_arena **link = &heap->root;

	a->up = a->child[0] = a->child[1] = NULL;
	while (*link != NULL) {
		a->up = *link;
		link = &a->up->child[a->buddy.start > a->up->buddy.start];
	}
	*link = a;
	for (; a != NULL; a = a->up) {
		a->below = a->buddy.orders | heap_orders_below(a->child[0]) |
			   heap_orders_below(a->child[1]);
	}
}

/* I3: a tree that is in order, but with the lowest priority at the root. */
static void wrong_priority_is_found(void **state)
{
	struct heap_arena *a[3] = {arena_at(0), arena_at(1), arena_at(2)};

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		for (unsigned int k = i + 1; k < 3; k++) {
			if (xmem_arena_priority(a[k]) <
			    xmem_arena_priority(a[i])) {
				struct heap_arena *other = a[i];

				a[i] = a[k];
				a[k] = other;
			}
		}
	}
	heap->root = NULL;
	for (unsigned int i = 0; i < 3; i++) {
		hang_below(a[i]);
	}
	expect("I1, I3");
	heap->root = NULL;
	for (unsigned int i = 3; i > 0; i--) {
		hang_below(a[i - 1]);
	}
	fake_check();
}

/* I4: a wrong count in any zone. */
static void wrong_zone_count_is_found(void **state)
{
	(void)state;
	for (unsigned int z = 0; z < HEAP_NR_ZONES; z++) {
		heap->zone_free[z]++;
		expect("I4: zone_free");
		heap->zone_free[z]--;
	}
	fake_check();
}

/* I4: frames counted in the wrong zone, with the right sum. */
static void frames_in_the_wrong_zone_are_found(void **state)
{
	(void)state;
	heap->zone_free[10]--;
	heap->zone_free[11]++;
	expect("I4: zone_free");
}

/* I4: a wrong sum. */
static void wrong_sum_is_found(void **state)
{
	(void)state;
	heap->nr_free--;
	expect("I4: nr_free");
}

/* What the engine's validator finds is passed on. */
static void broken_engine_is_found(void **state)
{
	(void)state;
	arena_at(1)->buddy.nr_free++;
	assert_non_null(xmem_heap_check());
	arena_at(1)->buddy.nr_free--;
	fake_check();
}

/* All parts of all nodes are looked at. */
static void every_node_and_part_is_checked(void **state)
{
	(void)state;
	fake.node_frames = 8192;
	for (unsigned int n = 0; n < MAX_NUMNODES; n++) {
		fake_add(n * 8192UL + 8000, n * 8192UL + 8100, false);
	}
	for (unsigned int n = 0; n < MAX_NUMNODES; n++) {
		for (unsigned int p = 0; p < heap_nr_used(); p++) {
			xmem_heap_nodes[n]->heap[p].nr_free++;
			expect("I4");
			xmem_heap_nodes[n]->heap[p].nr_free--;
		}
	}
	fake_check();
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(sound_heap_passes),
	T(overlapping_arenas_are_found),
	T(wrong_links_are_found),
	T(wrong_below_is_found),
	T(wrong_number_of_arenas_is_found),
	T(wrong_priority_is_found),
	T(wrong_zone_count_is_found),
	T(frames_in_the_wrong_zone_are_found),
	T(wrong_sum_is_found),
	T(broken_engine_is_found),
	T(every_node_and_part_is_checked),
};

TEST_MAIN(tests)
