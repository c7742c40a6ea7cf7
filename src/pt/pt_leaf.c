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
 * Groups      commit gives the contiguous hint to whole groups of pages, park
 *             loosens those that it covers in part: all of such a group was
 *             committed in one go, so it is the caller's, too.
 * Locking     none, also not by the callers: no table is linked or taken out
 *             here, and nobody else writes these entries.
 */
#include "lib/assert.h"
#include "lib/attr.h"
#include "pt/pt.h"
#include "pt/pt_priv.h"

/** What serves the begin of a range: some entries of one table. */
struct part {
	xmem_pte_t *slot;
	unsigned int level; /* 0: one entry a page; else one entry in all */
	unsigned long nr;   /* pages of the range */
};

/* No leaf table there: a hole or a block. */
static struct part part_above(const struct xmem_pt *pt, unsigned long page,
			      unsigned long left)
{
	struct xmem_pt_at at = xmem_pt_walk(pt, page, 1);

	return (struct part){at.slot, at.level,
			     xmem_pt_room(page, at.level, left)};
}

static inline struct part part_at(const struct xmem_pt *pt, unsigned long page,
				  unsigned long left)
{
	xmem_pte_t *table = xmem_pt_leaf_table(pt, page);

	if (XMEM_UNLIKELY(table == NULL)) {
		return part_above(pt, page, left);
	}
	return (struct part){table + xmem_pt_index(page, 0), 0,
			     xmem_pt_room(page, 1, left)};
}

/* Entries of @part that the range covers wholly. */
static unsigned long nr_whole(const struct part *part)
{
	return part->nr >> (part->level * ARCH_PT_BITS);
}

bool xmem_pt_ready(const struct xmem_pt *pt, unsigned long va, unsigned long nr)
{
	unsigned long page = xmem_pt_page(va);

	while (nr > 0) {
		struct part part = part_at(pt, page, nr);

		if (part.level > 0) {
			return false;
		}
		page += part.nr;
		nr -= part.nr;
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

/* @nr pages from @page on, all of one leaf table; whole groups get the hint:
 * nothing was mapped there, so no CPU can know a group half-way. */
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

/* Mapped without access: parked from the start. */
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
		struct part part = part_at(pt, page, left);

		XMEM_PANIC_IF(part.level > 0,
			      "map: commit of %lu pages at %lx: page %lx has "
			      "no table, it was not prepared\n",
			      req->nr, req->va, page);
		if (XMEM_UNLIKELY(!(req->flags & XMEM_PT_ACCESS))) {
			commit_parked(part.slot, mfn, part.nr);
		} else {
			commit_row(part.slot, page, mfn, part.nr, req->flags);
		}
		page += part.nr;
		mfn += part.nr;
		left -= part.nr;
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

/* A block, or a hole; @page is its first page in the range. */
static void park_block(const struct part *part, unsigned long page)
{
	XMEM_PANIC_IF(nr_whole(part) == 0 &&
			      xmem_pte_is_leaf(xmem_pte_read(part->slot),
					       part->level),
		      "map: park: page %lx is part of a block that reaches "
		      "over the range\n",
		      page);
	park_entries(part->slot, page, nr_whole(part), part->level);
}

static void park_pages(const struct part *part, unsigned long page)
{
	xmem_pt_loosen(part->slot, page, part->nr);
	park_entries(part->slot, page, part->nr, 0);
}

void xmem_pt_park(const struct xmem_pt *pt, unsigned long va, unsigned long nr)
{
	unsigned long page = xmem_pt_page(va);

	while (nr > 0) {
		struct part part = part_at(pt, page, nr);

		if (part.level > 0) {
			park_block(&part, page);
		} else {
			park_pages(&part, page);
		}
		page += part.nr;
		nr -= part.nr;
	}
}

/* The run that frame @mfn continues, or a new one; NULL if there is no room. */
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

/* Clear pages from @slot on as long as frames from @mfn on follow. */
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
 * A parked block, or pages from @slot on with frames in a row; @mfn is the
 * first. Return: entries cleared, 0 if there was no room for the run.
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

/* Return: pages done, all unless there was no room for a run. */
static unsigned long collect_part(const struct part *part,
				  struct xmem_pt_runs *runs)
{
	unsigned long max = nr_whole(part);
	unsigned long done = 0;

	while (done < max) {
		xmem_pte_t *slot = &part->slot[done];
		xmem_pte_t pte = xmem_pte_read(slot);
		unsigned long cleared = 1;

		if (xmem_pte_is_parked(pte)) {
			cleared = collect_run(slot, xmem_pte_mfn(pte),
					      max - done, part->level, runs);
		}
		if (cleared == 0) {
			return done << (part->level * ARCH_PT_BITS);
		}
		done += cleared;
	}
	return part->nr; /* A part of an entry is nothing of ours. */
}

unsigned long xmem_pt_collect(const struct xmem_pt *pt, unsigned long va,
			      unsigned long nr, struct xmem_pt_runs *runs)
{
	unsigned long page = xmem_pt_page(va);
	unsigned long done = 0;

	while (done < nr) {
		struct part part = part_at(pt, page + done, nr - done);
		unsigned long cleared = collect_part(&part, runs);

		done += cleared;
		if (cleared < part.nr) {
			break;
		}
	}
	return done;
}
