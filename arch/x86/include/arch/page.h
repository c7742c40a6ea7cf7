/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page.h - pages of x86-64: 4 KiB, blocks of 2 MiB and 1 GiB
 */
#ifndef ARCH_PAGE_H
#define ARCH_PAGE_H

#define ARCH_PAGE_SHIFT	    12
#define ARCH_MIN_PAGE_SHIFT 12
#define ARCH_MAX_PAGE_SHIFT 12

/* Bits of a physical address that a page table entry has room for. */
#define PADDR_BITS 52

/* Largest block of the direct map, as an order: 1 GiB. */
#define ARCH_MAX_BLOCK_ORDER 18

/* The CPU counts zeros: bsr, bsf. */
#define ARCH_HAS_CLZ 1

#endif /* ARCH_PAGE_H */
