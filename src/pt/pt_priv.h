/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pt_priv.h - page numbers, slots and the walk itself; inside src/pt only
 */
#ifndef PT_PT_PRIV_H
#define PT_PT_PRIV_H

#include "pt/pt.h"

#define XMEM_PT_TOP	(ARCH_PT_LEVELS - 1U)
#define XMEM_PT_ENTRIES (1UL << ARCH_PT_BITS)

#ifndef ARCH_PT_MAX_LEVELS
#define ARCH_PT_MAX_LEVELS ARCH_PT_LEVELS
#endif

_Static_assert(ARCH_PT_MAX_LEVELS >= 2, "the walk expects two levels or more");
_Static_assert(sizeof(long) * 8 > ARCH_PT_MAX_LEVELS * ARCH_PT_BITS,
	       "the pages of a space must be countable");
_Static_assert(sizeof(xmem_pte_t) << ARCH_PT_BITS <= PAGE_SIZE,
	       "a table must fit in a page");

/** Where a walk ended: the entry, what it holds, its level. */
struct xmem_pt_at {
	xmem_pte_t *slot;
	xmem_pte_t pte;
	unsigned int level;
};

/** Number of the page that holds @va. */
static inline unsigned long xmem_pt_page(unsigned long va)
{
	return va >> PAGE_SHIFT;
}

/** Pages of one entry at @level. */
static inline unsigned long xmem_pt_span(unsigned int level)
{
	return 1UL << (level * ARCH_PT_BITS);
}

/** Is page number or frame @x a multiple of the block of @level? */
static inline bool xmem_pt_aligned(unsigned long x, unsigned int level)
{
	return (x & (xmem_pt_span(level) - 1)) == 0;
}

/** Pages from @page to the end of its entry at @level, at most @left. */
static inline unsigned long xmem_pt_room(unsigned long page, unsigned int level,
					 unsigned long left)
{
	unsigned long span = xmem_pt_span(level);
	unsigned long room = span - (page & (span - 1));

	return room < left ? room : left;
}

/** Index of @page in its table of @level. */
static inline unsigned long xmem_pt_index(unsigned long page,
					  unsigned int level)
{
	return (page >> (level * ARCH_PT_BITS)) & (XMEM_PT_ENTRIES - 1);
}

/** The parked entry of one page. */
static inline xmem_pte_t xmem_pt_parked(unsigned long mfn)
{
	return xmem_pte_park(xmem_pte_leaf(mfn, XMEM_MAP_READ, 0), 0);
}

/**
 * Go down from the root to the entry of @page at level @floor, or to the
 * entry above it where there is no further table.
 */
struct xmem_pt_at xmem_pt_walk(const struct xmem_pt *pt, unsigned long page,
			       unsigned int floor);

/** The leaf table of @page, or NULL: the same walk, for the usual case. */
static inline xmem_pte_t *xmem_pt_leaf_table(const struct xmem_pt *pt,
					     unsigned long page)
{
	xmem_pte_t *table = xmem_arch_table(pt->root_mfn);

	for (unsigned int level = XMEM_PT_TOP; level > 0; level--) {
		xmem_pte_t pte =
			xmem_pte_read(table + xmem_pt_index(page, level));

		if (!xmem_pte_is_table(pte, level)) {
			return NULL;
		}
		table = xmem_arch_table(xmem_pte_mfn(pte));
	}
	return table;
}

#endif /* PT_PT_PRIV_H */
