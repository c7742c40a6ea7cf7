/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page.h - pages of arm64: the granule is 4, 16 or 64 KiB
 *
 *	PAGE_SHIFT	blocks		contiguous hint
 *	12		2 MiB, 1 GiB	16 pages, 64 KiB
 *	14		32 MiB		128 pages, 2 MiB
 *	16		512 MiB		32 pages, 2 MiB
 */
#ifndef ARCH_PAGE_H
#define ARCH_PAGE_H

#define ARCH_PAGE_SHIFT	    12
#define ARCH_MIN_PAGE_SHIFT 12
#define ARCH_MAX_PAGE_SHIFT 16

/* Bits of a physical address that an entry has room for, and of a virtual
 * one. The CPU may have fewer physical ones: xmem_cpu_paddr_bits(). */
#define PADDR_BITS   48
#define ARCH_VA_BITS 48

/* Largest block of the direct map, as an order. */
#define ARCH_MAX_BLOCK_ORDER (PAGE_SHIFT == 12 ? 18 : PAGE_SHIFT - 3)
/* Levels of tables, from the lowest, whose entries may be leaves. */
#define ARCH_LEAF_LEVELS (PAGE_SHIFT == 12 ? 3U : 2U)
/* log2 of the entries in a contiguous group. */
#define ARCH_PT_CONT_BITS (PAGE_SHIFT == 12 ? 4U : PAGE_SHIFT == 14 ? 7U : 5U)

/* Frames for domains are cleaned to RAM: arch/cache.h. */
#define ARCH_FLUSH_TO_RAM

/* The CPU counts zeros: clz, rbit. */
#define ARCH_HAS_CLZ 1

/* A fault may be over at once: <xmem/map.h>. In stage1.c: while a mapping is
 * broken and made anew; and a CPU without FEAT_ETS may fault on a mapping that
 * another one has just made and told it of. */
#define ARCH_HAS_SPURIOUS_FAULTS

#endif /* ARCH_PAGE_H */
