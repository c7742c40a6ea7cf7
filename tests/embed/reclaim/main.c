/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - memory that is free only after the boot: a module, and boot memory
 */
#include <xmem/xmem.h>
#include <xmem_host.h> /* here a simulated machine; you have a real one */

#define MODULE_START (16UL << 20)
#define MODULE_END   (20UL << 20)
#define NR_SCRATCH   4

static paddr_t address(mfn_t mfn)
{
	return (paddr_t)mfn_x(mfn) << PAGE_SHIFT;
}

int main(void)
{
	unsigned long first, end, expected;
	mfn_t scratch;

	xmem_host_power_on(NULL);
	/* Give all RAM, whatever is in it; then say what is in use. */
	for (unsigned int i = 0; xmem_host_range_at(i, &first, &end); i++) {
		init_boot_pages(address(_mfn(first)), address(_mfn(end)));
	}
	xmem_boot_reserve(MODULE_START, MODULE_END);
	scratch = alloc_boot_pages(NR_SCRATCH, 1);
	arch_init_directmap();
	arch_init_frametable();
	end_boot_allocator();
	vm_init();
	heap_init_late();

	/* The module has been read, the scratch pages are done with. */
	expected = total_free_pages() + NR_SCRATCH +
		   ((MODULE_END - MODULE_START) >> PAGE_SHIFT);
	init_domheap_pages(MODULE_START, MODULE_END);
	init_domheap_pages(address(scratch),
			   address(mfn_add(scratch, NR_SCRATCH)));
	return total_free_pages() != expected || xmem_check_all() != NULL;
}
