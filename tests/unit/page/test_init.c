/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_init.c - memory enters the heap when its turn has come in the boot
 *
 * As where arch/common builds the direct map and the frame table: the other
 * programs of this folder are a host without them, which is never asked.
 *
 * link: tests/fake/page/fake.c
 * link: src/buddy/ src/heap/ src/page/ src/xenheap/ src/lib/[a-z]*.c
 * include: tests/fake/page/include tests/fake/page
 * flags: -DXMEM_ARCH_BUILDS_MAPS
 * like: tests/unit/page/test_domheap.c
 * but: src/lib/phase.c
 */
#include "fake.h"

#include "lib/phase.h"

/* Memory enters a heap whose frames have descriptors. */
CHILD_TEST(memory_enters_when_the_maps_are_built)
{
	xmem_phase_done(XMEM_PHASE_RAM);
	EXPECT_PANIC(init_domheap_pages(PA(4096), PA(8192)),
		     "init_domheap_pages() before arch_init_directmap()");
	EXPECT_PANIC(init_xenheap_pages(PA(4096), PA(8192)),
		     "init_xenheap_pages() before arch_init_directmap()");
	xmem_phase_done(XMEM_PHASE_DIRECTMAP);
	EXPECT_PANIC(init_domheap_pages(PA(4096), PA(8192)),
		     "init_domheap_pages() before arch_init_frametable()");
	EXPECT_PANIC(init_xenheap_pages(PA(4096), PA(8192)),
		     "init_xenheap_pages() before arch_init_frametable()");
	assert_int_equal(total_free_pages(), 0);
	xmem_phase_done(XMEM_PHASE_FRAMETABLE);
	init_domheap_pages(PA(4096), PA(8192));
	init_xenheap_pages(PA(8192), PA(8193));
	assert_true(total_free_pages() > 4000);
	fake_check();
}

/* The limit of the xenheap is known before the direct map is built for it. */
CHILD_TEST(limit_comes_before_the_direct_map)
{
	xmem_phase_done(XMEM_PHASE_RAM);
	xenheap_max_mfn(1000);
	xmem_phase_done(XMEM_PHASE_DIRECTMAP);
	EXPECT_PANIC(xenheap_max_mfn(2000),
		     "xenheap_max_mfn() comes after arch_init_directmap()");
	xmem_host_layout = XMEM_LAYOUT_PARTIAL;
	assert_int_equal(xmem_xenheap_limit(), 1001);
}

/* The late set-up follows the hand-over, once. */
CHILD_TEST(late_init_follows_the_hand_over)
{
	xmem_phase_done(XMEM_PHASE_RAM);
	EXPECT_PANIC(heap_init_late(),
		     "heap_init_late() before end_boot_allocator()");
	xmem_phase_done(XMEM_PHASE_HANDOVER);
	heap_init_late();
	EXPECT_PANIC(heap_init_late(), "heap_init_late() called twice");
}

#define T(name) cmocka_unit_test_setup(name, fake_setup)
static const struct CMUnitTest tests[] = {
	T(memory_enters_when_the_maps_are_built),
	T(limit_comes_before_the_direct_map),
	T(late_init_follows_the_hand_over),
};

TEST_MAIN(tests)
