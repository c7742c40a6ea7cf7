/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pt_priv.h - page numbers, slots and the walk itself; inside src/pt only
 *
 *	pt.c	     requests: change a range, count the tables it needs
 *	pt_leaf.c    change the entries of a prepared range, without a lock
 *	pt_tables.c  tables: the stash, linking and taking out
 *	pt_break.c   replace present entries; groups with the hint
 *	pt_walk.c    read: from the root down to an entry
 *
 * Each calls only those below it; pt_check.c calls the last one.
 */
#ifndef PT_PT_PRIV_H
#define PT_PT_PRIV_H

#include "lib/stretch.h"
#include "pt/pt.h"

#define XMEM_PT_TOP	    (ARCH_PT_LEVELS - 1U)
#define XMEM_PT_ENTRIES	    (1UL << ARCH_PT_BITS)
#define XMEM_PT_TOP_ENTRIES (1UL << ARCH_PT_TOP_BITS)

_Static_assert(ARCH_PT_MAX_LEVELS >= 2, "the walk expects two levels or more");
_Static_assert(ARCH_PT_TOP_BITS >= 1 && ARCH_PT_TOP_BITS <= ARCH_PT_BITS,
	       "the root is a table, perhaps a short one");
_Static_assert(sizeof(long) * 8 > (ARCH_PT_MAX_LEVELS - 1) * ARCH_PT_BITS +
					  ARCH_PT_TOP_BITS,
	       "the pages of a space must be countable");
_Static_assert(sizeof(xmem_pte_t) << ARCH_PT_BITS <= PAGE_SIZE,
	       "a table must fit in a page");
_Static_assert(ARCH_PT_CONT_BITS <= ARCH_PT_BITS,
	       "a group with the hint must lie in one table");
_Static_assert((XMEM_STRETCH & (XMEM_STRETCH - 1)) == 0 &&
		       XMEM_STRETCH >= XMEM_PT_GROUP,
	       "a stretch must not end inside a group");

/** Number of the page that holds @va. */
static inline unsigned long xmem_pt_page(unsigned long va)
{
	return va >> PAGE_SHIFT;
}

/** Pages of one entry at @level. */
static inline unsigned long xmem_pt_entry_pages(unsigned int level)
{
	return 1UL << (level * ARCH_PT_BITS);
}

/** Is page number or frame @x a multiple of the block of @level? */
static inline bool xmem_pt_aligned(unsigned long x, unsigned int level)
{
	return (x & (xmem_pt_entry_pages(level) - 1)) == 0;
}

/** Pages from @page to the end of its entry at @level, at most @left. */
static inline unsigned long xmem_pt_room(unsigned long page, unsigned int level,
					 unsigned long left)
{
	unsigned long span = xmem_pt_entry_pages(level);
	unsigned long room = span - (page & (span - 1));

	return room < left ? room : left;
}

/** Index of @page in its table of @level. */
static inline unsigned long xmem_pt_index(unsigned long page,
					  unsigned int level)
{
	unsigned long nr =
		level == XMEM_PT_TOP ? XMEM_PT_TOP_ENTRIES : XMEM_PT_ENTRIES;

	return (page >> (level * ARCH_PT_BITS)) & (nr - 1);
}

/** @leaf, with the hint if @cont. It is of level 0, and maps @page, a page
 *  number or a frame: both have the same index in a group. */
static inline xmem_pte_t xmem_pt_hint(xmem_pte_t leaf, bool cont,
				      unsigned long page)
{
	return cont ? xmem_pte_set_cont(leaf, true, xmem_pt_in_group(page))
		    : leaf;
}

/** The parked entry of level 0 for frame @mfn. */
static inline xmem_pte_t xmem_pt_parked(unsigned long mfn)
{
	return xmem_pte_park(xmem_pte_leaf(mfn, XMEM_MAP_READ, 0), 0);
}

/** The leaf table of @page, or NULL if there is none. The walk of
 *  xmem_pt_walk(), inline and shorter. */
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

/* ---- pt_tables.c ---- */

/** Walk to the entry of @page at level @goal; link tables of @stash where some
 *  lack. */
struct xmem_pt_at xmem_pt_reach(const struct xmem_pt *pt, unsigned long page,
				unsigned int goal, struct xmem_pt_stash *stash);

/** Replace the entry @at, which is none, parked or a block, by a table. */
void xmem_pt_grow(const struct xmem_pt_at *at, unsigned long page,
		  struct xmem_pt_stash *stash);

/**
 * The @nr pages before @end have been cleared: take out the tables that serve
 * only these pages and end with them. They are empty.
 */
void xmem_pt_take_out(const struct xmem_pt *pt, unsigned long end,
		      unsigned long nr, struct xmem_pt_stash *out);

/* ---- pt_break.c ---- */

/** Consecutive entries of one table, and the leaves to write there. */
struct xmem_pt_row {
	xmem_pte_t *slot;
	unsigned long page; /* the first page that they serve */
	unsigned long nr;   /* number of entries; above level 0 it is 1 */
	unsigned long mfn;  /* the first frame; XMEM_NO_MFN: all entries are
			     * leaves and keep their frames */
	unsigned int flags;
	unsigned int level;
	bool cont; /* write the hint: the entries are whole groups */
};

/**
 * Write the entries of @row that differ, with break-before-make if needed.
 * Return: was a leaf changed?
 */
bool xmem_pt_write_row(const struct xmem_pt_row *row);

/** Write the table entry @new over @at, the entry of @page: a block, or an
 *  entry that is not present. */
void xmem_pt_replace_block(const struct xmem_pt_at *at, unsigned long page,
			   xmem_pte_t new);

/** Take the hint from the groups that reach beyond [@page, @page + @nr). */
void xmem_pt_loosen_ends(xmem_pte_t *slot, unsigned long page,
			 unsigned long nr);

/**
 * Before the entries from @slot on, which serve @nr pages from @page on in one
 * leaf table, change: take the hint from groups that reach beyond them (I6).
 */
static inline void xmem_pt_loosen(xmem_pte_t *slot, unsigned long page,
				  unsigned long nr)
{
	if (XMEM_PT_GROUP > 1 && ((page | nr) & (XMEM_PT_GROUP - 1)) != 0) {
		xmem_pt_loosen_ends(slot, page, nr);
	}
}

/** Pages that all get the hint, or all do not. */
struct xmem_pt_piece {
	unsigned long nr;
	bool cont;
};

/**
 * The first piece of [@page, @page + @left) in one leaf table, to be mapped to
 * frames from @mfn on: as many whole groups as there are, or the pages before
 * the next whole group.
 */
static inline struct xmem_pt_piece xmem_pt_piece(unsigned long page,
						 unsigned long mfn,
						 unsigned long left,
						 unsigned int flags)
{
	unsigned long mask = XMEM_PT_GROUP - 1;
	unsigned long head = -page & mask;

	if (mask == 0 || (flags & MAP_SMALL_PAGES) != 0 ||
	    ((page ^ mfn) & mask) != 0 || left < head + XMEM_PT_GROUP) {
		return (struct xmem_pt_piece){left, false};
	}
	return head > 0 ? (struct xmem_pt_piece){head, false}
			: (struct xmem_pt_piece){left & ~mask, true};
}

#endif /* PT_PT_PRIV_H */
