/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_is_free.c - one frame: free or not
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"

/* Any number is a question; only free frames are free. */
static void only_free_frames_are_free(void **state)
{
	struct page_info *pg;

	(void)state;
	assert_false(xmem_frame_is_free(_mfn(1000)));
	fake.node_frames = 1500;
	fake_add(1000, 1100, false);
	fake_add(2000, 2100, false);
	assert_true(xmem_frame_is_free(_mfn(1000)));
	assert_true(xmem_frame_is_free(_mfn(1099)));
	assert_true(xmem_frame_is_free(_mfn(2050)));
	assert_false(xmem_frame_is_free(_mfn(999)));
	assert_false(xmem_frame_is_free(_mfn(1100)));
	assert_false(xmem_frame_is_free(_mfn(0)));
	assert_false(xmem_frame_is_free(INVALID_MFN));
	pg = alloc_domheap_page(NULL, MEMF_no_scrub);
	assert_false(xmem_frame_is_free(page_to_mfn(pg)));
	free_domheap_page(pg);
	assert_true(xmem_frame_is_free(page_to_mfn(pg)));
}

/* A frame of a separate xenheap that lies inside a span of the domheap. */
static void the_xenheap_answers_for_its_frames(void **state)
{
	(void)state;
	xmem_host_layout = XMEM_LAYOUT_SEPARATE;
	fake_span(1000, 2000, false);
	fake_add(1200, 1300, true);
	assert_true(xmem_frame_is_free(_mfn(1250)));
	assert_false(xmem_frame_is_free(_mfn(1300)));
}

#define T(name) cmocka_unit_test_setup(name, fake_setup)
static const struct CMUnitTest tests[] = {
	T(only_free_frames_are_free),
	T(the_xenheap_answers_for_its_frames),
};

TEST_MAIN(tests)
