/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlb.h - flush the TLB of the CPU that runs this
 *
 * A port builds xmem_port_tlb_flush() from these functions: the other CPUs run
 * them in the handler of an inter-processor interrupt. They read CR4 and write
 * it: in a kernel that preempts, who calls them holds preemption off.
 *
 * All leaves of the library are global. So with CR4.PGE one invlpg drops the
 * translation of an address for all PCIDs. It does not drop cached tables
 * above the leaf of other PCIDs. But a table goes out of use only when 2 MiB
 * or more are unmapped, and then everything is dropped. Without CR4.PGE (a
 * hypervisor that hides itself from its guests) translations belong to the
 * PCID that used them, and with CR4.PCIDE only dropping everything reaches all
 * of them. A port that uses PCIDs must map globally, too, what the library is
 * to change later, for example its image. Source: Intel SDM vol. 3, 4.10.4.1;
 * tests/sim/x86/test_tlb.c has it as a model.
 */
#ifndef ARCH_TLB_H
#define ARCH_TLB_H

#include <arch/cpu.h>
#include <xmem/config.h>

/** Above this many pages one full flush is cheaper than many single ones. */
#define XMEM_TLB_FLUSH_MAX 32UL

XMEM_STATIC_ASSERT(XMEM_TLB_FLUSH_MAX < 1UL << (PAGE_SHIFT - 3),
		   "a range that may free a table is flushed as a whole");

/** xmem_tlb_flush_all - every translation, of all PCIDs, global or not. */
static inline void xmem_tlb_flush_all(void)
{
	unsigned long cr4 = xmem_cpu_read_cr4();

	if ((cr4 & (XMEM_CR4_PGE | XMEM_CR4_PCIDE)) == 0) {
		xmem_cpu_write_cr3(xmem_cpu_read_cr3());
	} else if ((cr4 & XMEM_CR4_PCIDE) != 0 && xmem_cpu_has_invpcid()) {
		xmem_cpu_invpcid_all();
	} else {
		/* A change of PGE, either way, drops everything. */
		xmem_cpu_write_cr4(cr4 ^ XMEM_CR4_PGE);
		xmem_cpu_write_cr4(cr4);
	}
}

/** xmem_tlb_flush_local - the translations of @nr pages from @va on. */
static inline void xmem_tlb_flush_local(unsigned long va, unsigned long nr)
{
	unsigned long cr4 = nr > 0 ? xmem_cpu_read_cr4() : XMEM_CR4_PGE;

	if (nr > XMEM_TLB_FLUSH_MAX ||
	    (cr4 & (XMEM_CR4_PGE | XMEM_CR4_PCIDE)) == XMEM_CR4_PCIDE) {
		xmem_tlb_flush_all();
		return;
	}
	for (unsigned long i = 0; i < nr; i++) {
		xmem_cpu_invlpg(va + (i << PAGE_SHIFT));
	}
}

#endif /* ARCH_TLB_H */
