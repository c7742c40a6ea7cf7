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
 * A parked entry holds its frame inverted. So a CPU that speculates past the
 * present bit uses an address beyond all RAM (L1 terminal fault).
 *
 * Memory types use only the low two bits of the PAT index (PWT, PCD), which are
 * at the same place at every level. The port sets IA32_PAT to ARCH_PAT: entry 0
 * WB, 1 WT, 2 WC, 3 UC, and the same again. The power-on value is accepted,
 * too: there WC is UC-, which is slower. Other values are refused. The third
 * bit (PAT) is never set, and must not be set in entries of the port that the
 * library changes.
 *
 * All leaves are global and have the accessed bit, writable ones the dirty bit
 * as well, so that the CPU never writes to a table. A leaf that is dirty but
 * not writable would be a page of a shadow stack (CR4.CET; SDM 3A, 4.6). The
 * port must set EFER.NXE and CR0.WP; mmu.c checks it.
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

/* Boot frames from it on are not mapped. */
#define XMEM_ARCH_TABLE_LIMIT xmem_table_limit

/** Read and check the registers of the CPU; mmu.c. */
void xmem_arch_mmu_init(void);

/** The boot window is in use while it is mapped again. Meanwhile (@on = false)
 * no block is larger than those that the port has used (2 MiB), so that every
 *  write leaves the same frames at the same addresses. */
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
	unsigned int above =
		64 - PAGE_SHIFT - ARCH_PT_LEVELS * (unsigned int)ARCH_PT_BITS;

	return (long)(va << above) >> above == (long)va;
}

/**
 * Frame of the root table of the hypervisor's space: the one in CR3 when
 * arch_init_directmap() ran. Copies of it (per CPU, per guest) can be made
 * after arch_init_frametable(): the library adds no top-level entry after that.
 */
static inline unsigned long xmem_arch_root(void)
{
	return xmem_mmu_root;
}

/**
 * Entries of [@va, @va + @nr pages) have become present. x86 walks the tables
 * coherently and caches no entry that is not present, so it is enough to keep
 * the compiler from moving accesses across.
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
