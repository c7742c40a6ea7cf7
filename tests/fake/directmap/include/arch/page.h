/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page.h - pages of the architecture on which arch/common is tested: 4 KiB,
 * whatever those of the variant are, as machines are described in frames
 */
#ifndef ARCH_PAGE_H
#define ARCH_PAGE_H

#undef PAGE_SHIFT
#define PAGE_SHIFT	     12
#define ARCH_PAGE_SHIFT	     12
#define ARCH_MIN_PAGE_SHIFT  12
#define ARCH_MAX_PAGE_SHIFT  12
#define PADDR_BITS	     48
#define ARCH_MAX_BLOCK_ORDER 18

#endif /* ARCH_PAGE_H */
