/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pt_check.c - validator of page tables
 *
 * Walks the whole space by page number and checks every entry once: it is
 * exactly one of the four kinds; a block is aligned and at a level that may
 * have one (I1); nothing is writable and executable (I3); at level 0 it agrees
 * with the first entry of its group (I6). A table is counted at its first page,
 * so one that is linked twice counts twice, and the number differs from what
 * the owner of the stashes has counted (I2, I4 in pt.h).
 */
#include "pt/pt.h"
#include "pt/pt_priv.h"

static unsigned int nr_kinds(xmem_pte_t pte, unsigned int level)
{
	return (unsigned int)xmem_pte_is_none(pte) +
	       (unsigned int)xmem_pte_is_parked(pte) +
	       (unsigned int)xmem_pte_is_leaf(pte, level) +
	       (unsigned int)xmem_pte_is_table(pte, level);
}

static const char *check_leaf(xmem_pte_t pte, unsigned int level)
{
	unsigned int flags = xmem_pte_flags(pte, level);

	if (!xmem_arch_level_has_leaf(level)) {
		return "pt: a block at a level that cannot have one";
	}
	if (level > 0 && xmem_pte_is_cont(pte)) {
		return "pt: a block has the hint";
	}
	if (level > 0 && !xmem_pt_aligned(xmem_pte_mfn(pte), level)) {
		return "pt: a block of frames is not aligned to its size";
	}
	if ((flags & XMEM_MAP_WRITE) && (flags & XMEM_MAP_EXEC)) {
		return "pt: a mapping is writable and executable";
	}
	return NULL;
}

static bool has_hint(xmem_pte_t pte)
{
	return xmem_pte_is_leaf(pte, 0) && xmem_pte_is_cont(pte);
}

/* Does the entry of @page at level 0 agree with the first of its group? */
static const char *check_group(const xmem_pte_t *slot, unsigned long page)
{
	unsigned long i = xmem_pt_in_group(page);
	unsigned long mfn;
	xmem_pte_t first = xmem_pte_read(slot - i);
	xmem_pte_t pte = xmem_pte_read(slot);

	if (has_hint(pte) != has_hint(first)) {
		return "pt: the hint is on a part of a group only";
	}
	if (!has_hint(pte)) {
		return NULL;
	}
	if (xmem_pte_flags(pte, 0) != xmem_pte_flags(first, 0)) {
		return "pt: a group with the hint has different flags";
	}
	mfn = xmem_pte_mfn(xmem_pt_strip(first, page - i));
	if (xmem_pte_mfn(xmem_pt_strip(pte, page)) != mfn + i ||
	    xmem_pt_in_group(mfn) != 0) {
		return "pt: frames of a group with the hint are not a block";
	}
	return NULL;
}

static const char *check_entry(xmem_pte_t pte, unsigned int level)
{
	if (nr_kinds(pte, level) != 1) {
		return "pt: an entry is not exactly one of none, parked, leaf "
		       "and table";
	}
	if (xmem_pte_is_parked(pte) &&
	    !xmem_pt_aligned(xmem_pte_mfn(pte), level)) {
		return "pt: a parked block is not aligned to its size";
	}
	return xmem_pte_is_leaf(pte, level) ? check_leaf(pte, level) : NULL;
}

/* Tables above @level, without the root, whose first page is @page. */
static unsigned long tables_at(unsigned long page, unsigned int level)
{
	unsigned long nr = 0;

	while (level < XMEM_PT_TOP && xmem_pt_aligned(page, level + 1)) {
		level++;
		nr++;
	}
	return nr;
}

const char *xmem_pt_check(const struct xmem_pt *pt, unsigned long *nr_tables)
{
	unsigned long left = xmem_pt_entry_pages(XMEM_PT_TOP)
			     << ARCH_PT_TOP_BITS;
	const char *broken = NULL;
	unsigned long page = 0;

	*nr_tables = 1;
	while (left > 0 && broken == NULL) {
		struct xmem_pt_at at = xmem_pt_walk(pt, page, 0);
		unsigned long nr = xmem_pt_room(page, at.level, left);

		broken = check_entry(at.pte, at.level);
		if (XMEM_PT_GROUP > 1 && at.level == 0 && broken == NULL) {
			broken = check_group(at.slot, page);
		}
		*nr_tables += tables_at(page, at.level);
		page += nr;
		left -= nr;
	}
	return broken;
}
