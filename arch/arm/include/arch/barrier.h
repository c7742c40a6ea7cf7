/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * barrier.h - the barriers of Arm, as inline functions
 *
 * DSB waits until what came before is complete. After ISB instructions are
 * fetched and translated again. @local, a constant: complete for this CPU
 * only; else for all CPUs of the inner shareable domain. Source: DDI 0487,
 * B2.3.12 and K13; the same names in ARMv7 (DDI 0406, A3.8).
 */
#ifndef ARCH_BARRIER_H
#define ARCH_BARRIER_H

#include <xmem/types.h>

/** xmem_dsb_writes - table walkers see all writes before it. */
static inline void xmem_dsb_writes(bool local)
{
	if (local) {
		__asm__ volatile("dsb nshst" ::: "memory");
	} else {
		__asm__ volatile("dsb ishst" ::: "memory");
	}
}

/** xmem_dsb - all before it is complete, TLB maintenance, too. */
static inline void xmem_dsb(bool local)
{
	if (local) {
		__asm__ volatile("dsb nsh" ::: "memory");
	} else {
		__asm__ volatile("dsb ish" ::: "memory");
	}
}

/** xmem_dsb_system - the same for everything that can read RAM. */
static inline void xmem_dsb_system(void)
{
	__asm__ volatile("dsb sy" ::: "memory");
}

/** xmem_isb - the instructions after it see all that is complete. */
static inline void xmem_isb(void)
{
	__asm__ volatile("isb" ::: "memory");
}

#endif /* ARCH_BARRIER_H */
