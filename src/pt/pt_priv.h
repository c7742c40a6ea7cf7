/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pt_priv.h - page numbers, slots and the walk itself; inside src/pt only
 *
 *	pt.c	     ranges: what a request does where, and the tables it needs
 *	pt_leaf.c    the entries of a prepared range, without a lock
 *	pt_tables.c  tables: the stash, going into use and out of it
 *	pt_break.c   entries: replacing present ones, groups with the hint
 *	pt_walk.c    reading: from the root down to an entry
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
	unsigned long nr =
		level == XMEM_PT_TOP ? XMEM_PT_TOP_ENTRIES : XMEM_PT_ENTRIES;

	return (page >> (level * ARCH_PT_BITS)) & (nr - 1);
}

/** Leaf @leaf of @page (or frame), at level 0, with the hint if @cont. */
static inline xmem_pte_t xmem_pt_hint(xmem_pte_t leaf, bool cont,
				      unsigned long page)
{
	return cont ? xmem_pte_set_cont(leaf, true, xmem_pt_in_group(page))
		    : leaf;
}

/** The parked entry of one page. */
static inline xmem_pte_t xmem_pt_parked(unsigned long mfn)
{
	return xmem_pte_park(xmem_pte_leaf(mfn, XMEM_MAP_READ, 0), 0);
}

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

/* ---- pt_tables.c ---- */

/** Walk to the entry of @page at @goal, building the tables that lack. */
struct xmem_pt_at xmem_pt_reach(const struct xmem_pt *pt, unsigned long page,
				unsigned int goal, struct xmem_pt_stash *stash);

/** Put a table in place of the empty entry @at or of the block there. */
void xmem_pt_grow(const struct xmem_pt_at *at, unsigned long page,
		  struct xmem_pt_stash *stash);

/**
 * The @nr pages before @end are cleared: take out the tables that end there
 * and begin among them. They are empty now.
 */
void xmem_pt_take_out(const struct xmem_pt *pt, unsigned long end,
		      unsigned long nr, struct xmem_pt_stash *out);

/** Put table @mfn, whose entries are of @level, and all tables below it on
 *  @out; nothing leads to it any more, on no CPU. */
void xmem_pt_take_apart(unsigned long mfn, unsigned int level,
			struct xmem_pt_stash *out);

/* ---- pt_break.c ---- */

/** Entries in a row of one table, and what they become: leaves. */
struct xmem_pt_row {
	xmem_pte_t *slot;
	unsigned long page; /* the first that they serve */
	unsigned long nr;   /* entries; above level 0 one */
	unsigned long mfn;  /* the first frame; XMEM_NO_MFN: all are leaves
			     * and keep the frames they have */
	unsigned int flags;
	unsigned int level;
	bool cont; /* with the hint: whole groups */
};

/**
 * Write the entries of @row, as far as they differ, by break-before-make if
 * they must. Return: was a leaf changed?
 */
bool xmem_pt_write_row(const struct xmem_pt_row *row);

/** Write table @new over what is at @at, nothing or a block around @page. */
void xmem_pt_replace_block(const struct xmem_pt_at *at, unsigned long page,
			   xmem_pte_t new);

/** Take the hint from the groups of which [@page, @page + @nr) is a part. */
void xmem_pt_loosen_ends(xmem_pte_t *slot, unsigned long page,
			 unsigned long nr);

/**
 * Before some of the entries from @slot on, of @nr pages from @page on in one
 * leaf table, change: no group with the hint reaches over the ends (I6).
 */
static inline void xmem_pt_loosen(xmem_pte_t *slot, unsigned long page,
				  unsigned long nr)
{
	if (XMEM_PT_GROUP > 1 && ((page | nr) & (XMEM_PT_GROUP - 1)) != 0) {
		xmem_pt_loosen_ends(slot, page, nr);
	}
}

/** Some pages that get the hint alike. */
struct xmem_pt_piece {
	unsigned long nr;
	bool cont;
};

/**
 * The first pages of [@page, @page + @left), mapped to frames from @mfn on,
 * in one leaf table: whole groups, or those up to the next whole group.
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
