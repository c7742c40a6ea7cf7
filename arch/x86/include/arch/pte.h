/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pte.h - page table entries of x86-64
 *
 * An entry that the generic walk handles is one of
 *   none    0
 *   table   present, writable, executable: rights are decided by the leaf
 *   leaf    present; level 0, or bit 7 set at level 1 (2 MiB), 2 (1 GiB)
 *   parked  not present; frame stored inverted, software bit 9 set
 *
 * A parked entry keeps its frame inverted so that a CPU that speculates past
 * the present bit is led to an address beyond all RAM (L1 terminal fault).
 *
 * Memory types use the low two index bits alone (PWT, PCD), which have the
 * same place at every level. The port programs IA32_PAT to ARCH_PAT: entry 0
 * WB, 1 WT, 2 WC, 3 UC, and the same again. With the power-on PAT everything
 * is right too, except that WC is the slower UC-; others are refused. The PAT
 * index bit itself is never set, nor may it be in entries of the port that the
 * library changes.
 *
 * All leaves are global and carry accessed, those that can be written dirty as
 * well, so that the CPU never writes to a table. One that is dirty and can not
 * be written would be a page of a shadow stack (CR4.CET; SDM 3A, 4.6). EFER.NXE
 * and CR0.WP must be on (the port does that; mmu.c looks).
 */
#ifndef ARCH_PTE_H
#define ARCH_PTE_H

#include <arch/cpu.h>
#include <arch/layout.h>
#include <xmem/config.h>
#include <xmem/map.h>
#include <xmem/types.h>

/** Levels of tables: 4, or 5 where CR4.LA57 was set when the library started.
 *  The same library serves both. */
#define ARCH_PT_LEVELS	   xmem_mmu_levels
#define ARCH_PT_MAX_LEVELS 5U
/** Index bits of one level. */
#define ARCH_PT_BITS (PAGE_SHIFT - 3U)

/** The value of IA32_PAT that the memory types rely on. */
#define ARCH_PAT 0x0001040600010406ULL

/** One entry of a table at any level. */
typedef struct {
	uint64_t v;
} xmem_pte_t;

#define XMEM_PTE_P	((uint64_t)1 << 0)
#define XMEM_PTE_W	((uint64_t)1 << 1)
#define XMEM_PTE_TYPE	3U /* PWT, PCD: bits 3 and 4 */
#define XMEM_PTE_A	((uint64_t)1 << 5)
#define XMEM_PTE_D	((uint64_t)1 << 6)
#define XMEM_PTE_PS	((uint64_t)1 << 7)
#define XMEM_PTE_G	((uint64_t)1 << 8)
#define XMEM_PTE_PARKED ((uint64_t)1 << 9)
#define XMEM_PTE_NX	((uint64_t)1 << 63)
#define XMEM_PTE_FRAME	0x000ffffffffff000ULL

/* In mmu.c. */
XMEM_HIDDEN extern bool xmem_mmu_has_1g;
XMEM_HIDDEN extern unsigned int xmem_mmu_levels;
XMEM_HIDDEN extern unsigned long xmem_mmu_root;

/* Boot frames at or above it are not mapped. */
#define XMEM_ARCH_TABLE_LIMIT xmem_table_limit

/** Find out about the CPU; mmu.c. */
void xmem_arch_mmu_init(void);

/** The boot window is in use while it is mapped anew: no block larger than
 *  those it has (2 MiB) is written then (@on = false), so that every write
 *  leaves the same frames at the same addresses. */
static inline void xmem_arch_allow_large(bool on)
{
	xmem_mmu_has_1g = on && xmem_cpu_has_1g();
}

/** May an entry of @level be a leaf? */
static inline bool xmem_arch_level_has_leaf(unsigned int level)
{
	return level < 2 || (level == 2 && xmem_mmu_has_1g);
}

static inline xmem_pte_t xmem_pte_none(void)
{
	return (xmem_pte_t){0};
}

/** A leaf of @level for the block from @mfn on; @flags allow some access. */
static inline xmem_pte_t xmem_pte_leaf(unsigned long mfn, unsigned int flags,
				       unsigned int level)
{
	uint64_t v = XMEM_PTE_P | XMEM_PTE_A | XMEM_PTE_G;

	v |= level > 0 ? XMEM_PTE_PS : 0;
	v |= (flags & XMEM_MAP_WRITE) != 0 ? XMEM_PTE_W | XMEM_PTE_D : 0;
	v |= (flags & XMEM_MAP_EXEC) != 0 ? 0 : XMEM_PTE_NX;
	v |= (uint64_t)((flags & XMEM_MAP_TYPE_MASK) >> 4) << XMEM_PTE_TYPE;
	v |= ((uint64_t)mfn << PAGE_SHIFT) & XMEM_PTE_FRAME;
	return (xmem_pte_t){v};
}

