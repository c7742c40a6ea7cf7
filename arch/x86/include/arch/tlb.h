/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlb.h - forgetting translations on the CPU that runs this
 *
 * What a port builds xmem_port_tlb_flush() from: the other CPUs run the same
 * function in the handler of an inter-processor interrupt.
 */
#ifndef ARCH_TLB_H
#define ARCH_TLB_H

#include <arch/cpu.h>
#include <xmem/config.h>

/** Above this many pages one full flush is cheaper than many single ones. */
#define XMEM_TLB_FLUSH_MAX 32UL

/** xmem_tlb_flush_page - the translation of @va, global or not. */
static inline void xmem_tlb_flush_page(unsigned long va)
{
	__asm__ volatile("invlpg (%0)" ::"r"(va) : "memory");
}

/** xmem_tlb_flush_all - every translation, the global ones included. */
static inline void xmem_tlb_flush_all(void)
{
	unsigned long cr4 = xmem_cpu_read_cr4();

	if ((cr4 & XMEM_CR4_PGE) != 0) {
		xmem_cpu_write_cr4(cr4 & ~XMEM_CR4_PGE);
		xmem_cpu_write_cr4(cr4);
	} else {
		xmem_cpu_write_cr3(xmem_cpu_read_cr3());
	}
}

/** xmem_tlb_flush_local - the translations of @nr pages from @va on. */
static inline void xmem_tlb_flush_local(unsigned long va, unsigned long nr)
{
	if (nr > XMEM_TLB_FLUSH_MAX) {
		xmem_tlb_flush_all();
		return;
	}
	for (unsigned long i = 0; i < nr; i++) {
		xmem_tlb_flush_page(va + (i << PAGE_SHIFT));
	}
}

#endif /* ARCH_TLB_H */
