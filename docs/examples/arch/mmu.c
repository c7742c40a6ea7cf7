/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmu.c - what the library reads of skel's registers: the root table
 *
 * src/directmap builds the direct map and the frame table. If the levels of
 * tables, the blocks or the bits of entries depend on the CPU, then
 * xmem_arch_mmu_init() reads them; they are constant from then on
 * (arch/x86/mmu.c, arch/arm/stage1.c).
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
