/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pte.h - page table entries of skel
 *
 * One format for all levels:
 *
 *	bit  0	   present. If clear, the CPU ignores all other bits
 *	bit  1	   leaf; clear: a table, at level 1 and above
 *	bit  2	   writable
 *	bit  3	   executable
 *	bits 5..4  memory type: write-back, write-through, write-combining,
 *		   uncached
 *	bit  8	   of ours: parked, the frame is kept
 *	PAGE_SHIFT..47	the frame
 *
 * The contract that this header fulfils, optional parts included, is at the
 * head of src/pt/pt_arch.h. Level 0 is the lowest.
 */
#ifndef ARCH_PTE_H
#define ARCH_PTE_H

#include <arch/cpu.h>
#include <arch/layout.h>
#include <xmem/config.h>
#include <xmem/map.h>
#include <xmem/types.h>

/* Decide: index bits of a table (entries of 8 bytes that fill a page) and the
 * number of levels. It may be a variable, if it is found out at run time:
 * then ARCH_PT_MAX_LEVELS is its limit (arch/x86/include/arch/pte.h). */
#define ARCH_PT_BITS (PAGE_SHIFT - 3U)
#define ARCH_PT_LEVELS \
	((ARCH_VA_BITS - PAGE_SHIFT + ARCH_PT_BITS - 1) / ARCH_PT_BITS)
/* What is left for the root; to be defined only if it is fewer. */
#define ARCH_PT_TOP_BITS \
	(ARCH_VA_BITS - PAGE_SHIFT - (ARCH_PT_LEVELS - 1) * ARCH_PT_BITS)

typedef struct {
	uint64_t v;
} xmem_pte_t;

#define XMEM_PTE_P	((uint64_t)1 << 0)
#define XMEM_PTE_LEAF	((uint64_t)1 << 1)
#define XMEM_PTE_W	((uint64_t)1 << 2)
#define XMEM_PTE_X	((uint64_t)1 << 3)
#define XMEM_PTE_TYPE	4U
#define XMEM_PTE_PARKED ((uint64_t)1 << 8)
#define XMEM_PTE_FRAME \
	((((uint64_t)1 << PADDR_BITS) - 1) & ~(uint64_t)(PAGE_SIZE - 1))

/* In mmu.c. Frame of the root table. */
XMEM_HIDDEN extern unsigned long xmem_mmu_root;

/* In src/directmap/directmap.c: boot frames at or above it are not mapped. */
#define XMEM_ARCH_TABLE_LIMIT xmem_table_limit

/* ---- what src/directmap calls while it builds the direct map ---- */

/** Find out about the CPU: called before everything else. */
void xmem_arch_mmu_init(void);

/** Blocks larger than those of the boot window may be written (@on), or not.
 *  Means something only where the boot window is a part of the direct map
 *  from the start, and so is mapped anew while it is in use (x86). */
static inline void xmem_arch_allow_large(bool on)
{
	(void)on;
}

/* ---- entries ---- */

/* Decide: which levels. It may depend on the CPU, as on x86. */
static inline bool xmem_arch_level_has_leaf(unsigned int level)
{
	return level < (PAGE_SHIFT == 12 ? 3U : 2U);
}

static inline xmem_pte_t xmem_pte_none(void)
{
	return (xmem_pte_t){0};
}

/* What is present can be read. Decide: bits that every leaf has. Set what the
 * CPU would set by itself (accessed, dirty), so that it never writes to a
 * table; set "global" if there is such a bit, and see arch/tlb.h then. */
static inline xmem_pte_t xmem_pte_leaf(unsigned long mfn, unsigned int flags,
				       unsigned int level)
{
	uint64_t v = XMEM_PTE_P | XMEM_PTE_LEAF;

	(void)level;
	v |= (flags & XMEM_MAP_WRITE) != 0 ? XMEM_PTE_W : 0;
	v |= (flags & XMEM_MAP_EXEC) != 0 ? XMEM_PTE_X : 0;
	v |= (uint64_t)((flags & XMEM_MAP_TYPE_MASK) >> 4) << XMEM_PTE_TYPE;
	return (xmem_pte_t){v | (uint64_t)mfn << PAGE_SHIFT};
}

