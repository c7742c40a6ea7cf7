/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_mirror.c - the machine's page tables and TLB are real
 *
 * Maps frames at addresses nobody uses and looks whether the process can
 * touch them. Not covered: the page table engine (tests/unit/pt) and vmap.
 */
#include <xmem/xmem.h>

#include "test.h"
#include "xmem_host.h"

static unsigned long window;
static struct page_info *pg; /* order 3 */

static int start(void **state)
{
	unsigned long end;

	(void)state;
	assert_int_equal(xmem_host_boot(NULL), 0);
	xmem_host_free_window(&window, &end);
	pg = alloc_domheap_pages(NULL, 3, 0);
	assert_non_null(pg);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	free_domheap_pages(pg, 3);
	assert_int_equal(xmem_host_shutdown(), 0);
	return 0;
}

/* After a test that leaves the machine broken. */
static int stop_broken(void **state)
{
	(void)state;
	assert_int_not_equal(xmem_host_shutdown(), 0);
	return 0;
}

static bool can(unsigned long va, enum xmem_host_access access)
{
	return xmem_host_probe((void *)va, access);
}

static void map(unsigned long nr, unsigned int flags)
{
	assert_int_equal(map_pages_to_xen(window, page_to_mfn(pg), nr, flags),
			 0);
}

static void unmap(unsigned long nr)
{
	assert_int_equal(destroy_xen_mappings(window, window + nr * PAGE_SIZE),
			 0);
}

/* A mapped page shows the frame; the pages on both sides fault. */
static void mapping_shows_its_frames_and_no_more(void **state)
{
	unsigned long *there = (unsigned long *)(window + PAGE_SIZE);

	(void)state;
	assert_false(can(window, XMEM_HOST_READ));
	map(2, PAGE_HYPERVISOR_RW);
	*there = 4711;
	assert_int_equal(*(unsigned long *)page_to_virt(pg + 1), 4711);
	assert_true(can(window, XMEM_HOST_WRITE));
	assert_false(can(window - 1, XMEM_HOST_READ));
	assert_false(can(window + 2 * PAGE_SIZE, XMEM_HOST_READ));
	unmap(2);
	assert_false(can(window, XMEM_HOST_READ));
}

/* Read-only pages can be read and not written, at page granularity. */
static void read_only_faults_on_write(void **state)
{
	(void)state;
	map(3, PAGE_HYPERVISOR_RW);
	assert_int_equal(modify_xen_mappings(window + PAGE_SIZE,
					     window + 2 * PAGE_SIZE,
					     PAGE_HYPERVISOR_RO),
			 0);
	assert_true(can(window, XMEM_HOST_WRITE));
	assert_true(can(window + PAGE_SIZE, XMEM_HOST_READ));
	assert_false(can(window + PAGE_SIZE, XMEM_HOST_WRITE));
	assert_true(can(window + 2 * PAGE_SIZE, XMEM_HOST_WRITE));
	unmap(3);
}

/* Code runs where it is mapped executable, and nowhere else. */
static void only_executable_pages_can_be_called(void **state)
{
	(void)state;
	*(unsigned char *)page_to_virt(pg) = 0xc3; /* ret */
	map(1, PAGE_HYPERVISOR_RW);
	assert_false(can(window, XMEM_HOST_EXEC));
	map(1, PAGE_HYPERVISOR_RX);
	assert_true(can(window, XMEM_HOST_EXEC));
	assert_false(can(window, XMEM_HOST_WRITE));
	unmap(1);
}

/* Scattered frames appear in the order asked for. */
static void scattered_frames_appear_in_order(void **state)
{
	static const unsigned int order[] = {5, 2, 7, 0, 1};

	(void)state;
	assert_int_equal(xmem_map_prepare(window, 5), 0);
	for (unsigned int i = 0; i < 5; i++) {
		*(unsigned int *)page_to_virt(pg + order[i]) = i + 100;
		xmem_map_commit(window + i * PAGE_SIZE,
				mfn_x(page_to_mfn(pg + order[i])), 1,
				PAGE_HYPERVISOR_RW);
	}
	for (unsigned int i = 0; i < 5; i++) {
		assert_int_equal(*(unsigned int *)(window + i * PAGE_SIZE),
				 i + 100);
	}
	unmap(5);
}

/* A hole in physical memory is a hole in the direct map. */
static void direct_map_has_the_holes_of_memory(void **state)
{
	unsigned long hole = 0xa0000 >> PAGE_SHIFT;

	(void)state;
	assert_false(xmem_arch_mfn_valid(hole));
	assert_false(can((unsigned long)mfn_to_virt(hole), XMEM_HOST_READ));
	assert_true(can((unsigned long)page_to_virt(pg), XMEM_HOST_WRITE));
}

/* Large blocks in the tables are one large mapping. */
static void blocks_are_mirrored(void **state)
{
	struct xmem_host_stats before, after;
	unsigned int order = 0;
	unsigned long nr = 1UL << (PAGE_SHIFT - 3);

	(void)state;
	xmem_host_get_stats(&before);
	assert_int_equal(
		map_pages_to_xen(window, _mfn(0), 2 * nr, PAGE_HYPERVISOR_RW),
		0);
	xmem_host_get_stats(&after);
	assert_int_equal(after.nr_mmaps, before.nr_mmaps + 1);
	assert_true(xmem_map_attrs(window, NULL, &order));
	assert_int_equal(order, PAGE_SHIFT - 3);
	assert_true(can(window + nr * PAGE_SIZE, XMEM_HOST_WRITE));
	unmap(2 * nr);
}

