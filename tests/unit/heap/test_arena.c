/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_arena.c - the tree of arenas against an array of them
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 *
 * Arenas here have no frames behind them: bounds and orders are set by hand.
 */
#include "fake.h"

#include "heap/heap_priv.h"

#define MANY 1000U

static struct node_heap heap;
static struct heap_arena arena[MANY];

/* Arena i is [start(i), start(i) + 64), with holes of different sizes. */
static unsigned long start_of(unsigned int i)
{
	return 1000 + i * 100UL + i % 7;
}

static void add(unsigned int i)
{
	arena[i].buddy.start = start_of(i);
	arena[i].buddy.end = start_of(i) + 64;
	arena[i].buddy.orders = 0;
	xmem_arena_insert(&heap, &arena[i]);
}

static int set_up(void **state)
{
	(void)state;
	memset(&heap, 0, sizeof(heap));
	memset(arena, 0xa5, sizeof(arena));
	return 0;
}

/* The number of arenas from @a up to the root. */
static unsigned int depth_of(const struct heap_arena *a)
{
	unsigned int depth = 0;

	for (; a != NULL; a = a->up) {
		depth++;
	}
	return depth;
}

/* The arenas from 0 to @nr - 1 are there: by address, each once. */
static void expect_all(unsigned int nr)
{
	unsigned long end = 0;

	assert_int_equal(heap.nr_arenas, nr);
	for (unsigned int i = 0; i < nr; i++) {
		assert_ptr_equal(xmem_arena_behind(&heap, end), &arena[i]);
		end = arena[i].buddy.end;
	}
	assert_null(xmem_arena_behind(&heap, end));
}

/* An empty heap has no arena for any question. */
static void empty_part_has_none(void **state)
{
	(void)state;
	assert_null(xmem_arena_behind(&heap, 0));
	assert_null(xmem_arena_before(&heap, ~0UL, 0));
}

/* Arenas come in any order and are found by address; a thousand at equal
 * distances are not deeper in the tree than 2.5 log2(n) allows. */
static void tree_stays_in_order_and_shallow(void **state)
{
	/* Each of these has no common divisor with MANY. */
	static const unsigned int step[] = {1, MANY - 1, 377, 601, 7};

	for (unsigned int s = 0; s < 5; s++) {
		unsigned int deepest = 0;

		set_up(state);
		for (unsigned int i = 0; i < MANY; i++) {
			add(i * step[s] % MANY);
		}
		expect_all(MANY);
		for (unsigned int i = 0; i < MANY; i++) {
			unsigned int depth = depth_of(&arena[i]);

			deepest = depth > deepest ? depth : deepest;
		}
		print_message("# step %u: depth %u\n", step[s], deepest);
		assert_true(deepest <= 25);
	}
}

/* So it is whatever the distance: a power of two, or nearly. */
static void tree_is_shallow_at_any_distance(void **state)
{
	for (unsigned int shift = 7; shift < TEST_LONG_BITS - 11; shift++) {
		for (unsigned long odd = 0; odd < 2; odd++) {
			unsigned int deepest = 0;

			set_up(state);
			for (unsigned int i = 0; i < MANY; i++) {
				arena[i].buddy.start =
					(i + 1) * ((1UL << shift) + odd);
				arena[i].buddy.end = arena[i].buddy.start + 1;
				arena[i].buddy.orders = 0;
				xmem_arena_insert(&heap, &arena[i]);
			}
			for (unsigned int i = 0; i < MANY; i++) {
				unsigned int depth = depth_of(&arena[i]);

				deepest = depth > deepest ? depth : deepest;
			}
			assert_true(deepest <= 30);
		}
	}
}

/* The arena behind a frame: the one that holds it, else the next. */
static void arena_behind_a_frame(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 20; i++) {
		add(i * 7 % 20);
	}
	for (unsigned long mfn = 900; mfn < start_of(20); mfn++) {
		unsigned int i = 0;

		while (i < 20 && arena[i].buddy.end <= mfn) {
			i++;
		}
		assert_ptr_equal(xmem_arena_behind(&heap, mfn),
				 i < 20 ? &arena[i] : NULL);
	}
	assert_null(xmem_arena_behind(&heap, ~0UL));
}

