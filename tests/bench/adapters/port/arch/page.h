/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page.h - the machine of the benchmark adapters: 48 bits, blocks of 1 GiB
 */
#ifndef ARCH_PAGE_H
#define ARCH_PAGE_H

#define ARCH_PAGE_SHIFT	     12
#define ARCH_MIN_PAGE_SHIFT  12
#define ARCH_MAX_PAGE_SHIFT  16
#define PADDR_BITS	     48
#define ARCH_MAX_BLOCK_ORDER 18
#define ARCH_HAS_CLZ	     1 /* as the port of each CPU that runs them has */

#endif /* ARCH_PAGE_H */
