/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_state.c - what the heap knows of a frame
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"

#include "heap/heap_priv.h"

/* Every frame has a state, unknown ones too. */
static void every_frame_has_a_state(void **state)
{
	(void)state;
	xmem_host_layout = XMEM_LAYOUT_SEPARATE;
	fake_add(1024, 1088, false);
	fake_add(2048, 2049, true);
	assert_int_equal(
		xmem_buddy_mark(
			&xmem_arena_behind(&xmem_heap_nodes[0]->heap[0], 0)
				 ->buddy,
			1024, 3, false),
		0);
	assert_int_equal(xmem_heap_frame_state(0), XMEM_FRAME_UNKNOWN);
	assert_int_equal(xmem_heap_frame_state(1023), XMEM_FRAME_UNKNOWN);
	assert_int_equal(xmem_heap_frame_state(1024), XMEM_FRAME_CLEAN);
	assert_int_equal(xmem_heap_frame_state(1032), XMEM_FRAME_DIRTY);
	assert_int_equal(xmem_heap_frame_state(2048), XMEM_FRAME_DIRTY);
	assert_int_equal(xmem_heap_frame_state(~0UL), XMEM_FRAME_UNKNOWN);
	assert_int_equal(drain(0), 64);
	assert_int_equal(xmem_heap_frame_state(1024), XMEM_FRAME_USED);
	assert_string_equal(xmem_heap_state_text(1024, "mine"), "mine");
	assert_string_equal(xmem_heap_state_text(2048, "mine"), "free already");
	assert_string_equal(xmem_heap_state_text(1, "mine"),
			    "unknown to the heap");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(every_frame_has_a_state, fake_setup),
};

TEST_MAIN(tests)
