/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pt_leaf.c - commit, park, collect: the entries of a prepared range
 *
 * Model       The entries of a range go through  none -commit-> leaf -park->
 *             parked -collect-> none. Between park and collect the caller
 *             flushes the TLB. Parked entries remember their frames
 *             meanwhile, so that unmapping needs no memory. The range is the
 *             caller's from prepare to collect, and its tables stay (I5 in
 *             pt.h).
 * Cost        One walk a leaf table; then at most a read and a write an
 *             entry. Holes are skipped table by table.
 * Blocks      commit writes pages only. park and collect handle a block that
 *             lies in the range in one step. A block that reaches beyond the
 *             range cannot be parked, as splitting it may need a table: that
 *             is a bug of the caller, and park panics rather than unmap a
 *             neighbour.
 * Groups      commit gives the contiguous hint to whole groups of pages. park
 *             takes it from groups that reach beyond the range: all of such a
 *             group was committed in one go, so it is the caller's, too.
 * Locking     none, nor do callers hold one: no table is linked or taken out
 *             here, and nobody else writes these entries.
 */
#include "lib/assert.h"
#include "lib/attr.h"
#include "pt/pt.h"
#include "pt/pt_priv.h"

/** The entries of one table that serve the first pages of a range. */
struct entries {
	xmem_pte_t *slot;
	unsigned int level; /* 0: one entry a page; else one entry in all */
	unsigned long nr;   /* pages of the range that they serve */
};

/* There is no leaf table: a hole or a block. */
static struct entries entries_above(const struct xmem_pt *pt,
				    unsigned long page, unsigned long left)
{
	struct xmem_pt_at at = xmem_pt_walk(pt, page, 1);

	return (struct entries){at.slot, at.level,
				xmem_pt_room(page, at.level, left)};
}

static inline struct entries entries_at(const struct xmem_pt *pt,
					unsigned long page, unsigned long left)
{
	xmem_pte_t *table = xmem_pt_leaf_table(pt, page);

	if (XMEM_UNLIKELY(table == NULL)) {
		return entries_above(pt, page, left);
	}
	return (struct entries){table + xmem_pt_index(page, 0), 0,
				xmem_pt_room(page, 1, left)};
}

/* Entries that lie wholly in the range. */
static unsigned long nr_whole(const struct entries *e)
{
	return e->nr >> (e->level * ARCH_PT_BITS);
}

bool xmem_pt_ready(const struct xmem_pt *pt, unsigned long va, unsigned long nr)
{
	unsigned long page = xmem_pt_page(va);

	while (nr > 0) {
		struct entries e = entries_at(pt, page, nr);

		if (e.level > 0) {
			return false;
		}
		page += e.nr;
		nr -= e.nr;
	}
	return true;
}

static inline void commit_pages(xmem_pte_t *slot, unsigned long mfn,
				unsigned long nr, unsigned int flags, bool cont)
{
	for (; nr > 0; nr--, slot++, mfn++) {
		xmem_pte_t leaf = xmem_pte_leaf(mfn, flags, 0);

		XMEM_ASSERT(xmem_pte_is_none(xmem_pte_read(slot)));
		xmem_pte_write(slot, xmem_pt_hint(leaf, cont, mfn));
	}
}

/*
 * Map @nr pages from @page on, all of one leaf table. Whole groups get the
 * hint entry by entry: nothing was mapped there, so no CPU knows an older
 * entry of the group.
 */
static void commit_row(xmem_pte_t *slot, unsigned long page, unsigned long mfn,
		       unsigned long nr, unsigned int flags)
{
	while (nr > 0) {
		struct xmem_pt_piece piece =
			xmem_pt_piece(page, mfn, nr, flags);

		commit_pages(slot, mfn, piece.nr, flags & XMEM_MAP_ATTRS_MASK,
			     piece.cont);
		slot += piece.nr;
		page += piece.nr;
		mfn += piece.nr;
		nr -= piece.nr;
	}
}

/* Map without access: the entries are parked at once. */
static void commit_parked(xmem_pte_t *slot, unsigned long mfn, unsigned long nr)
{
	for (; nr > 0; nr--, slot++, mfn++) {
		xmem_pte_write(slot, xmem_pt_parked(mfn));
	}
}

void xmem_pt_commit(const struct xmem_pt *pt, const struct xmem_pt_req *req)
{
	unsigned long page = xmem_pt_page(req->va);
	unsigned long mfn = req->mfn;
	unsigned long left = req->nr;

	while (left > 0) {
		struct entries e = entries_at(pt, page, left);

		XMEM_PANIC_IF(e.level > 0,
			      "map: commit of %lu pages at %lx: page %lx has "
			      "no table, it was not prepared\n",
			      req->nr, req->va, page);
		if (XMEM_UNLIKELY(!(req->flags & XMEM_PT_ACCESS))) {
			commit_parked(e.slot, mfn, e.nr);
		} else {
			commit_row(e.slot, page, mfn, e.nr, req->flags);
		}
		page += e.nr;
		mfn += e.nr;
		left -= e.nr;
	}
}