/* A frame that is freed before the flush stops the machine. */
static void frame_entering_the_heap_stale_is_caught(void **state)
{
	struct xmem_host_stats stats;
	struct page_info *one = alloc_domheap_page(NULL, 0);

	(void)state;
	assert_int_equal(xmem_map_prepare(window, 1), 0);
	xmem_map_commit(window, mfn_x(page_to_mfn(one)), 1, PAGE_HYPERVISOR_RW);
	xmem_map_park(window, 1);
	xmem_host_get_stats(&stats);
	assert_int_equal(stats.nr_stale, 1);
	EXPECT_PANIC(free_domheap_page(one), "stale translation");
}

/* After the flush it may be freed. */
static void frame_can_be_freed_after_the_flush(void **state)
{
	struct page_info *one = alloc_domheap_page(NULL, 0);

	(void)state;
	assert_int_equal(xmem_map_prepare(window, 1), 0);
	xmem_map_commit(window, mfn_x(page_to_mfn(one)), 1, PAGE_HYPERVISOR_RW);
	xmem_map_park(window, 1);
	xmem_port_tlb_flush(window, 1);
	free_domheap_page(one);
	unmap(1);
}

/* Take pages until there are none; some time it is the turn of each. */
static void take_all(void)
{
	while (alloc_domheap_page(NULL, MEMF_no_scrub) != NULL) {
		continue;
	}
}

/* A frame that is allocated while a TLB still maps it stops the machine. */
static void frame_leaving_the_heap_stale_is_caught(void **state)
{
	struct page_info *one = alloc_domheap_page(NULL, 0);

	(void)state;
	assert_int_equal(xmem_map_prepare(window, 1), 0);
	xmem_map_commit(window, mfn_x(page_to_mfn(one)), 1, PAGE_HYPERVISOR_RW);
	free_domheap_page(one);
	xmem_map_park(window, 1);
	EXPECT_PANIC(take_all(), "stale translation");
}

/* A flush of other addresses does not help, and of a part only that part. */
static void flush_covers_what_it_names(void **state)
{
	struct xmem_host_stats stats;

	(void)state;
	assert_int_equal(xmem_map_prepare(window, 4), 0);
	xmem_map_commit(window, mfn_x(page_to_mfn(pg)), 4, PAGE_HYPERVISOR_RW);
	xmem_map_park(window, 4);
	xmem_port_tlb_flush(window + 4 * PAGE_SIZE, 1);
	xmem_port_tlb_flush(window + PAGE_SIZE, 2);
	xmem_host_get_stats(&stats);
	assert_int_equal(stats.nr_stale, 2);
	xmem_port_tlb_flush(window, 4);
	xmem_host_get_stats(&stats);
	assert_int_equal(stats.nr_stale, 0);
	unmap(4);
}

/* Fewer rights are a change that needs a flush, too; the library does it. */
static void change_of_rights_is_flushed(void **state)
{
	struct xmem_host_stats before, after;

	(void)state;
	map(1, PAGE_HYPERVISOR_RW);
	xmem_host_get_stats(&before);
	map(1, PAGE_HYPERVISOR_RO);
	xmem_host_get_stats(&after);
	assert_int_equal(after.nr_flushes, before.nr_flushes + 1);
	assert_int_equal(after.nr_stale, 0);
	unmap(1);
}

/* Addresses that are not the machine's are refused. */
static void foreign_addresses_are_refused(void **state)
{
	static unsigned char page[2 << PAGE_SHIFT];
	unsigned long va = ((unsigned long)page + PAGE_SIZE) & PAGE_MASK;
	volatile int rc = 0;

	(void)state;
	EXPECT_PANIC(rc = map_pages_to_xen(va, _mfn(16), 1, PAGE_HYPERVISOR_RW),
		     "not addresses of the machine");
	assert_int_equal(rc, 0);
}

#ifndef XMEM_HOST_PLAIN
/* A TLB flush with a lock held is an error of the library. */
static void flush_under_a_lock_is_caught(void **state)
{
	static xmem_lock_t lock;

	(void)state;
	xmem_port_lock(&lock);
	EXPECT_PANIC(xmem_port_tlb_flush(window, 1), "flush under a lock");
}
#endif

#define GOOD(test)   cmocka_unit_test_setup_teardown(test, start, stop)
#define BROKEN(test) cmocka_unit_test_setup_teardown(test, start, stop_broken)

static const struct CMUnitTest tests[] = {
	GOOD(mapping_shows_its_frames_and_no_more),
	GOOD(read_only_faults_on_write),
	GOOD(only_executable_pages_can_be_called),
	GOOD(scattered_frames_appear_in_order),
	GOOD(direct_map_has_the_holes_of_memory),
	GOOD(blocks_are_mirrored),
	BROKEN(frame_entering_the_heap_stale_is_caught),
	GOOD(frame_can_be_freed_after_the_flush),
	BROKEN(frame_leaving_the_heap_stale_is_caught),
	GOOD(flush_covers_what_it_names),
	GOOD(change_of_rights_is_flushed),
	BROKEN(foreign_addresses_are_refused),
	GOOD(flush_under_a_lock_is_caught),
};

TEST_MAIN(tests)
