/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arm_tests.h - the real files of arm64 at work, on a CPU that is hostile
 *
 * What sim_tests.h has for every architecture, and what is Arm's own. A
 * program defines SIM_LAYOUT and `arm_cpu`.
 */
#ifndef ARM_TESTS_H
#define ARM_TESTS_H

#include "../sim_tests.h"

#include <arch/cache.h>

#include "pt/pt_priv.h"

#include "arm_cpu.h"

/* What was written to frame @mfn is in RAM, where a guest finds it. */
static void write_secret(unsigned long mfn)
{
	xmem_preempt_t preempt;
	uint64_t *page;

	xmem_port_preempt_off(preempt);
	page = map_domain_page(_mfn(mfn));
	for (unsigned long i = 0; i < PAGE_SIZE / 8; i++) {
		page[i] = 0x5ec4e7;
	}
	unmap_domain_page(page);
	xmem_port_preempt_on(preempt);
	flush_page_to_ram(mfn, false);
	assert_true(arm_guest_reads(((uint64_t)mfn << PAGE_SHIFT) + 8) ==
		    0x5ec4e7);
}

static void expect_zeroes(unsigned long mfn)
{
	uint64_t pa = (uint64_t)mfn << PAGE_SHIFT;

	for (unsigned long i = 0; i < PAGE_SIZE; i += 8) {
		assert_true(arm_guest_reads(pa + i) == 0);
	}
}

/* A guest with its caches off finds what was scrubbed, not what is older. */
static void guests_find_scrubbed_ram(void **unused)
{
	struct domain guest;

	xmem_owner_init(&guest.mem, 64, 0);
	sim_listen(unused);
	arm_watch_caches = true;
	for (unsigned int order = 0; order < 4; order++) {
		struct page_info *pg = alloc_domheap_pages(&guest, order, 0);
		unsigned long mfn = mfn_x(page_to_mfn(pg));

		for (unsigned long i = 0; i < 1UL << order; i++) {
			expect_zeroes(mfn + i);
			write_secret(mfn + i);
		}
		free_domheap_pages(pg, order);
	}
	arm_watch_caches = false;
}

/* Once for each allocation, and not where the caller says so. */
static void instructions_are_forgotten(void **unused)
{
	struct domain guest;

	xmem_owner_init(&guest.mem, 64, 0);
	sim_listen(unused);
	for (unsigned int i = 0; i < 2; i++) {
		unsigned int flags = i == 0 ? 0 : MEMF_no_icache_flush;
		unsigned long before = arm_nr_ic_all;
		struct page_info *pg = alloc_domheap_pages(&guest, 3, flags);

		assert_non_null(pg);
		assert_int_equal(arm_nr_ic_all - before, i == 0);
		free_domheap_pages(pg, 3);
	}
}

/* Does the table that leads to @va lie in the block that @va lies in? */
static bool is_with_its_table(unsigned long va)
{
	const struct xmem_pt pt = {xmem_arch_root()};
	struct xmem_pt_at at = xmem_pt_walk(&pt, xmem_pt_page(va), 0);
	unsigned long block = PAGE_SIZE << (at.level * ARCH_PT_BITS);

	return at.level > 0 && ((unsigned long)at.slot ^ va) < block;
}

/* A page like that, or, where blocks are too large for it, any; @list has the
 * others that were tried. */
static void *alloc_with_its_table(void ***list)
{
	void **p = alloc_xenheap_pages(0, MEMF_bits(29));

	while (p != NULL && !is_with_its_table((unsigned long)p)) {
		*p = (void *)*list;
		*list = p;
		p = alloc_xenheap_pages(0, MEMF_bits(29));
	}
	if (p == NULL && *list != NULL) {
		p = *list;
		*list = *p;
	}
	return p;
}

static void free_list(void **list)
{
	while (list != NULL) {
		void **next = *list;

		free_xenheap_pages(list, 0);
		list = next;
	}
}

/* A page of the block of the direct map in which the tables themselves lie,
 * those of that block too, gets other rights, and the old ones again. */
static void the_block_of_the_tables_is_broken(void **unused)
{
	/* By it the table is reached meanwhile: behind the windows. */
	const unsigned long alias = CPU_ALIAS_VIRT;
	unsigned long va;
	unsigned int flags;
	unsigned int order;
	void **tried = NULL;
	char *p;

	sim_listen(unused);
	p = alloc_with_its_table(&tried);
	va = (unsigned long)p;
	assert_non_null(p);
	for (unsigned int i = 0; i < 3; i++) {
		bool writable = i % 2 == 0;

		assert_int_equal(
			modify_xen_mappings(va, va + PAGE_SIZE,
					    writable ? PAGE_HYPERVISOR_RW
						     : PAGE_HYPERVISOR_RO),
			0);
		assert_int_equal(sim_can_write(p), writable);
		assert_true(sim_can_write(p - PAGE_SIZE));
		assert_true(sim_can_write(p + PAGE_SIZE));
		assert_true(xmem_map_attrs(va, &flags, &order));
		assert_int_equal((flags & XMEM_MAP_WRITE) != 0, writable);
		assert_false(arm_masked);
		assert_false(sim_can_read((char *)alias));
	}
	free_xenheap_pages(p, 0);
	free_list(tried);
}