/* The oracle: from the top down. */
static struct heap_arena *before(unsigned int nr, unsigned long end,
				 unsigned int order)
{
	while (nr-- > 0) {
		if (arena[nr].buddy.start < end &&
		    (arena[nr].buddy.orders >> order & 1) != 0) {
			return &arena[nr];
		}
	}
	return NULL;
}

/* Blocks come and go at random; every question has the oracle's answer, and
 * the root knows the orders of all. */
static void arena_before_a_frame_with_a_block(void **state)
{
	const unsigned int nr = 60;
	uint64_t seed = 99;

	(void)state;
	for (unsigned int i = 0; i < nr; i++) {
		add(i * 37 % nr);
	}
	for (unsigned long step = test_steps(100000); step > 0; step--) {
		struct heap_arena *a = &arena[test_random(&seed) % nr];
		unsigned int order = test_random(&seed) % (MAX_ORDER + 1);
		unsigned long end =
			900 + test_random(&seed) % (start_of(nr) - 900);
		unsigned int all = 0;

		/* Few, so that most questions have to pass arenas by. */
		a->buddy.orders = test_random(&seed) % 4 == 0
					  ? 1U << test_random(&seed) % 3
					  : 0;
		xmem_arena_sync(a);
		for (unsigned int i = 0; i < nr; i++) {
			all |= arena[i].buddy.orders;
		}
		assert_int_equal(heap.root->below, all);
		order = step % 2 == 0 ? order % 3 : order;
		assert_ptr_equal(xmem_arena_before(&heap, end, order),
				 before(nr, end, order));
		assert_ptr_equal(xmem_arena_before(&heap, ~0UL, order),
				 before(nr, ~0UL, order));
	}
}

/* A new arena, which has nothing, hides no block of the others, wherever it
 * comes to lie in the tree. */
static void new_arena_hides_no_block(void **state)
{
	const unsigned int nr = 60;
	unsigned int all = 0;

	(void)state;
	for (unsigned int i = 0; i < nr; i++) {
		struct heap_arena *a = &arena[i * 37 % nr];

		add(i * 37 % nr);
		assert_int_equal(heap.root->below, all);
		for (unsigned int k = 0; k <= MAX_ORDER; k++) {
			assert_int_equal(xmem_arena_before(&heap, ~0UL, k) !=
						 NULL,
					 all >> k & 1);
		}
		a->buddy.orders = 1U << i % (MAX_ORDER + 1);
		xmem_arena_sync(a);
		all |= a->buddy.orders;
	}
}

/* Frames are found in the arena that answers for them; in the separate layout
 * the xenheap answers for its own inside a span of the domheap. */
static void xenheap_answers_inside_the_domheap(void **state)
{
	struct heap_node *node;
	struct heap_arena *dom, *xen;

	(void)state;
	fake_reset();
	xmem_host_layout = XMEM_LAYOUT_SEPARATE;
	fake_span(1000, 2000, false);
	fake_add(1200, 1300, true);
	node = xmem_heap_nodes[0];
	dom = xmem_arena_of(node, 1000);
	assert_ptr_equal(dom->heap, &node->heap[HEAP_DOM]);
	assert_int_equal(dom->buddy.start, 1000);
	assert_int_equal(xmem_arena_room(node, dom, 1000), 200);
	assert_int_equal(xmem_arena_room(node, dom, 1199), 1);
	xen = xmem_arena_of(node, 1200);
	assert_ptr_equal(xen->heap, &node->heap[HEAP_XEN]);
	assert_int_equal(xen->buddy.start, 1200);
	assert_int_equal(xmem_arena_room(node, xen, 1200), 100);
	assert_ptr_equal(xmem_arena_of(node, 1300), dom);
	assert_int_equal(xmem_arena_room(node, dom, 1300), 700);
	assert_null(xmem_arena_of(node, 999));
	assert_null(xmem_arena_of(node, 2000));
	fake_check();
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(empty_part_has_none, set_up),
	cmocka_unit_test_setup(tree_stays_in_order_and_shallow, set_up),
	cmocka_unit_test_setup(tree_is_shallow_at_any_distance, set_up),
	cmocka_unit_test_setup(arena_behind_a_frame, set_up),
	cmocka_unit_test_setup(arena_before_a_frame_with_a_block, set_up),
	cmocka_unit_test_setup(new_arena_hides_no_block, set_up),
	cmocka_unit_test_setup(xenheap_answers_inside_the_domheap, set_up),
};

TEST_MAIN(tests)
