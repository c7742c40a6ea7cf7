/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_mmu.c - CPU windows, frame table and hostile entries of the machine
 */
#include <arch/pte.h>
#include <xmem/xmem.h>

#include "test.h"
#include "xmem_host.h"

/* A block larger than any below the xenheap, where frames are mapped. */
#define HIGH 10

static int start_separate(void **state)
{
	struct xmem_host_config c = {.layout = XMEM_LAYOUT_SEPARATE};

	(void)state;
	return xmem_host_boot(&c);
}

static int stop(void **state)
{
	(void)state;
	assert_int_equal(xmem_host_shutdown(), 0);
	return 0;
}

/* A frame without direct map is reached through a window, and no longer. */
static void windows_open_and_close(void **state)
{
	struct page_info *a = alloc_domheap_pages(NULL, HIGH, 0);
	struct page_info *b = a + 1;
	unsigned long *va, *vb;

	(void)state;
	assert_false(xmem_arch_mfn_mapped(mfn_x(page_to_mfn(a))));
	va = map_domain_page(page_to_mfn(a));
	vb = map_domain_page(page_to_mfn(b));
	*va = 1;
	*vb = 2;
	unmap_domain_page(vb + 3); /* any address inside the page */
	unmap_domain_page(va);
	assert_false(xmem_host_probe(va, XMEM_HOST_READ));
	va = map_domain_page(page_to_mfn(b));
	assert_int_equal(*va, 2);
	unmap_domain_page(va);
	free_domheap_pages(a, HIGH);
}

/* Windows are a stack: another order, too many, none at all are caught. */
static void misuse_of_windows_is_caught(void **state)
{
	struct page_info *pg = alloc_domheap_pages(NULL, HIGH, 0);
	void *first = map_domain_page(page_to_mfn(pg));
	void *second = map_domain_page(page_to_mfn(pg));
	void *more[14];

	(void)state;
	EXPECT_PANIC(unmap_domain_page(first), "not the newest slot");
	for (unsigned int i = 0; i < 14; i++) {
		more[i] = map_domain_page(page_to_mfn(pg));
	}
	EXPECT_PANIC((void)map_domain_page(page_to_mfn(pg)), "no more slots");
	for (unsigned int i = 14; i > 0; i--) {
		unmap_domain_page(more[i - 1]);
	}
	unmap_domain_page(second);
	unmap_domain_page(first);
	EXPECT_PANIC(unmap_domain_page(first), "not the newest slot");
	EXPECT_PANIC((void)map_domain_page(_mfn(0xa0000 >> PAGE_SHIFT)),
		     "no such RAM");
	free_domheap_pages(pg, HIGH);
}

/* A window that is left open is found at shutdown. */
static void open_window_is_found_at_shutdown(void **state)
{
	struct xmem_host_config c = {.layout = XMEM_LAYOUT_SEPARATE};
	struct page_info *pg;

	(void)state;
	assert_int_equal(xmem_host_boot(&c), 0);
	pg = alloc_domheap_pages(NULL, HIGH, 0);
	(void)map_domain_page(page_to_mfn(pg));
	free_domheap_pages(pg, HIGH);
	assert_int_equal(xmem_host_shutdown(), ~0UL);
}

/* Every frame of RAM has a descriptor, those of holes have none. */
static void frame_table_covers_ram(void **state)
{
	unsigned long smfn, emfn;

	(void)state;
	for (unsigned int i = 0; xmem_host_range_at(i, &smfn, &emfn); i++) {
		assert_true(mfn_valid(_mfn(smfn)));
		assert_true(mfn_valid(_mfn(emfn - 1)));
		assert_true(xmem_host_probe(mfn_to_page(_mfn(smfn)),
					    XMEM_HOST_WRITE));
		assert_true(xmem_host_probe(mfn_to_page(_mfn(emfn - 1)),
					    XMEM_HOST_WRITE));
		assert_false(mfn_valid(_mfn(emfn)));
	}
}

/* An entry gives back what it was made of, at every level. */
static void entries_keep_frame_and_flags(void **state)
{
	static const unsigned int flags[] = {
		PAGE_HYPERVISOR_RO, PAGE_HYPERVISOR_RW, PAGE_HYPERVISOR_RX,
		PAGE_HYPERVISOR_UC, PAGE_HYPERVISOR_WC, PAGE_HYPERVISOR_WT};
	unsigned long top = 1UL << (PADDR_BITS - PAGE_SHIFT);

	(void)state;
	for (unsigned int level = 0; level < 3; level++) {
		unsigned long block = 1UL << (level * ARCH_PT_BITS);

		for (unsigned int i = 0; i < 6; i++) {
			unsigned long mfn = top - block * (i + 1);
			xmem_pte_t e = xmem_pte_leaf(mfn, flags[i], level);
			xmem_pte_t parked = xmem_pte_park(e, level);

			assert_true(xmem_pte_is_leaf(e, level));
			assert_int_equal(xmem_pte_mfn(e), mfn);
			assert_int_equal(xmem_pte_flags(e, level), flags[i]);
			assert_true(xmem_pte_is_parked(parked));
			assert_int_equal(xmem_pte_mfn(parked), mfn);
			assert_false(xmem_pte_is_leaf(parked, level));
			assert_false(xmem_pte_is_none(parked));
		}
	}
	assert_int_equal(xmem_pte_mfn(xmem_pte_table(top - 1)), top - 1);
}

/* Entries used at another level, or never written, are caught. */
static void bad_entries_are_caught(void **state)
{
	xmem_pte_t leaf = xmem_pte_leaf(512, PAGE_HYPERVISOR_RW, 1);

	(void)state;
	EXPECT_PANIC((void)xmem_pte_is_leaf(leaf, 0), "of another level");
	EXPECT_PANIC((void)xmem_pte_is_table((xmem_pte_t){0}, 1),
		     "never written");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(windows_open_and_close, start_separate,
					stop),
	cmocka_unit_test_setup_teardown(misuse_of_windows_is_caught,
					start_separate, stop),
	cmocka_unit_test(open_window_is_found_at_shutdown),
	cmocka_unit_test_setup_teardown(frame_table_covers_ram, start_separate,
					stop),
	cmocka_unit_test(entries_keep_frame_and_flags),
	cmocka_unit_test(bad_entries_are_caught),
};

TEST_MAIN(tests)
