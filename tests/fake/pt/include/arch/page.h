/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page.h - pages of the fake architecture: any of the three sizes
 */
#ifndef ARCH_PAGE_H
#define ARCH_PAGE_H

#define ARCH_PAGE_SHIFT	    12
#define ARCH_MIN_PAGE_SHIFT 12
#define ARCH_MAX_PAGE_SHIFT 16

#define PADDR_BITS (sizeof(long) >= 8 ? 44U : 40U)

#endif /* ARCH_PAGE_H */
