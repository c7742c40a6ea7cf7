/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pte.h - page table entries of Arm: the long descriptor format, stage 1
 *
 * One format for arm64 with its three granules and for arm32 with LPAE; the
 * granule decides how many levels and bits there are. Arm counts levels from
 * the top, the generic walk from the bottom: level 0 here is Arm's level 3.
 *
 *	bits 1..0  none, parked: 00   leaf: 01, at level 0 11   table: 11
 *	bits 4..2  memory type: index into MAIR (ARCH_MAIR)
 *	bit  6	   AP[1]: EL0 may access; EL2 without VHE: must be 1
 *	bit  7	   AP[2]: read-only
 *	bits 9..8  inner shareable
 *	bit  10	   accessed: always set, nobody is told
 *	bit  11	   not global: never set
 *	bit  52	   contiguous: one of a group with consecutive frames
 *	bit  53	   PXN: not executable at EL1, or at EL2 with VHE
 *	bit  54	   UXN: not executable at EL0; XN where there is no EL0
 *	bit  55	   of ours: parked; the frame is kept
 *
 * The translation regime decides which bit means "the hypervisor may not
 *execute this", and which bits are set in every leaf: see xmem_mmu (mmu.h),
 *which is set before the direct map is built.
 *
 * Break-before-make (DDI 0487, D8.16.1): before a valid entry is replaced by
 *one that differs in more than access rights, it must be made invalid and the
 *TLB be flushed. xmem_pte_must_break() says when. With FEAT_BBM level 2 a block
 *may be split, and the contiguous hint be removed, without that. But such a CPU
 *may report a TLB conflict, which nobody here handles, or have an erratum
 * (Neoverse-V3 r0p0, r0p1), and the library asks only the CPU that boots. So it
 * uses the feature only if the port knows all CPUs and defines
 * XMEM_PORT_BBM_NO_ABORT as 1 (mmu.h).
 */
#ifndef ARCH_PTE_H
#define ARCH_PTE_H

#include <arch/barrier.h>
#include <arch/cpu.h>
#include <arch/layout.h>
#include <arch/mmu.h>
#include <xmem/config.h>
#include <xmem/map.h>
#include <xmem/types.h>

#define ARCH_PT_BITS (PAGE_SHIFT - 3U)
#define ARCH_PT_LEVELS \
	((ARCH_VA_BITS - PAGE_SHIFT + ARCH_PT_BITS - 1) / ARCH_PT_BITS)
#define ARCH_PT_TOP_BITS \
	(ARCH_VA_BITS - PAGE_SHIFT - (ARCH_PT_LEVELS - 1) * ARCH_PT_BITS)

/** MAIR (arm32: MAIR0), by memory type: write-back, write-through, normal
 *  non-cacheable, device nGnRE. */
#define ARCH_MAIR 0x0444bbffUL

typedef struct {
	uint64_t v;
} xmem_pte_t;

#define XMEM_PTE_VALID	((uint64_t)1 << 0)
#define XMEM_PTE_TABLE	((uint64_t)1 << 1) /* at level 0: page */
#define XMEM_PTE_TYPE	2U
#define XMEM_PTE_AP1	((uint64_t)1 << 6)
#define XMEM_PTE_RO	((uint64_t)1 << 7)
#define XMEM_PTE_INNER	((uint64_t)3 << 8)
#define XMEM_PTE_AF	((uint64_t)1 << 10)
#define XMEM_PTE_CONT	((uint64_t)1 << 52)
#define XMEM_PTE_PXN	((uint64_t)1 << 53)
#define XMEM_PTE_UXN	((uint64_t)1 << 54)
#define XMEM_PTE_PARKED ((uint64_t)1 << 55)
#define XMEM_PTE_FRAME \
	((((uint64_t)1 << PADDR_BITS) - 1) & ~(uint64_t)(PAGE_SIZE - 1))

/* Boot frames from it on are not mapped. */
#define XMEM_ARCH_TABLE_LIMIT xmem_table_limit

/** Does nothing: while the direct map is built nothing in use is mapped again.
 */
static inline void xmem_arch_allow_large(bool on)
{
	(void)on;
}

static inline bool xmem_arch_level_has_leaf(unsigned int level)
{
	return level < ARCH_LEAF_LEVELS;
}

static inline xmem_pte_t xmem_pte_none(void)
{
	return (xmem_pte_t){0};
}

static inline xmem_pte_t xmem_pte_leaf(unsigned long mfn, unsigned int flags,
				       unsigned int level)
{
	uint64_t v = xmem_mmu.leaf_bits | XMEM_PTE_VALID;

	v |= level == 0 ? XMEM_PTE_TABLE : 0;
	v |= (flags & XMEM_MAP_WRITE) != 0 ? 0 : XMEM_PTE_RO;
	v |= (flags & XMEM_MAP_EXEC) != 0 ? 0 : xmem_mmu.no_exec;
	v |= (uint64_t)((flags & XMEM_MAP_TYPE_MASK) >> 4) << XMEM_PTE_TYPE;
	return (xmem_pte_t){v | ((uint64_t)mfn << PAGE_SHIFT)};
}

static inline xmem_pte_t xmem_pte_table(unsigned long mfn)
{
	return (xmem_pte_t){((uint64_t)mfn << PAGE_SHIFT) | XMEM_PTE_TABLE |
			    XMEM_PTE_VALID};
}

static inline bool xmem_pte_is_none(xmem_pte_t e)
{
	return e.v == 0;
}

