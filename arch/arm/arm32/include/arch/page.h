/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page.h - pages of arm32 with LPAE: 4 KiB, blocks of 2 MiB
 */
#ifndef ARCH_PAGE_H
#define ARCH_PAGE_H

#define ARCH_PAGE_SHIFT	    12
#define ARCH_MIN_PAGE_SHIFT 12
#define ARCH_MAX_PAGE_SHIFT 12

#define PADDR_BITS   40
#define ARCH_VA_BITS 32

#define ARCH_MAX_BLOCK_ORDER 9
#define ARCH_LEAF_LEVELS     2U
/* 16 pages, 64 KiB. */
#define ARCH_PT_CONT_BITS 4U

/* There are not enough addresses for a direct map of all RAM. */
#ifndef XMEM_LAYOUT
#define XMEM_LAYOUT XMEM_LAYOUT_SEPARATE
#endif

/* Frames for domains are cleaned to RAM: arch/cache.h. */
#define ARCH_FLUSH_TO_RAM

/* The CPU counts zeros: clz, rbit. */
#define ARCH_HAS_CLZ 1

/* A fault may be over at once: <xmem/map.h>. In stage1.c: while a mapping is
 * broken and made anew; and a CPU without FEAT_ETS may fault on a mapping that
 * another one has just made and told it of. */
#define ARCH_HAS_SPURIOUS_FAULTS

#endif /* ARCH_PAGE_H */
