/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmu.c - what is skel's own about page tables: the root
 *
 * src/directmap builds the direct map, the frame table and the windows. What
 * depends on the CPU at hand - levels, blocks, bits of entries - is found out
 * in xmem_arch_mmu_init() and is constant from then on (arch/x86/mmu.c,
 * arch/arm/stage1.c).
 */
#include <arch/cpu.h>
#include <arch/layout.h>
#include <arch/pte.h>

#include <xmem/vmap.h>

unsigned long xmem_mmu_root;

void xmem_arch_mmu_init(void)
{
	xmem_mmu_root = (unsigned long)(skel_read_root() >> PAGE_SHIFT);
}

XMEM_API_MAPS void *arch_vmap_virt_end(void)
{
	return (void *)(VMAP_VIRT_START + VMAP_VIRT_SIZE);
}
