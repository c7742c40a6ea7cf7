/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pte.h - entries of the architecture on which arch/common is tested
 *
 * Bit 0: present; bit 1: a table; bits 2 to 7: flags; bit 8: parked; frame
 * from bit 12 on. What is written reaches the walker of the hardware at the
 * next sync or flush, not before: see test_directmap.c.
 */
#ifndef ARCH_PTE_H
#define ARCH_PTE_H

#include <arch/layout.h>
#include <xmem/config.h>
#include <xmem/map.h>

typedef struct {
	uint64_t v;
} xmem_pte_t;

#define ARCH_PT_BITS   9U
#define ARCH_PT_LEVELS 4U

#define XMEM_ARCH_TABLE_LIMIT xmem_table_limit

extern unsigned int fake_leaf_levels;
extern unsigned long fake_root;
void fake_sync(void);
/* As the library reaches it: the address must be translated. */
xmem_pte_t *fake_table(const void *va);
void fake_write(uint64_t *p, uint64_t v);

static inline void xmem_arch_mmu_init(void)
{
}

static inline void xmem_arch_allow_large(bool on)
{
	(void)on;
}

static inline bool xmem_arch_level_has_leaf(unsigned int level)
{
	return level < fake_leaf_levels;
}

static inline xmem_pte_t xmem_pte_none(void)
{
	return (xmem_pte_t){0};
}

static inline xmem_pte_t xmem_pte_leaf(unsigned long mfn, unsigned int flags,
				       unsigned int level)
{
	(void)level;
	return (xmem_pte_t){(uint64_t)mfn << 12 | (uint64_t)flags << 2 | 1};
}

static inline xmem_pte_t xmem_pte_table(unsigned long mfn)
{
	return (xmem_pte_t){(uint64_t)mfn << 12 | 3};
}

static inline xmem_pte_t xmem_pte_park(xmem_pte_t e, unsigned int level)
{
	(void)level;
	return (xmem_pte_t){(e.v & ~0xfffULL) | 1 << 8};
}

static inline bool xmem_pte_is_none(xmem_pte_t e)
{
	return e.v == 0;
}

static inline bool xmem_pte_is_leaf(xmem_pte_t e, unsigned int level)
{
	(void)level;
	return (e.v & 3) == 1;
}

static inline bool xmem_pte_is_table(xmem_pte_t e, unsigned int level)
{
	return level > 0 && (e.v & 3) == 3;
}

static inline bool xmem_pte_is_parked(xmem_pte_t e)
{
	return (e.v & 1) == 0 && (e.v >> 8 & 1) != 0;
}

static inline unsigned long xmem_pte_mfn(xmem_pte_t e)
{
	return e.v >> 12;
}

static inline unsigned int xmem_pte_flags(xmem_pte_t e, unsigned int level)
{
	(void)level;
	return e.v >> 2 & 0x3f;
}

static inline xmem_pte_t xmem_pte_read(const xmem_pte_t *pte)
{
	return *pte;
}

static inline void xmem_pte_write(xmem_pte_t *pte, xmem_pte_t e)
{
	fake_write(&pte->v, e.v);
}

static inline xmem_pte_t *xmem_arch_table(unsigned long mfn)
{
	return fake_table(xmem_arch_mfn_to_virt(mfn));
}

static inline unsigned long xmem_arch_root(void)
{
	return fake_root;
}

/* Addresses of the process are none of this CPU, unless a test says so. */
#ifndef FAKE_VA_BITS
#define FAKE_VA_BITS 46
#endif
#define XMEM_ARCH_HAS_IS_VA
static inline bool xmem_arch_is_va(unsigned long va)
{
	return va >> FAKE_VA_BITS == 0;
}

static inline void xmem_arch_pt_made(unsigned long va, unsigned long nr,
				     bool tables)
{
	(void)va;
	(void)nr;
	(void)tables;
	fake_sync();
}

#endif /* ARCH_PTE_H */
