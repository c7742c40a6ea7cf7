/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pt_break.c - replacing present entries: break-before-make, loosened groups
 *
 * Model       A CPU may hold the old entry in its TLB while it reads the new
 *             one, and some CPUs must never see two that disagree in frame,
 *             type or size. There an entry goes
 *                 old -> not present, all CPUs flushed -> new
 *             and whether it must, the architecture says (pt_arch.h). Entries
 *             that are not present before or after need none of it: the flush
 *             comes with the operation.
 * Rows        One break serves a row of a leaf table: park those that change,
 *             flush once, write the new. Parked entries keep their frames, so
 *             a row can keep them too. Either all entries of a group with the
 *             hint are parked or none, as all agree on what must break; so no
 *             CPU sees a group with the hint beside entries that are not its.
 * Loosening   Before a part of a group changes, the group is written again
 *             without the hint, frames and flags kept: a row, like any other.
 * Reach       Between begin and end nothing is touched but the entries, by
 *             the address that begin returned, and the stack: the range may
 *             hold the table, the stash, and all other data.
 * Trade-offs  A row that must break anywhere is flushed as a whole, and its
 *             pages miss for as long as it takes to write one leaf table. A
 *             part of a group that changes frame is broken twice.
 * Locking     none here: entries are the caller's, as pt_leaf.c says.
 */
#include "pt/pt.h"
#include "pt/pt_priv.h"

/* What entry @i of @row becomes, where @old is now: a leaf, or its parked form,
 * if frames are kept. */
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

/* Not present, but a frame that is to be kept is still there. */
static xmem_pte_t broken(xmem_pte_t old, unsigned int level, unsigned long page)
{
	return xmem_pte_is_leaf(old, level)
		       ? xmem_pte_park(xmem_pt_strip(old, page), level)
		       : xmem_pte_none();
}

/* Break what will change. Return: where to write. */
static xmem_pte_t *break_row(const struct xmem_pt_row *row)
{
	unsigned long nr_pages = row->nr << (row->level * ARCH_PT_BITS);
	unsigned long va = row->page << PAGE_SHIFT;
	xmem_pte_t *slot = xmem_arch_break_begin(row->slot, va, nr_pages);

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
	bool breaks = row_must_break(row);
	xmem_pte_t *slot = breaks ? break_row(row) : row->slot;
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
		xmem_arch_break_end();
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

	if (breaks) {
		slot = xmem_arch_break_begin(slot, va, nr);
		xmem_pte_write(slot, xmem_pte_none());
		xmem_arch_break_flush(va, nr);
	}
	xmem_pte_write(slot, new);
	if (breaks) {
		xmem_arch_break_end();
	}
}

/* The group of @slot, the entry of @page, if it has the hint. */
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
		return; /* Never called, so let it be no code. */
	}
	if ((page & (XMEM_PT_GROUP - 1)) != 0) {
		loosen_group(slot, page);
	}
	if ((end & (XMEM_PT_GROUP - 1)) != 0) {
		loosen_group(slot + nr - 1, end - 1);
	}
}
