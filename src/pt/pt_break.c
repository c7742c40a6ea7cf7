/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pt_break.c - replace present entries: break-before-make, groups
 *
 * Model       A CPU may hold the old entry in its TLB while it reads the new
 *             one, and some CPUs must never see two that disagree in frame,
 *             type or size. For these an entry goes
 *                 old -> not present, flushed on all CPUs -> new
 *             The architecture says when that is needed (pt_arch.h). It never
 *             is where the old or the new entry is not present: then the
 *             flush at the end of the operation suffices.
 * Rows        One break serves a row of entries of a table: park those that
 *             change, flush once, write the new ones. Parked entries remember
 *             their frames, so a row may also keep its frames. The
 *             architecture gives the same answer for all entries of a group
 *             with the hint, so all of them are parked or none; so no CPU
 *             sees a part of such a group beside entries of another kind.
 * Loosening   Before a part of a group changes, the whole group is written
 *             without the hint, as a row that keeps frames and flags.
 * Reach       Between begin and end this code touches nothing but the stack
 *             and the entries, at the address that begin returned: the table,
 *             the stash and any other data may lie in the broken range.
 * Trade-offs  If one entry of a row must break, all of the row is flushed,
 *             and its pages may fault while one leaf table is written. A part
 *             of a group that changes frame is broken twice.
 * Locking     none here: entries are the caller's, as pt_leaf.c says.
 */
#include "pt/pt.h"
#include "pt/pt_priv.h"

/* The new entry @i of @row. @old: what is there now; where frames are kept it
 * is a leaf or its parked form. */
static xmem_pte_t new_entry(const struct xmem_pt_row *row, xmem_pte_t old,
			    unsigned long i)
{
	unsigned long mfn = row->mfn + i;
	xmem_pte_t new;

	if (row->mfn == XMEM_NO_MFN) {
		mfn = xmem_pte_mfn(xmem_pt_strip(old, row->page + i));
	}
	new = xmem_pte_leaf(mfn, row->flags, row->level);
	return xmem_pt_hint(new, row->cont, row->page + i);
}

static bool is_present(xmem_pte_t pte, unsigned int level)
{
	return xmem_pte_is_leaf(pte, level) || xmem_pte_is_table(pte, level);
}

/* Must @old, the entry of @page, be broken before @new is written there? */
static bool must_break(xmem_pte_t old, xmem_pte_t new, unsigned int level,
		       unsigned long page)
{
	unsigned long index = xmem_pt_in_group(page);

	return is_present(old, level) &&
	       new.v != old.v &&xmem_pte_must_break(old, new, level, index);
}

static bool row_must_break(const struct xmem_pt_row *row)
{
	for (unsigned long i = 0; XMEM_PT_BREAKS && i < row->nr; i++) {
		xmem_pte_t old = xmem_pte_read(&row->slot[i]);

		if (must_break(old, new_entry(row, old, i), row->level,
			       row->page + i)) {
			return true;
		}
	}
	return false;
}

/* What to write while @old is broken: not present; a leaf is parked, so that
 * its frame can be kept. */
static xmem_pte_t broken(xmem_pte_t old, unsigned int level, unsigned long page)
{
	return xmem_pte_is_leaf(old, level)
		       ? xmem_pte_park(xmem_pt_strip(old, page), level)
		       : xmem_pte_none();
}

/* Break the entries of @row that will change. Return: where to write them. */
static xmem_pte_t *break_row(const struct xmem_pt_row *row,
			     struct xmem_arch_break *brk)
{
	unsigned long nr_pages = row->nr << (row->level * ARCH_PT_BITS);
	unsigned long va = row->page << PAGE_SHIFT;
	xmem_pte_t *slot = xmem_arch_break_begin(brk, row->slot, va, nr_pages);

	for (unsigned long i = 0; i < row->nr; i++) {
		xmem_pte_t old = xmem_pte_read(&slot[i]);

		if (is_present(old, row->level) &&
		    old.v != new_entry(row, old, i).v) {
			xmem_pte_write(&slot[i],
				       broken(old, row->level, row->page + i));
		}
	}
	xmem_arch_break_flush(va, nr_pages);
	return slot;
}

bool xmem_pt_write_row(const struct xmem_pt_row *row)
{
	struct xmem_arch_break brk;
	bool breaks = row_must_break(row);
	xmem_pte_t *slot = breaks ? break_row(row, &brk) : row->slot;
	bool changed = breaks;

	for (unsigned long i = 0; i < row->nr; i++) {
		xmem_pte_t old = xmem_pte_read(&slot[i]);
		xmem_pte_t new = new_entry(row, old, i);

		if (old.v != new.v) {
			changed |= xmem_pte_is_leaf(old, row->level);
			xmem_pte_write(&slot[i], new);
		}
	}
	if (breaks) {
		xmem_arch_break_end(&brk);
	}
	return changed;
}

void xmem_pt_replace_block(const struct xmem_pt_at *at, unsigned long page,
			   xmem_pte_t new)
{
	unsigned long nr = xmem_pt_entry_pages(at->level);
	unsigned long va = (page & ~(nr - 1)) << PAGE_SHIFT;
	xmem_pte_t *slot = at->slot;
	bool breaks = XMEM_PT_BREAKS && must_break(at->pte, new, at->level, 0);
	struct xmem_arch_break brk;

	if (breaks) {
		slot = xmem_arch_break_begin(&brk, slot, va, nr);
		xmem_pte_write(slot, xmem_pte_none());
		xmem_arch_break_flush(va, nr);
	}
	xmem_pte_write(slot, new);
	if (breaks) {
		xmem_arch_break_end(&brk);
	}
}

/* Take the hint from the group of @slot, the entry of @page, if it has it. */
static void loosen_group(xmem_pte_t *slot, unsigned long page)
{
	unsigned long i = xmem_pt_in_group(page);
	xmem_pte_t pte = xmem_pte_read(slot);

	if (xmem_pte_is_leaf(pte, 0) && xmem_pte_is_cont(pte)) {
		struct xmem_pt_row row = {
			.slot = slot - i,
			.page = page - i,
			.nr = XMEM_PT_GROUP,
			.mfn = XMEM_NO_MFN,
			.flags = xmem_pte_flags(pte, 0),
		};

		(void)xmem_pt_write_row(&row);
	}
}

void xmem_pt_loosen_ends(xmem_pte_t *slot, unsigned long page, unsigned long nr)
{
	unsigned long end = page + nr;

	if (XMEM_PT_GROUP == 1) {
		return; /* Never called: let the compiler drop the rest. */
	}
	if ((page & (XMEM_PT_GROUP - 1)) != 0) {
		loosen_group(slot, page);
	}
	if ((end & (XMEM_PT_GROUP - 1)) != 0) {
		loosen_group(slot + nr - 1, end - 1);
	}
}