static inline bool xmem_pte_is_leaf(xmem_pte_t e, unsigned int level)
{
	return (e.v & (XMEM_PTE_VALID | XMEM_PTE_TABLE)) ==
	       (level == 0 ? XMEM_PTE_VALID | XMEM_PTE_TABLE : XMEM_PTE_VALID);
}

static inline bool xmem_pte_is_table(xmem_pte_t e, unsigned int level)
{
	return level > 0 && (e.v & (XMEM_PTE_VALID | XMEM_PTE_TABLE)) ==
				    (XMEM_PTE_VALID | XMEM_PTE_TABLE);
}

static inline bool xmem_pte_is_parked(xmem_pte_t e)
{
	return (e.v & (XMEM_PTE_VALID | XMEM_PTE_PARKED)) == XMEM_PTE_PARKED;
}

static inline unsigned long xmem_pte_mfn(xmem_pte_t e)
{
	return (unsigned long)((e.v & XMEM_PTE_FRAME) >> PAGE_SHIFT);
}

static inline unsigned int xmem_pte_flags(xmem_pte_t e, unsigned int level)
{
	unsigned int flags = XMEM_MAP_READ;

	(void)level;
	flags |= (e.v & XMEM_PTE_RO) != 0 ? 0 : XMEM_MAP_WRITE;
	flags |= (e.v & xmem_mmu.no_exec) != 0 ? 0 : XMEM_MAP_EXEC;
	return flags | (unsigned int)(e.v >> XMEM_PTE_TYPE & 3) << 4;
}

static inline xmem_pte_t xmem_pte_park(xmem_pte_t e, unsigned int level)
{
	(void)level;
	return (xmem_pte_t){(e.v & XMEM_PTE_FRAME) | XMEM_PTE_PARKED};
}

static inline bool xmem_pte_is_cont(xmem_pte_t e)
{
	return (e.v & XMEM_PTE_CONT) != 0;
}

static inline xmem_pte_t xmem_pte_set_cont(xmem_pte_t e, bool on,
					   unsigned long index)
{
	(void)index; /* The hint is a bit of its own. */
	return (xmem_pte_t){on ? e.v | XMEM_PTE_CONT : e.v & ~XMEM_PTE_CONT};
}

static inline xmem_pte_t xmem_pte_read(const xmem_pte_t *pte)
{
	return (xmem_pte_t){xmem_cpu_read64(&pte->v)};
}

static inline void xmem_pte_write(xmem_pte_t *pte, xmem_pte_t e)
{
	xmem_cpu_write64(&pte->v, e.v);
}

/* ---- break-before-make; the contract is in src/pt/pt_arch.h ---- */

#define XMEM_ARCH_HAS_BREAK

/** Must @old be broken before @next is written? Both are present and differ. */
static inline bool xmem_pte_must_break(xmem_pte_t old, xmem_pte_t next,
				       unsigned int level, unsigned long index)
{
	uint64_t may_change = XMEM_PTE_RO | XMEM_PTE_PXN | XMEM_PTE_UXN;

	(void)index;
	if (!xmem_pte_is_leaf(next, level)) {
		return !xmem_mmu.may_resize; /* A block is split. */
	}
	if (xmem_pte_is_cont(old) || xmem_pte_is_cont(next)) {
		/* A group is the same in all its entries, but perhaps for the
		 * hint itself. */
		may_change = xmem_mmu.may_resize ? XMEM_PTE_CONT : 0;
	}
	return ((old.v ^ next.v) & ~may_change) != 0;
}

/** What a break keeps. */
struct xmem_arch_break {
	unsigned long irq_flags;
	bool aliased; /* the table lies in the range */
};

/* In stage1.c. @table: the frame in which @slot lies. */
void xmem_arch_set_alias(xmem_pte_t *entry);
xmem_pte_t *xmem_stage1_break_begin(struct xmem_arch_break *brk,
				    xmem_pte_t *slot, unsigned long table,
				    unsigned long va, unsigned long nr);
void xmem_arch_break_flush(unsigned long va, unsigned long nr);
void xmem_arch_break_end(const struct xmem_arch_break *brk);

static inline xmem_pte_t *xmem_arch_break_begin(struct xmem_arch_break *brk,
						xmem_pte_t *slot,
						unsigned long va,
						unsigned long nr)
{
	return xmem_stage1_break_begin(brk, slot, xmem_arch_virt_to_mfn(slot),
				       va, nr);
}

/* ---- tables ---- */

/** Address of the table in frame @table_mfn. */
static inline xmem_pte_t *xmem_arch_table(unsigned long table_mfn)
{
	return (xmem_pte_t *)xmem_arch_mfn_to_virt(table_mfn);
}

/** Frame of the top-level table: what TTBR held when arch_init_directmap()
 *  ran. */
static inline unsigned long xmem_arch_root(void)
{
	return xmem_mmu.root;
}

/** Is @va an address that the root translates? */
#define XMEM_ARCH_HAS_IS_VA
static inline bool xmem_arch_is_va(unsigned long va)
{
	return (uint64_t)va >> ARCH_VA_BITS ==
	       (uint64_t)ARCH_VA_BASE >> ARCH_VA_BITS;
}

/**
 * Entries of [@va, @va + @nr pages) have become present. When this returns, all
 * table walkers see them, and so does the code that runs next. No TLB holds an
 * entry that is not present.
 */
static inline void xmem_arch_pt_made(unsigned long va, unsigned long nr,
				     bool tables)
{
	(void)va;
	(void)nr;
	(void)tables;
	xmem_dsb_writes(false);
	xmem_isb();
}

#endif /* ARCH_PTE_H */
