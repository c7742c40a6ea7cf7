/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page.h - pages of the host machine: any of the three sizes
 */
#ifndef ARCH_PAGE_H
#define ARCH_PAGE_H

#define ARCH_PAGE_SHIFT	    12
#define ARCH_MIN_PAGE_SHIFT 12
#define ARCH_MAX_PAGE_SHIFT 16

/* Physical address bits of the simulated machine; a frame number must fit in
 * a long with a bit to spare. */
#define PADDR_BITS (sizeof(long) >= 8 ? 48U : 40U)

/* Tests of the engines also run on other CPUs, and not all of those count zeros
 * in an instruction: see tests/cross. A test may want to do without. */
#if !defined(ARCH_HAS_CLZ) && (!defined(__riscv) || defined(__riscv_zbb))
#define ARCH_HAS_CLZ 1
#endif

#endif /* ARCH_PAGE_H */
