/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlb.h - forgetting translations, on this CPU or on all
 *
 * The hardware tells the other CPUs of the inner shareable domain, so a port
 * builds xmem_port_tlb_flush() from xmem_tlb_flush_range() alone; no
 * interrupt is needed.
 *
 * The first barrier makes the entries written before visible to the walkers
 * of all CPUs; the second waits until all have forgotten and have finished
 * what they did by an old translation; the third discards instructions
 * fetched by it. Source: DDI 0487, D8.16 and the shareability of TLBI.
 */
#ifndef ARCH_TLB_H
#define ARCH_TLB_H

#include <arch/cpu.h>
#include <xmem/config.h>

/** Above this many pages one full flush is cheaper than many single ones. */
#define XMEM_TLB_FLUSH_MAX 64UL

/** xmem_tlb_flush_range - the translations of @nr pages from @va on, tables
 *  above them included, on all CPUs. */
static inline void xmem_tlb_flush_range(unsigned long va, unsigned long nr)
{
	__asm__ volatile("dsb ishst" ::: "memory");
	if (nr > XMEM_TLB_FLUSH_MAX) {
		xmem_cpu_tlbi_all_cpus();
	} else {
		for (unsigned long i = 0; i < nr; i++) {
			xmem_cpu_tlbi_page_all_cpus(va + (i << PAGE_SHIFT));
		}
	}
	__asm__ volatile("dsb ish\n\tisb" ::: "memory");
}

/** xmem_tlb_flush_all - every translation of the hypervisor, on all CPUs. */
static inline void xmem_tlb_flush_all(void)
{
	__asm__ volatile("dsb ishst" ::: "memory");
	xmem_cpu_tlbi_all_cpus();
	__asm__ volatile("dsb ish\n\tisb" ::: "memory");
}

/** xmem_tlb_flush_local - as xmem_tlb_flush_range(), on this CPU alone. */
static inline void xmem_tlb_flush_local(unsigned long va, unsigned long nr)
{
	__asm__ volatile("dsb nshst" ::: "memory");
	if (nr > XMEM_TLB_FLUSH_MAX) {
		xmem_cpu_tlbi();
	} else {
		for (unsigned long i = 0; i < nr; i++) {
			xmem_cpu_tlbi_page(va + (i << PAGE_SHIFT));
		}
	}
	__asm__ volatile("dsb nsh\n\tisb" ::: "memory");
}

#endif /* ARCH_TLB_H */
