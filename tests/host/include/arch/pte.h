/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pte.h - page table entries of the host machine: hostile on purpose
 *
 * Nothing is where a real machine has it, so that code which does not go
 * through the functions below fails here and not on the next architecture:
 *
 *   63..62  kind: 1 leaf, 2 table, 3 nothing or parked; 0 is not an entry,
 *	     so a table that was cleared with zeroes is found at once
 *   61	     kind 3: parked
 *   60..58  level the entry was made for; using it at another one is found
 *   57..20  frame in units of the level's blocks, scrambled; parked: inverted
 *   19..0   attributes, shifted by the level
 *
 * The number of levels follows from the page size: four with 4 KiB pages,
 * three with 16 and 64 KiB.
 */
#ifndef ARCH_PTE_H
#define ARCH_PTE_H

#include <arch/layout.h>
#include <xmem/config.h>
#include <xmem/map.h>
#include <xmem/types.h>

typedef struct {
	uint64_t v;
} xmem_pte_t;

/* Enough for the bits that addresses of a process have. */
#define HOST_VA_BITS	 (sizeof(long) >= 8 ? 47U : 32U)
#define ARCH_PT_BITS	 (PAGE_SHIFT - 3U)
#define ARCH_PT_LEVELS \
	((HOST_VA_BITS - PAGE_SHIFT + ARCH_PT_BITS - 1) / ARCH_PT_BITS)
#define ARCH_PT_TOP_BITS \
	(HOST_VA_BITS - PAGE_SHIFT - (ARCH_PT_LEVELS - 1U) * ARCH_PT_BITS)

/* Boot frames from here on are not in the direct map: no tables there. */
#define XMEM_ARCH_TABLE_LIMIT xmem_host_mapped_end

enum { HOST_PTE_LEAF = 1, HOST_PTE_TABLE = 2, HOST_PTE_OTHER = 3 };

#define HOST_PTE_PARKED	  (1ULL << 61)
#define HOST_PTE_FRAME	  ((1ULL << 38) - 1)
#define HOST_PTE_SCRAMBLE 0x15a5a5a5a5ULL
#define HOST_PTE_NONE	  0xc00000000badcafeULL

extern unsigned int xmem_host_block_levels; /* levels that may have leaves */
extern unsigned long xmem_host_root;	    /* frame of the root table */

/* A wrong entry: panics. */
XMEM_NORETURN void xmem_host_bad_pte(const char *what, uint64_t pte,
				     unsigned int level);
void xmem_host_pt_sync(unsigned long va, unsigned long nr);

static inline unsigned int host_pte_kind(xmem_pte_t e)
{
	return (unsigned int)(e.v >> 62);
}

static inline unsigned int host_pte_level(xmem_pte_t e)
{
	return (unsigned int)(e.v >> 58) & 7U;
}

static inline uint64_t host_pte_frame(unsigned long mfn, unsigned int level)
{
	return ((mfn >> (level * ARCH_PT_BITS)) ^ HOST_PTE_SCRAMBLE) &
	       HOST_PTE_FRAME;
}

/* The entry is one that the functions below made for @level. */
static inline void host_pte_check(xmem_pte_t e, unsigned int level)
{
#ifndef XMEM_HOST_PLAIN
	if (host_pte_kind(e) == 0) {
		xmem_host_bad_pte("never written", e.v, level);
	}
	if (host_pte_kind(e) == HOST_PTE_LEAF && host_pte_level(e) != level) {
		xmem_host_bad_pte("of another level", e.v, level);
	}
#else
	(void)e;
	(void)level;
#endif
}

static inline bool xmem_arch_level_has_leaf(unsigned int level)
{
	return level < xmem_host_block_levels;
}

static inline xmem_pte_t xmem_pte_none(void)
{
	return (xmem_pte_t){HOST_PTE_NONE};
}

static inline xmem_pte_t xmem_pte_leaf(unsigned long mfn, unsigned int flags,
				       unsigned int level)
{
	uint64_t attrs = (uint64_t)(flags & XMEM_MAP_ATTRS_MASK) ^
			 XMEM_MAP_EXEC;

	return (xmem_pte_t){(uint64_t)HOST_PTE_LEAF << 62 |
			    (uint64_t)level << 58 |
			    host_pte_frame(mfn, level) << 20 |
			    attrs << (3 + level)};
}

static inline xmem_pte_t xmem_pte_table(unsigned long mfn)
{
	return (xmem_pte_t){(uint64_t)HOST_PTE_TABLE << 62 |
			    host_pte_frame(mfn, 0) << 20};
}

static inline bool xmem_pte_is_none(xmem_pte_t e)
{
	return e.v == HOST_PTE_NONE;
}

static inline bool xmem_pte_is_leaf(xmem_pte_t e, unsigned int level)
{
	host_pte_check(e, level);
	return host_pte_kind(e) == HOST_PTE_LEAF;
}

static inline bool xmem_pte_is_table(xmem_pte_t e, unsigned int level)
{
	host_pte_check(e, level);
	return host_pte_kind(e) == HOST_PTE_TABLE;
}

static inline bool xmem_pte_is_parked(xmem_pte_t e)
{
	return host_pte_kind(e) == HOST_PTE_OTHER &&
	       (e.v & HOST_PTE_PARKED) != 0;
}

static inline unsigned long xmem_pte_mfn(xmem_pte_t e)
{
	uint64_t frame = (xmem_pte_is_parked(e) ? ~e.v : e.v) >> 20;
	unsigned int level = host_pte_level(e);

	frame = (frame & HOST_PTE_FRAME) ^ HOST_PTE_SCRAMBLE;
	return (unsigned long)frame << (level * ARCH_PT_BITS);
}

static inline unsigned int xmem_pte_flags(xmem_pte_t e, unsigned int level)
{
	host_pte_check(e, level);
	return ((unsigned int)(e.v >> (3 + level)) & XMEM_MAP_ATTRS_MASK) ^
	       XMEM_MAP_EXEC;
}

static inline xmem_pte_t xmem_pte_park(xmem_pte_t e, unsigned int level)
{
	return (xmem_pte_t){(uint64_t)HOST_PTE_OTHER << 62 | HOST_PTE_PARKED |
			    (uint64_t)level << 58 |
			    (~e.v & ((uint64_t)HOST_PTE_FRAME << 20))};
}

static inline xmem_pte_t xmem_pte_read(const xmem_pte_t *p)
{
	return (xmem_pte_t){__atomic_load_n(&p->v, __ATOMIC_ACQUIRE)};
}

static inline void xmem_pte_write(xmem_pte_t *p, xmem_pte_t e)
{
	__atomic_store_n(&p->v, e.v, __ATOMIC_RELEASE);
}

static inline xmem_pte_t *xmem_arch_table(unsigned long table_mfn)
{
	return (xmem_pte_t *)xmem_arch_mfn_to_virt(table_mfn);
}

static inline unsigned long xmem_arch_root(void)
{
	return xmem_host_root;
}

#define XMEM_ARCH_HAS_IS_VA
static inline bool xmem_arch_is_va(unsigned long va)
{
	return (uint64_t)va >> HOST_VA_BITS == 0;
}

static inline void xmem_arch_pt_made(unsigned long va, unsigned long nr,
				     bool tables)
{
	(void)tables;
	xmem_host_pt_sync(va, nr);
}

#define XMEM_ARCH_HAS_CHANGED
static inline void xmem_arch_pt_changed(unsigned long va, unsigned long nr)
{
	xmem_host_pt_sync(va, nr);
}

#endif /* ARCH_PTE_H */
