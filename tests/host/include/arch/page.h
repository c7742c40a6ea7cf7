/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page.h - pages of the host machine: any of the three sizes
 */
#ifndef ARCH_PAGE_H
#define ARCH_PAGE_H

#define ARCH_PAGE_SHIFT	    12
#define ARCH_MIN_PAGE_SHIFT 12
#define ARCH_MAX_PAGE_SHIFT 16

/* Physical address bits of the simulated machine. */
#define PADDR_BITS 48

#endif /* ARCH_PAGE_H */
