/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmu.h - features of the CPU, for pte.h and tlb.h
 *
 * The library asks only the CPU that boots, once, before it builds the direct
 * map. Two features must be the same on all CPUs, which only the port knows:
 *
 *  XMEM_PORT_BBM_NO_ABORT, default 0
 *	1: all CPUs with FEAT_BBM level 2 keep its promise and report no TLB
 *	conflict (see pte.h).
 *  XMEM_PORT_TLBI_RANGE, default 0
 *	1: if the CPU that boots has FEAT_TLBIRANGE, all have it. One without
 *	knows neither the instruction nor the message of another CPU.
 */
#ifndef ARCH_MMU_H
#define ARCH_MMU_H

#include <xmem/config.h>
#include <xmem/types.h>

#ifndef XMEM_PORT_BBM_NO_ABORT
#define XMEM_PORT_BBM_NO_ABORT 0
#endif
#ifndef XMEM_PORT_TLBI_RANGE
#define XMEM_PORT_TLBI_RANGE 0
#endif

/** Set by xmem_arch_mmu_init(). (C) after it. */
struct xmem_mmu {
	uint64_t leaf_bits; /* set in every leaf */
	uint64_t no_exec;   /* set where the hypervisor may not execute */
	unsigned long root; /* frame of the top-level table; 0: not yet */
	bool may_resize;    /* FEAT_BBM level 2, and no conflicts */
	bool tlbi_range;    /* FEAT_TLBIRANGE, and the port says on all */
};
XMEM_HIDDEN extern struct xmem_mmu xmem_mmu;

XMEM_BEGIN_DECLS

/** Read and check the registers of the CPU; stage1.c. */
void xmem_arch_mmu_init(void);

XMEM_END_DECLS

#endif /* ARCH_MMU_H */
