/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlb.h - flush the TLB of the CPU that runs this
 *
 * src/directmap needs xmem_tlb_flush_all() to build the direct map, and
 * xmem_tlb_flush_local() for the slots of map_domain_page(). A port builds
 * xmem_port_tlb_flush() from them: on skel the other CPUs run the same function
 * in the handler of an inter-processor interrupt. Where one instruction reaches
 * all CPUs there is a function for that (arch/arm/include/arch/tlb.h).
 *
 * Decide, and write down here with its place in the manual:
 *  - If spaces have numbers and entries may be global: does dropping a page
 *    drop its translation for all spaces? If not, drop everything
 *    (arch/x86/include/arch/tlb.h).
 *  - Does it drop the cached tables above the page? If not, drop everything for
 *    a range that may free a table, that is, of 2^ARCH_PT_BITS pages or more.
 *  - Which barriers are needed before it, so that the entries written are seen,
 *    and after it, so that all accesses by the old ones are over?
 */
#ifndef ARCH_TLB_H
#define ARCH_TLB_H

#include <arch/cpu.h>
#include <xmem/config.h>

/** Above this many pages one full flush is cheaper than many single ones. */
#define XMEM_TLB_FLUSH_MAX 32UL

/** xmem_tlb_flush_all - every translation of the hypervisor. */
static inline void xmem_tlb_flush_all(void)
{
	skel_order_walks();
	skel_drop_all();
}

/** xmem_tlb_flush_local - the translations of @nr pages from @va on. */
static inline void xmem_tlb_flush_local(unsigned long va, unsigned long nr)
{
	if (nr > XMEM_TLB_FLUSH_MAX) {
		xmem_tlb_flush_all();
		return;
	}
	skel_order_walks();
	for (unsigned long i = 0; i < nr; i++) {
		skel_drop_page(va + (i << PAGE_SHIFT));
	}
}

#endif /* ARCH_TLB_H */
