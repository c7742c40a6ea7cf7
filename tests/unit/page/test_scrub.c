/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_scrub.c - frames forget, a page at a time, with pauses
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"

#include "page/scrub.h"

/* Exactly the frames asked for are zeroed, each as a whole page. */
static void exactly_these_frames_are_zeroed(void **state)
{
	(void)state;
	xmem_scrub_frames(10, 5);
	for (unsigned long i = 0; i < 30; i++) {
		assert_int_equal(fake_stain[i], i < 10 || i >= 15);
	}
	assert_int_equal(fake.nr_scrubbed, 5);
	assert_int_equal(fake.hook_errors, 0);
}

/* Nothing is done for no frames. */
static void no_frames_no_work(void **state)
{
	(void)state;
	xmem_scrub_frames(10, 0);
	assert_int_equal(fake.nr_scrubbed + fake.nr_relaxed, 0);
}

/* Long work pauses every 256 KiB, short work never. */
static void long_work_pauses(void **state)
{
	const unsigned long batch = (256UL << 10) >> PAGE_SHIFT;

	(void)state;
	xmem_scrub_frames(100, batch - 1);
	assert_int_equal(fake.nr_relaxed, 0);
	xmem_scrub_frames(100, batch * 5);
	assert_int_equal(fake.nr_relaxed, 5);
}

#define T(name) cmocka_unit_test_setup(name, fake_setup)
static const struct CMUnitTest tests[] = {
	T(exactly_these_frames_are_zeroed),
	T(no_frames_no_work),
	T(long_work_pauses),
};

TEST_MAIN(tests)