static inline void park_entries(xmem_pte_t *slot, unsigned long page,
				unsigned long nr, unsigned int level)
{
	for (; nr > 0; nr--, slot++, page++) {
		xmem_pte_t pte = xmem_pte_read(slot);

		if (xmem_pte_is_leaf(pte, level)) {
			pte = xmem_pt_strip(pte, page);
			xmem_pte_write(slot, xmem_pte_park(pte, level));
		}
	}
}

/* Park one block, or skip a hole; @page is its first page in the range. */
static void park_block(const struct entries *e, unsigned long page)
{
	XMEM_PANIC_IF(
		nr_whole(e) == 0 &&
			xmem_pte_is_leaf(xmem_pte_read(e->slot), e->level),
		"map: park: page %lx is part of a block that reaches "
		"over the range\n",
		page);
	park_entries(e->slot, page, nr_whole(e), e->level);
}

static void park_pages(const struct entries *e, unsigned long page)
{
	xmem_pt_loosen(e->slot, page, e->nr);
	park_entries(e->slot, page, e->nr, 0);
}

void xmem_pt_park(const struct xmem_pt *pt, unsigned long va, unsigned long nr)
{
	unsigned long page = xmem_pt_page(va);

	while (nr > 0) {
		struct entries e = entries_at(pt, page, nr);

		if (e.level > 0) {
			park_block(&e, page);
		} else {
			park_pages(&e, page);
		}
		page += e.nr;
		nr -= e.nr;
	}
}

/* The last run, if frame @mfn continues it, or a new one; NULL if there is no
 * room. */
static struct xmem_run *open_run(struct xmem_pt_runs *runs, unsigned long mfn)
{
	struct xmem_run *run = &runs->run[runs->nr];

	if (runs->nr > 0 && run[-1].mfn + run[-1].nr == mfn) {
		return &run[-1];
	}
	if (runs->nr == runs->max) {
		return NULL;
	}
	runs->nr++;
	*run = (struct xmem_run){mfn, 0};
	return run;
}

/* Clear entries from @slot on as long as they are parked and their frames
 * follow each other from @mfn on. Return: entries cleared. */
static unsigned long clear_row(xmem_pte_t *slot, unsigned long max,
			       unsigned long mfn)
{
	unsigned long nr;

	for (nr = 0; nr < max; nr++, slot++, mfn++) {
		if (xmem_pte_read(slot).v != xmem_pt_parked(mfn).v) {
			break;
		}
		xmem_pte_write(slot, xmem_pte_none());
	}
	return nr;
}

/*
 * Clear a parked block, or parked pages from @slot on whose frames follow each
 * other from @mfn on. Return: entries cleared, 0 if there was no room for a
 * run.
 */
static unsigned long collect_run(xmem_pte_t *slot, unsigned long mfn,
				 unsigned long max, unsigned int level,
				 struct xmem_pt_runs *runs)
{
	struct xmem_run *run = open_run(runs, mfn);
	unsigned long nr = 1;

	if (run == NULL) {
		return 0;
	}
	if (level > 0) {
		xmem_pte_write(slot, xmem_pte_none());
	} else {
		nr = clear_row(slot, max, mfn);
	}
	run->nr += nr << (level * ARCH_PT_BITS);
	return nr;
}

/* Collect @e. Return: pages done; fewer than there are if @runs is
 * full. */
static unsigned long collect_entries(const struct entries *e,
				     struct xmem_pt_runs *runs)
{
	unsigned long max = nr_whole(e);
	unsigned long done = 0;

	while (done < max) {
		xmem_pte_t *slot = &e->slot[done];
		xmem_pte_t pte = xmem_pte_read(slot);
		unsigned long cleared = 1;

		if (xmem_pte_is_parked(pte)) {
			cleared = collect_run(slot, xmem_pte_mfn(pte),
					      max - done, e->level, runs);
		}
		if (cleared == 0) {
			return done << (e->level * ARCH_PT_BITS);
		}
		done += cleared;
	}
	return e->nr; /* A block that reaches beyond the range is skipped. */
}

unsigned long xmem_pt_collect(const struct xmem_pt *pt, unsigned long va,
			      unsigned long nr, struct xmem_pt_runs *runs)
{
	unsigned long page = xmem_pt_page(va);
	unsigned long done = 0;

	while (done < nr) {
		struct entries e = entries_at(pt, page + done, nr - done);
		unsigned long cleared = collect_entries(&e, runs);

		done += cleared;
		if (cleared < e.nr) {
			break;
		}
	}
	return done;
}
