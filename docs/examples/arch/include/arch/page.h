/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page.h - pages of skel, an architecture to copy: 4, 16 or 64 KiB
 *
 *	PAGE_SHIFT	levels		blocks
 *	12		8 + 9 + 9 + 9	2 MiB, 1 GiB
 *	14		11 + 11 + 11	32 MiB
 *	16		5 + 13 + 13	512 MiB
 *
 * This header includes nothing: <xmem/config.h> reads it first. docs/porting.md
 * goes through the files of an architecture one by one.
 */
#ifndef ARCH_PAGE_H
#define ARCH_PAGE_H

/* Decide: the sizes of pages. Where there is one, all three are the same. */
#define ARCH_PAGE_SHIFT	    12
#define ARCH_MIN_PAGE_SHIFT 12
#define ARCH_MAX_PAGE_SHIFT 16

/* Bits of a physical address that an entry has room for, whatever the CPU at
 * hand has: the port tells xmem_boot_paddr_bits() that. */
#define PADDR_BITS 48

/* Largest block of the direct map, as an order: a level 2 block with pages of
 * 4 KiB, else a level 1 block. */
#define ARCH_MAX_BLOCK_ORDER (PAGE_SHIFT == 12 ? 18 : PAGE_SHIFT - 3)

/* For the other headers of this architecture: bits of an address that the
 * root translates. Pages of 4 KiB make that a root of 2^8 entries. */
#define ARCH_VA_BITS 47

/*
 * Decide, and define here if it is so:
 *
 *  XMEM_LAYOUT	  too few addresses for a direct map of all RAM, as with 32
 *		  bits: XMEM_LAYOUT_SEPARATE, in an #ifndef. See
 *		  arch/arm/arm32/include/arch/page.h.
 *  ARCH_HAS_SPURIOUS_FAULTS   a CPU may fault on what is mapped: there is
 *		  xmem_mmu_spurious_fault(), of <xmem/map.h>. See
 *		  arch/arm/stage1.c.
 *  ARCH_FLUSH_TO_RAM   domains may run with their caches off and then see RAM
 *		  past the caches: there is an arch/cache.h that cleans pages.
 *		  See src/page/page_arch.h and arch/arm/include/arch/cache.h.
 *  ARCH_HAS_CLZ  1 if __builtin_clz() and __builtin_ctz() are instructions of
 *		  the CPU. Without it bits are counted by hand, which is right
 *		  everywhere and slower; with it and no such instruction they
 *		  are calls into libgcc.
 *  ARCH_PT_CONT_BITS   entries have a hint that a group of them leads to
 *		  consecutive frames: log2 of the group. See
 *		  arch/arm/arm64/include/arch/page.h, and pte.h there; the
 *		  hint may take bits of the frame (src/pt/pt_arch.h).
 */

#endif /* ARCH_PAGE_H */
