/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page.h - pages of the fake machine: those of the host machine
 *
 * Where an address has 32 bits they have 1 KiB instead of 4, so that four
 * largest blocks still fit into the direct map.
 */
#ifndef ARCH_PAGE_H
#define ARCH_PAGE_H

#define ARCH_PAGE_SHIFT	    (sizeof(long) >= 8 ? 12 : 10)
#define ARCH_MIN_PAGE_SHIFT ARCH_PAGE_SHIFT
#define ARCH_MAX_PAGE_SHIFT 16

#define PADDR_BITS (sizeof(long) >= 8 ? 48U : 40U)

#endif /* ARCH_PAGE_H */
