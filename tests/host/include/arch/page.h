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

#endif /* ARCH_PAGE_H */
