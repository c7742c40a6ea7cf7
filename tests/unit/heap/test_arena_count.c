/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_arena_count.c - free frames of any range, across arenas and holes
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"

#include "heap/heap_priv.h"

XMEM_UNCHECKED
static unsigned long count(unsigned long lo, unsigned long hi)
{
	struct heap_node *node = heap_node(0);
	unsigned long nr;

	heap_node_lock(node);
	nr = xmem_arena_count_free(&node->heap[HEAP_DOM], lo, hi);
	heap_node_unlock(node);
	return nr;
}

/* Every range over three arenas with holes between them, against asking each
 * frame. One frame of each is in use. */
static void every_range_is_exact(void **state)
{
	static const unsigned long used[] = {120, 155, 229};

	(void)state;
	fake_add(100, 140, false);
	fake_add(140, 170, false);
	fake_add(200, 230, false);
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(
			xmem_take_range(_mfn(used[i]), 1, MEMF_no_scrub), 0);
	}
	for (unsigned long lo = 90; lo < 240; lo++) {
		unsigned long nr = 0;

		assert_int_equal(count(lo, lo), 0);
		for (unsigned long hi = lo; hi < 240; hi++) {
			nr += xmem_frame_is_free(_mfn(hi));
			assert_int_equal(count(lo, hi + 1), nr);
		}
	}
	assert_int_equal(count(0, ~0UL), 40 + 30 + 30 - 3);
}

#define T(name) cmocka_unit_test_setup(name, fake_setup)
static const struct CMUnitTest tests[] = {
	T(every_range_is_exact),
};

TEST_MAIN(tests)