static inline xmem_pte_t xmem_pte_table(unsigned long mfn)
{
	return (xmem_pte_t){XMEM_PTE_P | (uint64_t)mfn << PAGE_SHIFT};
}

static inline bool xmem_pte_is_none(xmem_pte_t e)
{
	return e.v == 0;
}

static inline bool xmem_pte_is_leaf(xmem_pte_t e, unsigned int level)
{
	(void)level;
	return (e.v & (XMEM_PTE_P | XMEM_PTE_LEAF)) ==
	       (XMEM_PTE_P | XMEM_PTE_LEAF);
}

static inline bool xmem_pte_is_table(xmem_pte_t e, unsigned int level)
{
	return level > 0 && (e.v & (XMEM_PTE_P | XMEM_PTE_LEAF)) == XMEM_PTE_P;
}

static inline bool xmem_pte_is_parked(xmem_pte_t e)
{
	return (e.v & (XMEM_PTE_P | XMEM_PTE_PARKED)) == XMEM_PTE_PARKED;
}

static inline unsigned long xmem_pte_mfn(xmem_pte_t e)
{
	return (unsigned long)((e.v & XMEM_PTE_FRAME) >> PAGE_SHIFT);
}

static inline unsigned int xmem_pte_flags(xmem_pte_t e, unsigned int level)
{
	unsigned int flags = XMEM_MAP_READ;

	(void)level;
	flags |= (e.v & XMEM_PTE_W) != 0 ? XMEM_MAP_WRITE : 0;
	flags |= (e.v & XMEM_PTE_X) != 0 ? XMEM_MAP_EXEC : 0;
	return flags | (unsigned int)(e.v >> XMEM_PTE_TYPE & 3) << 4;
}

/* Decide: may a CPU use the frame of an entry that is not present, if only to
 * speculate? Then it is kept inverted (arch/x86/include/arch/pte.h). */
static inline xmem_pte_t xmem_pte_park(xmem_pte_t e, unsigned int level)
{
	(void)level;
	return (xmem_pte_t){(e.v & XMEM_PTE_FRAME) | XMEM_PTE_PARKED};
}

/* An entry is read and written at once, while CPUs walk the tables. Where a
 * long has fewer bits than an entry: arch/arm/arm32/include/arch/cpu.h. */
static inline xmem_pte_t xmem_pte_read(const xmem_pte_t *pte)
{
	return (xmem_pte_t){__atomic_load_n(&pte->v, __ATOMIC_RELAXED)};
}

static inline void xmem_pte_write(xmem_pte_t *pte, xmem_pte_t e)
{
	__atomic_store_n(&pte->v, e.v, __ATOMIC_RELEASE);
}

/*
 * Decide: may a present entry be written over another? skel's CPUs use the
 * old one or the new one until the flush, and both at once do no harm. Where
 * that is not so, XMEM_ARCH_HAS_BREAK and five functions make the library
 * break before it makes: arch/arm/include/arch/pte.h and arch/arm/stage1.c.
 */

/* ---- tables and addresses ---- */

/** Address of the table in frame @table_mfn: in the direct map. */
static inline xmem_pte_t *xmem_arch_table(unsigned long table_mfn)
{
	return (xmem_pte_t *)xmem_arch_mfn_to_virt(table_mfn);
}

static inline unsigned long xmem_arch_root(void)
{
	return xmem_mmu_root;
}

/** Is @va an address that the root translates? Here: those from 0 up. Without
 *  this function the ones from the top down are taken to be, too. */
#define XMEM_ARCH_HAS_IS_VA
static inline bool xmem_arch_is_va(unsigned long va)
{
	return va >> ARCH_VA_BITS == 0;
}

/** Entries of [@va, @va + @nr pages) are present that were not: CPUs see them
 *  from now on.
 *  Decide: may a CPU remember that an entry was not present? Then it forgets
 *  that here: of the addresses of the range and, if @tables, of the entries
 *  above them. */
static inline void xmem_arch_pt_made(unsigned long va, unsigned long nr,
				     bool tables)
{
	(void)va;
	(void)nr;
	(void)tables;
	skel_order_walks();
}

#endif /* ARCH_PTE_H */