static inline xmem_pte_t xmem_pte_table(unsigned long mfn)
{
	return (xmem_pte_t){(((uint64_t)mfn << PAGE_SHIFT) & XMEM_PTE_FRAME) |
			    XMEM_PTE_P | XMEM_PTE_W | XMEM_PTE_A};
}

static inline bool xmem_pte_is_none(xmem_pte_t e)
{
	return e.v == 0;
}

static inline bool xmem_pte_is_leaf(xmem_pte_t e, unsigned int level)
{
	return (e.v & XMEM_PTE_P) != 0 &&
	       (level == 0 || (e.v & XMEM_PTE_PS) != 0);
}

static inline bool xmem_pte_is_table(xmem_pte_t e, unsigned int level)
{
	return (e.v & XMEM_PTE_P) != 0 && level > 0 && (e.v & XMEM_PTE_PS) == 0;
}

static inline bool xmem_pte_is_parked(xmem_pte_t e)
{
	return (e.v & XMEM_PTE_P) == 0 && (e.v & XMEM_PTE_PARKED) != 0;
}

/** Frame of a leaf, table or parked entry; of a block its first one. */
static inline unsigned long xmem_pte_mfn(xmem_pte_t e)
{
	uint64_t frame = (e.v & XMEM_PTE_P) != 0 ? e.v : ~e.v;

	return (unsigned long)((frame & XMEM_PTE_FRAME) >> PAGE_SHIFT);
}

/** Generic flags of a leaf. */
static inline unsigned int xmem_pte_flags(xmem_pte_t e, unsigned int level)
{
	unsigned int flags = XMEM_MAP_READ;

	(void)level;
	flags |= (e.v & XMEM_PTE_W) != 0 ? XMEM_MAP_WRITE : 0;
	flags |= (e.v & XMEM_PTE_NX) != 0 ? 0 : XMEM_MAP_EXEC;
	return flags | (unsigned int)((e.v >> XMEM_PTE_TYPE) & 3) << 4;
}

/** The parked form of leaf @e. */
static inline xmem_pte_t xmem_pte_park(xmem_pte_t e, unsigned int level)
{
	(void)level;
	return (xmem_pte_t){(~e.v & XMEM_PTE_FRAME) | XMEM_PTE_PARKED};
}

static inline xmem_pte_t xmem_pte_read(const xmem_pte_t *pte)
{
	return (xmem_pte_t){__atomic_load_n(&pte->v, __ATOMIC_RELAXED)};
}

static inline void xmem_pte_write(xmem_pte_t *pte, xmem_pte_t e)
{
	__atomic_store_n(&pte->v, e.v, __ATOMIC_RELEASE);
}

/** Address of the table in frame @table_mfn. */
static inline xmem_pte_t *xmem_arch_table(unsigned long table_mfn)
{
	return (xmem_pte_t *)xmem_arch_mfn_to_virt(table_mfn);
}

/** Is @va canonical: are all bits above those translated copies of the last? */
#define XMEM_ARCH_HAS_IS_VA
static inline bool xmem_arch_is_va(unsigned long va)
{
	unsigned int unused =
		64 - PAGE_SHIFT - ARCH_PT_LEVELS * (unsigned int)ARCH_PT_BITS;

	return (long)(va << unused) >> unused == (long)va;
}

/**
 * Frame of the top-level table of the hypervisor's space: the one CR3 held
 * when arch_init_directmap() ran. Other top-level tables (per CPU, per guest)
 * copy its upper half after arch_init_frametable(); the library adds no
 * top-level entry after that.
 */
static inline unsigned long xmem_arch_root(void)
{
	return xmem_mmu_root;
}

/**
 * Entries of [@va, @va + @nr pages) are present that were not. x86 walks the
 * tables coherently and remembers none that are not present: keeping the
 * compiler from moving accesses across is enough.
 */
static inline void xmem_arch_pt_made(unsigned long va, unsigned long nr,
				     bool tables)
{
	(void)va;
	(void)nr;
	(void)tables;
	__asm__ volatile("" ::: "memory");
}

#endif /* ARCH_PTE_H */
