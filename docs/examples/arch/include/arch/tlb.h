/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlb.h - forgetting translations on the CPU that runs this
 *
 * src/directmap needs xmem_tlb_flush_all() while it builds the direct map, and
 * xmem_tlb_flush_local() for the windows of map_domain_page(). A port builds
 * xmem_port_tlb_flush() from them: on skel the other CPUs run the same in the
 * handler of an inter-processor interrupt; where an instruction reaches all
 * CPUs there is a function for that (arch/arm/include/arch/tlb.h).
 *
 * Decide, and write down here with its place in the manual:
 *  - Whose translations does dropping a page drop? If spaces have numbers and
 *    entries may be global: of all spaces, or everything is dropped
 *    (arch/x86/include/arch/tlb.h).
 *  - Does it drop what is known of the tables above? If not, a range that may
 *    free a table, 2^ARCH_PT_BITS pages, is flushed as a whole.
 *  - Which barriers are needed before, so that the entries written are seen,
 *    and after, until all accesses by the old ones are over?
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
