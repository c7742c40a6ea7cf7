/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmu.c - what is x86-64's own about page tables: almost nothing
 *
 * The direct map, the frame table and the windows are built by src/directmap;
 * the CPU says how many levels of tables are in use, and whether level 2 may
 * hold leaves. Processors keep page tables coherent, and an entry may be
 * written over another, so nothing has to be broken before it is made anew.
 */
#include <arch/cpu.h>
#include <arch/layout.h>
#include <arch/pte.h>

#include <xmem/frames.h>
#include <xmem/port.h>
#include <xmem/vmap.h>

#include "lib/assert.h"

_Static_assert((XMEM_PORT_BOOT_MAPPED & ((1UL << 21) - 1)) == 0 &&
		       XMEM_PORT_BOOT_MAPPED <= 1UL << 30,
	       "XMEM_PORT_BOOT_MAPPED: a multiple of 2 MiB, at most 1 GiB");

bool xmem_mmu_has_1g;
unsigned int xmem_mmu_levels = 4;
unsigned long xmem_mmu_root;

/* IA32_PAT, entries 0 to 3, at power-on: 2 is the slower UC- there. */
#define PAT_AT_RESET 0x00070406U

/* Rights and types of memory mean what entries say. */
static void check_registers(void)
{
	uint32_t pat = (uint32_t)xmem_cpu_rdmsr(XMEM_MSR_PAT);

	XMEM_PANIC_IF((xmem_cpu_rdmsr(XMEM_MSR_EFER) & XMEM_EFER_NXE) == 0,
		      "mmu: EFER.NXE is off: set it on every CPU before "
		      "arch_init_directmap()\n");
	XMEM_PANIC_IF((xmem_cpu_read_cr0() & XMEM_CR0_WP) == 0,
		      "mmu: CR0.WP is off: set it on every CPU before "
		      "arch_init_directmap()\n");
	XMEM_PANIC_IF(pat != (uint32_t)ARCH_PAT && pat != PAT_AT_RESET,
		      "mmu: IA32_PAT has types %x, the library is built for %x "
		      "(ARCH_PAT)\n",
		      pat, (uint32_t)ARCH_PAT);
}

void xmem_arch_mmu_init(void)
{
	check_registers();
	xmem_mmu_root = xmem_cpu_read_root();
	xmem_mmu_levels = (xmem_cpu_read_cr4() & XMEM_CR4_LA57) != 0 ? 5 : 4;
}

XMEM_API_MAPS void *arch_vmap_virt_end(void)
{
	return (void *)(VMAP_VIRT_START + VMAP_VIRT_SIZE);
}
