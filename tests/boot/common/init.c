/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * init.c - the boot of the library, in the order that docs/porting.md has
 *
 * boot_give_ram(), then what the architecture reserves and, if it has to, its
 * boot window, then boot_init_memory().
 */
#include <arch/layout.h>

#include <xmem/xmem.h>

#include "common.h"

/* Of RAM, in the layout with a separate xenheap, and at most. */
#define XENHEAP_SHARE 4U
#define XENHEAP_MAX   (256UL << 20)

/* All RAM belongs to the library, as RAM; what cannot be used gets a message.
 */
void boot_give_ram(unsigned int paddr_bits)
{
	xmem_boot_paddr_bits(paddr_bits);
	for (unsigned int i = 0; i < boot_nr_ram; i++) {
		(void)xmem_boot_add_ram(boot_ram[i].start,
					boot_ram[i].end - boot_ram[i].start);
	}
}

/* Separate layout: a part of the RAM that the direct map covers. */
static void give_xenheap(void)
{
	/* The first frame that has no place there. */
	unsigned long limit =
		xmem_arch_index_to_frame(DIRECTMAP_SIZE >> PAGE_SHIFT);
	unsigned long nr = 0;
	mfn_t mfn = INVALID_MFN;

	for (unsigned int i = 0; i < boot_nr_ram; i++) {
		nr += (unsigned long)((boot_ram[i].end - boot_ram[i].start) >>
				      PAGE_SHIFT);
	}
	nr /= XENHEAP_SHARE;
	nr = nr < XENHEAP_MAX >> PAGE_SHIFT ? nr : XENHEAP_MAX >> PAGE_SHIFT;
	for (; nr > 0 && mfn_eq(mfn, INVALID_MFN); nr /= 2) {
		mfn = xmem_alloc_boot_pages_below(nr, 1, limit);
		if (!mfn_eq(mfn, INVALID_MFN)) {
			init_xenheap_pages((paddr_t)mfn_x(mfn) << PAGE_SHIFT,
					   (paddr_t)(mfn_x(mfn) + nr)
						   << PAGE_SHIFT);
		}
	}
}

void boot_init_memory(void)
{
	arch_init_directmap();
	arch_init_frametable();
	if (XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE) {
		give_xenheap();
	}
	end_boot_allocator();
	contract_machine.free_at_start = total_free_pages();
	vm_init();
	vm_init_type(VMAP_XEN, (void *)VMAP_XEN_VIRT_START,
		     (void *)VMAP_XEN_VIRT_END);
	heap_init_late();
}
