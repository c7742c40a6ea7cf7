/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pt_leaf.c - commit, park, collect: the entries of a prepared range
 *
 * Model       A range goes through  none -commit-> leaf -park-> parked
 *             -collect-> none. Between park and collect lies the TLB flush:
 *             the entries themselves carry the frames across it, so that
 *             unmapping needs no memory. The range is the caller's from
 *             prepare to collect and its tables stay (I5 in pt.h).
 * Cost        One walk a leaf table, then entry by entry: a read and a write
 *             at most. Holes are passed over table by table.
 * Blocks      commit writes pages only. park and collect take a block in one
 *             step where the range covers it; a block that reaches over an
 *             end cannot be parked (that may need a table) and is a bug of
 *             the caller: it panics rather than unmap a neighbour.
 * Locking     none, also not by the callers: no table is linked or taken out
 *             here, and nobody else writes these entries.
 */
#include "lib/assert.h"
#include "pt/pt.h"
#include "pt/pt_priv.h"

/* Pages of the table of @at (at level 0) or of its one entry, from @page. */
static unsigned long nr_here(const struct xmem_pt_at *at, unsigned long page,
			     unsigned long left)
{
	return xmem_pt_room(page, at->level > 0 ? at->level : 1, left);
}

static void commit_pages(xmem_pte_t *slot, unsigned long mfn, unsigned long nr,
			 unsigned int flags)
{
	for (unsigned long i = 0; i < nr; i++) {
		XMEM_ASSERT(xmem_pte_is_none(xmem_pte_read(&slot[i])));
		xmem_pte_write(&slot[i], xmem_pte_leaf(mfn + i, flags, 0));
	}
}

/* Mapped without access: parked from the start. */
static void commit_parked(xmem_pte_t *slot, unsigned long mfn, unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++) {
		xmem_pte_t leaf = xmem_pte_leaf(mfn + i, XMEM_MAP_READ, 0);

		xmem_pte_write(&slot[i], xmem_pte_park(leaf, 0));
	}
}

void xmem_pt_commit(const struct xmem_pt *pt, const struct xmem_pt_req *req)
{
	unsigned int flags = req->flags & XMEM_MAP_ATTRS_MASK;
	unsigned long page = xmem_pt_page(req->va);
	unsigned long mfn = req->mfn;
	unsigned long left = req->nr;

	while (left > 0) {
		struct xmem_pt_at at = xmem_pt_walk(pt, page, 0);
		unsigned long nr = nr_here(&at, page, left);

		XMEM_PANIC_IF(at.level > 0,
			      "map: commit of %lu pages at %lx: page %lx has "
			      "no table, it was not prepared\n",
			      req->nr, req->va, page);
		if (XMEM_UNLIKELY(!(flags & XMEM_PT_ACCESS))) {
			commit_parked(at.slot, mfn, nr);
		} else {
			commit_pages(at.slot, mfn, nr, flags);
		}
		page += nr;
		mfn += nr;
		left -= nr;
	}
}

/* Return: was one of the entries that serve @nr pages present? */
static bool park_entries(const struct xmem_pt_at *at, unsigned long nr)
{
	unsigned long nr_entries = nr >> (at->level * ARCH_PT_BITS);
	bool present = false;

	for (unsigned long i = 0; i < nr_entries; i++) {
		xmem_pte_t pte = xmem_pte_read(&at->slot[i]);

		if (xmem_pte_is_leaf(pte, at->level)) {
			xmem_pte_write(&at->slot[i],
				       xmem_pte_park(pte, at->level));
			present = true;
		}
	}
	return present;
}

bool xmem_pt_park(const struct xmem_pt *pt, unsigned long va, unsigned long nr)
{
	unsigned long page = xmem_pt_page(va);
	bool present = false;

	while (nr > 0) {
		struct xmem_pt_at at = xmem_pt_walk(pt, page, 0);
		unsigned long here = nr_here(&at, page, nr);

		XMEM_PANIC_IF(at.level > 0 && here < xmem_pt_span(at.level) &&
				      xmem_pte_is_leaf(at.pte, at.level),
			      "map: park at %lx: page %lx is part of a block "
			      "that reaches over the range\n",
			      va, page);
		present |= park_entries(&at, here);
		page += here;
		nr -= here;
	}
	return present;
}

/* Note @nr frames from @mfn. Return: false if there is no room. */
static bool note_run(struct xmem_pt_runs *runs, unsigned long mfn,
		     unsigned long nr)
{
	if (runs->nr > 0) {
		struct xmem_run *last = &runs->run[runs->nr - 1];

		if (last->mfn + last->nr == mfn) {
			last->nr += nr;
			return true;
		}
	}
	if (runs->nr == runs->max) {
		return false;
	}
	runs->run[runs->nr++] = (struct xmem_run){mfn, nr};
	return true;
}

/* Return: pages done, less than @nr if there was no room for a run. */
static unsigned long collect_entries(const struct xmem_pt_at *at,
				     unsigned long nr,
				     struct xmem_pt_runs *runs)
{
	unsigned long span = xmem_pt_span(at->level);
	unsigned long done = 0;

	for (xmem_pte_t *slot = at->slot; nr - done >= span; slot++) {
		xmem_pte_t pte = xmem_pte_read(slot);

		if (xmem_pte_is_parked(pte)) {
			if (!note_run(runs, xmem_pte_mfn(pte), span)) {
				return done;
			}
			xmem_pte_write(slot, xmem_pte_none());
		}
		done += span;
	}
	return nr; /* What is left is part of an entry: nothing of ours. */
}

unsigned long xmem_pt_collect(const struct xmem_pt *pt, unsigned long va,
			      unsigned long nr, struct xmem_pt_runs *runs)
{
	unsigned long page = xmem_pt_page(va);
	unsigned long done = 0;

	while (done < nr) {
		struct xmem_pt_at at = xmem_pt_walk(pt, page, 0);
		unsigned long here = nr_here(&at, page, nr - done);
		unsigned long cleared = collect_entries(&at, here, runs);

		done += cleared;
		page += cleared;
		if (cleared < here) {
			break;
		}
	}
	return done;
}
