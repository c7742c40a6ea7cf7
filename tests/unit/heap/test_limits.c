/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_limits.c - up to which frame the xenheap may reach, by layout
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"

#include "lib/phase.h"

/* Full layout: no limit, whatever is said. */
static void full_layout_has_no_limit(void **state)
{
	(void)state;
	xmem_host_layout = XMEM_LAYOUT_FULL;
	assert_int_equal(xmem_xenheap_limit(), ~0UL);
	xenheap_max_mfn(1055);
	assert_int_equal(xmem_xenheap_limit(), ~0UL);
}

/* Partial layout: the frame behind the last one that was allowed. */
static void partial_layout_ends_behind_the_last_frame(void **state)
{
	const unsigned long last[] = {0, 1055, ~0UL - 1, ~0UL};
	const unsigned long limit[] = {1, 1056, ~0UL, ~0UL};

	(void)state;
	xmem_host_layout = XMEM_LAYOUT_PARTIAL;
	for (unsigned int i = 0; i < 4; i++) {
		xenheap_max_mfn(last[i]);
		assert_int_equal(xmem_xenheap_limit(), limit[i]);
	}
}

/* Separate layout: no frame of the domheap is the xenheap's. */
static void separate_layout_has_nothing_in_common(void **state)
{
	(void)state;
	xmem_host_layout = XMEM_LAYOUT_SEPARATE;
	xenheap_max_mfn(1055);
	assert_int_equal(xmem_xenheap_limit(), 0);
}

/* The direct map is built for the limit, so the limit comes first. */
CHILD_TEST(limit_after_the_direct_map_is_refused)
{
	xmem_host_layout = XMEM_LAYOUT_PARTIAL;
	xenheap_max_mfn(1055);
	xmem_phase_done(XMEM_PHASE_DIRECTMAP);
	EXPECT_PANIC(xenheap_max_mfn(99), "xenheap_max_mfn() comes after");
	assert_int_equal(xmem_xenheap_limit(), 1056);
}

#define T(name) cmocka_unit_test_setup(name, fake_setup)
static const struct CMUnitTest tests[] = {
	T(full_layout_has_no_limit),
	T(partial_layout_ends_behind_the_last_frame),
	T(separate_layout_has_nothing_in_common),
	T(limit_after_the_direct_map_is_refused),
};

TEST_MAIN(tests)