/* Aligned groups of frames get the hint, by every way to map them, and one
 * page of a group can be changed alone. */
static void groups_get_the_hint_and_lose_it(void **unused)
{
	const unsigned long nr = 1UL << ARCH_PT_CONT_BITS;
	const unsigned long end = SIM_FREE_VIRT + (nr << PAGE_SHIFT);
	const unsigned long words = PAGE_SIZE / 8;
	volatile uint64_t *va = (volatile uint64_t *)SIM_FREE_VIRT;
	struct page_info *pg;

	sim_listen(unused);
	pg = alloc_domheap_pages(NULL, ARCH_PT_CONT_BITS, MEMF_no_scrub);
	assert_non_null(pg);
	for (unsigned long change = 0; change < nr; change++) {
		unsigned long s = SIM_FREE_VIRT + (change << PAGE_SHIFT);

		assert_int_equal(map_pages_to_xen(SIM_FREE_VIRT,
						  page_to_mfn(pg), nr,
						  PAGE_HYPERVISOR_RW),
				 0);
		for (unsigned long i = 0; i < nr; i++) {
			va[i * words] = i;
		}
		assert_int_equal(modify_xen_mappings(s, s + PAGE_SIZE,
						     PAGE_HYPERVISOR_RO),
				 0);
		for (unsigned long i = 0; i < nr; i++) {
			assert_int_equal(va[i * words], i);
			assert_int_equal(sim_can_write(va + i * words),
					 i != change);
		}
		assert_int_equal(destroy_xen_mappings(s, s + PAGE_SIZE), 0);
		for (unsigned long i = 0; i < nr; i++) {
			assert_int_equal(sim_can_read(va + i * words),
					 i != change);
		}
		assert_int_equal(destroy_xen_mappings(SIM_FREE_VIRT, end), 0);
	}
	free_domheap_pages(pg, ARCH_PT_CONT_BITS);
}

/* The CPU and the port both say so, or it is page by page. */
static void ranges_are_flushed_as_such(void **unused)
{
	unsigned long before = arm_nr_ranges;

	sim_listen(unused);
	vfree(vmalloc(5 * PAGE_SIZE));
	assert_int_equal(arm_nr_ranges - before,
			 arm_cpu.tlbi_range && XMEM_PORT_TLBI_RANGE);
}

/* Tables are made for what the port has set up: what does not fit is said. */
static void registers_must_fit(void **unused)
{
	const struct arm_registers right = arm_registers;
	const uint64_t asid_and_cnp = 0x1234000000000001ULL;

	sim_listen(unused);
	arm_registers.va_bits = 39;
	EXPECT_PANIC(xmem_arch_mmu_init(), "TCR says addresses of 39 bits");
	arm_registers = right;
	arm_registers.page_shift = PAGE_SHIFT == 12 ? 16 : 12;
	EXPECT_PANIC(xmem_arch_mmu_init(),
		     PAGE_SHIFT == 12 ? "pages of 2^16" : "pages of 2^12");
	arm_registers = right;
	arm_registers.ttbr_more = 64;
	EXPECT_PANIC(xmem_arch_mmu_init(), "does not begin a page");
	arm_registers = right;
	arm_registers.mair = 0x04ff0044;
	EXPECT_PANIC(xmem_arch_mmu_init(), "mmu: MAIR has types 4ff0044");
	arm_registers = right;
	arm_registers.mmu_is_off = true;
	EXPECT_PANIC(xmem_arch_mmu_init(), "mmu: the MMU is off: turn it on");
	arm_registers = right;
	arm_registers.ttbr_more = asid_and_cnp;
	xmem_arch_mmu_init();
	assert_int_equal(xmem_arch_root(), sim_root >> PAGE_SHIFT);
	arm_registers = right;
	xmem_arch_mmu_init();
}

/* A program may have more. */
#ifndef ARM_MORE_TESTS
#define ARM_MORE_TESTS
#endif

static const struct CMUnitTest tests[] = {
	SIM_TESTS,
	cmocka_unit_test_teardown(guests_find_scrubbed_ram, check),
	cmocka_unit_test_teardown(instructions_are_forgotten, check),
	cmocka_unit_test_teardown(the_block_of_the_tables_is_broken, check),
	cmocka_unit_test_teardown(groups_get_the_hint_and_lose_it, check),
	cmocka_unit_test_teardown(ranges_are_flushed_as_such, check),
	cmocka_unit_test_teardown(registers_must_fit, check),
	SIM_LONG_TESTS,
	ARM_MORE_TESTS};

#endif /* ARM_TESTS_H */
