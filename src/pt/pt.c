/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pt.c - changes to page tables: prepare, map, change, clear
 *
 * Model       A cursor runs over the pages of a request. From its page a walk
 *             goes from the root down to the entry that decides there, and
 *             one step handles that entry or, at level 0, all entries of the
 *             range in that leaf table. So the cost is one walk a leaf
 *             table, not one a page.
 * Need        The same cursor counts tables without writing: where the walk
 *             ends above the level it has to reach, one table lacks for each
 *             level between. A table is counted at the first page of the
 *             range that it serves, so exactly once.
 * Blocks      MAP uses the highest level to which address, frame and number
 *             of pages left are aligned. Where something smaller must go
 *             inside a block, the block is split: a new table is filled with
 *             its pieces and then replaces it. Where a block must go over a
 *             table, it replaces the table's entry in one write. Until the TLB
 *             is flushed CPUs may still walk that table, so the stretch ends
 *             there: the caller flushes the TLB, then takes the tables apart
 *             (xmem_pt_end_stretch()).
 * Stretches   A stretch also ends when it has written XMEM_STRETCH entries, so
 *             that the caller can drop its lock. A table that the next stretch
 *             needs at its first page either exists by then or begins there,
 *             so the stretches need as many tables as the whole.
 * Groups      MAP gives the contiguous hint to whole groups of pages. Before
 *             a request changes a part of a group, it takes the hint from all
 *             of it.
 * Replacing   Where the architecture demands it, a present entry is replaced
 *             by break-before-make: pt_break.c.
 * Tables out  CLEAR takes a table out when it has cleared the last page of it
 *             and the request began at or before its first page: then the
 *             table is empty and nobody else uses it (I5). Its entry is
 *             cleared, and the caller frees it after the flush.
 * Trade-offs  Tables at the ends of a cleared range stay although they may
 *             be empty: at most two a level. To look for other users would
 *             cost a scan and race with their preparation. Blocks and groups
 *             that were split are not merged again, except by mapping anew.
 *             Where break-before-make is used, an access to the range, or to
 *             the block or group around it, may fault for a moment.
 * Locking     none here: see map.c.
 */
#include "pt/pt.h"

#include "lib/assert.h"
#include "pt/pt_priv.h"

/** A place in the range of a request. */
struct cursor {
	unsigned long first; /* page number where the range begins */
	unsigned long page;  /* page number of the place */
	unsigned long left;  /* pages from there to the end */
	unsigned long spent; /* entries that this stretch has handled */
};

static struct cursor begin(const struct xmem_pt_req *req)
{
	unsigned long page = xmem_pt_page(req->va);

	return (struct cursor){page, page + req->done, req->nr - req->done, 0};
}

/* Add @nr entries to this stretch. Return: false if they are too many. */
static bool spend(struct cursor *c, unsigned long nr)
{
	if (c->spent > 0 && c->spent + nr > XMEM_STRETCH) {
		return false;
	}
	c->spent += nr;
	return true;
}

static void advance(struct cursor *c, unsigned long nr)
{
	c->page += nr;
	c->left -= nr;
}

/* Frame that @req maps at the place @c. */
static unsigned long frame_at(const struct xmem_pt_req *req,
			      const struct cursor *c)
{
	return req->mfn + (c->page - c->first);
}

/* The attributes alone. */
static unsigned int leaf_flags(const struct xmem_pt_req *req)
{
	return req->flags & XMEM_MAP_ATTRS_MASK;
}

/* The highest level, at most @top, of which an entry begins at @c and ends
 * within the range. */
static unsigned int fitting_level(const struct cursor *c, unsigned int top)
{
	unsigned int level = top;

	while (level > 0 && (!xmem_pt_aligned(c->page, level) ||
			     c->left < xmem_pt_entry_pages(level))) {
		level--;
	}
	return level;
}

/* The level at which MAP writes an entry at @c. */
static unsigned int block_level(const struct xmem_pt_req *req,
				const struct cursor *c)
{
	unsigned int level = 0;

	if (!(req->flags & MAP_SMALL_PAGES)) {
		level = fitting_level(c, XMEM_PT_TOP);
	}
	while (level > 0 && (!xmem_arch_level_has_leaf(level) ||
			     !xmem_pt_aligned(frame_at(req, c), level))) {
		level--;
	}
	return level;
}

/* The level down to which tables must exist at @c. */
static unsigned int goal_level(const struct xmem_pt_req *req,
			       const struct cursor *c)
{
	if (req->kind <= XMEM_PT_LINK) {
		return req->kind == XMEM_PT_LINK ? XMEM_PT_TOP - 1 : 0;
	}
	return req->kind == XMEM_PT_MAP ? block_level(req, c)
					: fitting_level(c, XMEM_PT_TOP);
}

/* Pages from @c to the end of its entry of @level, or, at level 0, to the end
 * of its leaf table. */
static unsigned long step_size(const struct cursor *c, unsigned int level)
{
	return xmem_pt_room(c->page, level > 0 ? level : 1, c->left);
}

/* The same, but at level 0 at most one stretch. *@cost: entries. */
static unsigned long stretch_size(const struct cursor *c, unsigned int level,
				  unsigned long *cost)
{
	unsigned long nr = step_size(c, level);

	if (level == 0) {
		nr = xmem_stretch(c->page, nr);
	}
	*cost = level == 0 ? nr : 1;
	return nr;
}

/* Tables that lack between @level and @goal and first serve the page at @c. */
static unsigned long tables_between(const struct cursor *c, unsigned int goal,
				    unsigned int level)
{
	unsigned long nr = 0;

	for (; level > goal; level--) {
		nr += c->page == c->first || xmem_pt_aligned(c->page, level);
	}
	return nr;
}

unsigned long xmem_pt_need_stretch(const struct xmem_pt *pt,
				   struct xmem_pt_req *req)
{
	bool fills = req->kind <= XMEM_PT_MAP;
	struct cursor c = begin(req);
	unsigned long need = 0;

	while (c.left > 0 && spend(&c, 1)) {
		unsigned int goal = goal_level(req, &c);
		struct xmem_pt_at at = xmem_pt_walk(pt, c.page, goal);

		if (fills || xmem_pte_is_leaf(at.pte, at.level)) {
			need += tables_between(&c, goal, at.level);
			advance(&c, step_size(&c, goal));
		} else {
			advance(&c, step_size(&c, at.level));
		}
	}
	req->done = req->nr - c.left;
	return need;
}

unsigned long xmem_pt_need(const struct xmem_pt *pt,
			   const struct xmem_pt_req *req)
{
	struct xmem_pt_req left = *req;
	unsigned long need = 0;

	while (left.done < left.nr) {
		need += xmem_pt_need_stretch(pt, &left);
	}
	return need;
}

/* PREPARE or LINK. Return: pages left. */
static unsigned long prepare(const struct xmem_pt *pt,
			     const struct xmem_pt_req *req,
			     struct xmem_pt_stash *stash)
{
	struct cursor c = begin(req);
	unsigned int goal = goal_level(req, &c);

	while (c.left > 0 && spend(&c, 1)) {
		(void)xmem_pt_reach(pt, c.page, goal, stash);
		advance(&c, xmem_pt_room(c.page, goal + 1, c.left));
	}
	return c.left;
}

/* The number of leaves from @slot on that agree about the hint: they can be
 * broken together. Without break-before-make it is 1. */
static unsigned long nr_alike(const xmem_pte_t *slot, unsigned long max,
			      unsigned int level)
{
	bool cont = xmem_pte_is_cont(xmem_pte_read(slot));
	unsigned long nr = 1;

	for (; XMEM_PT_BREAKS && nr < max; nr++) {
		xmem_pte_t pte = xmem_pte_read(&slot[nr]);

		if (!xmem_pte_is_leaf(pte, level) ||
		    xmem_pte_is_cont(pte) != cont) {
			break;
		}
	}
	return nr;
}

/* Write new flags to the leaves among the entries of @row; holes stay. */
static bool change_leaves(struct xmem_pt_row *row)
{
	unsigned long left = row->nr;
	bool changed = false;

	while (left > 0) {
		xmem_pte_t pte = xmem_pte_read(row->slot);

		row->nr = 1;
		if (xmem_pte_is_leaf(pte, row->level)) {
			row->nr = nr_alike(row->slot, left, row->level);
			row->cont = xmem_pte_is_cont(pte);
			changed |= xmem_pt_write_row(row);
		}
		row->slot += row->nr;
		row->page += row->nr;
		left -= row->nr;
	}
	return changed;
}

static bool clear_entries(xmem_pte_t *slot, unsigned long nr,
			  unsigned int level)
{
	bool changed = false;

	for (; nr > 0; nr--, slot++) {
		xmem_pte_t old = xmem_pte_read(slot);

		if (!xmem_pte_is_none(old)) {
			changed |= xmem_pte_is_leaf(old, level);
			xmem_pte_write(slot, xmem_pte_none());
		}
	}
	return changed;
}

/* CHANGE, CLEAR or EMPTY of the entries from @at on, which serve exactly the
 * @nr pages from @page on: one entry, or some entries of one leaf table. */
static bool change_entries(const struct xmem_pt_req *req,
			   const struct xmem_pt_at *at, unsigned long page,
			   unsigned long nr)
{
	struct xmem_pt_row row = {
		.slot = at->slot,
		.page = page,
		.nr = nr >> (at->level * ARCH_PT_BITS),
		.mfn = XMEM_NO_MFN,
		.flags = leaf_flags(req),
		.level = at->level,
	};

	if (at->level == 0) {
		xmem_pt_loosen(at->slot, page, nr);
	}
	return req->kind == XMEM_PT_CHANGE
		       ? change_leaves(&row)
		       : clear_entries(row.slot, row.nr, row.level);
}

/* CHANGE, CLEAR or EMPTY: one stretch. Return: did a present entry change? */
static bool change(const struct xmem_pt *pt, const struct xmem_pt_req *req,
		   struct xmem_pt_stash *stash, struct xmem_pt_rest *rest)
{
	struct cursor c = begin(req);
	bool changed = false;

	while (c.left > 0) {
		struct xmem_pt_at at = xmem_pt_walk(pt, c.page, 0);
		unsigned long cost;
		unsigned long nr = stretch_size(&c, at.level, &cost);

		if (!spend(&c, cost)) {
			break;
		}
		if (at.level > 0 && nr < xmem_pt_entry_pages(at.level)) {
			if (xmem_pte_is_leaf(at.pte, at.level)) {
				xmem_pt_grow(&at, c.page, stash);
				continue;
			}
		} else {
			changed |= change_entries(req, &at, c.page, nr);
		}
		advance(&c, nr);
		if (req->kind == XMEM_PT_CLEAR) {
			xmem_pt_take_out(pt, c.page, c.page - c.first,
					 &rest->out);
		}
	}
	rest->nr = c.left;
	return changed;
}

/* Map @nr pages of one leaf table, from @row on. */
static bool map_pages(struct xmem_pt_row *row, unsigned long nr,
		      unsigned int flags)
{
	bool changed = false;

	xmem_pt_loosen(row->slot, row->page, nr);
	while (nr > 0) {
		struct xmem_pt_piece piece =
			xmem_pt_piece(row->page, row->mfn, nr, flags);

		row->nr = piece.nr;
		row->cont = piece.cont;
		changed |= xmem_pt_write_row(row);
		row->slot += row->nr;
		row->page += row->nr;
		row->mfn += row->nr;
		nr -= row->nr;
	}
	return changed;
}

/* Map one block over what was there, @at. If that is a table, note it in @rest
 * to be taken apart. */
static bool map_block(const struct xmem_pt_row *row,
		      const struct xmem_pt_at *at, struct xmem_pt_rest *rest)
{
	bool changed = xmem_pt_write_row(row);

	if (!xmem_pte_is_table(at->pte, at->level)) {
		return changed;
	}
	rest->has_tree = true;
	rest->at = 0;
	rest->tree = xmem_pte_mfn(at->pte);
	rest->level = at->level - 1;
	return true;
}

/* MAP: one stretch. Return: did a present entry change? */
static bool map(const struct xmem_pt *pt, const struct xmem_pt_req *req,
		struct xmem_pt_stash *stash, struct xmem_pt_rest *rest)
{
	struct cursor c = begin(req);
	bool changed = false;

	while (c.left > 0 && !rest->has_tree) {
		unsigned int level = block_level(req, &c);
		unsigned long cost;
		unsigned long nr = stretch_size(&c, level, &cost);
		struct xmem_pt_row row = {
			.page = c.page,
			.nr = 1,
			.mfn = frame_at(req, &c),
			.flags = leaf_flags(req),
			.level = level,
		};
		struct xmem_pt_at at;

		if (!spend(&c, cost)) {
			break;
		}
		at = xmem_pt_reach(pt, c.page, level, stash);
		row.slot = at.slot;
		changed |= level > 0 ? map_block(&row, &at, rest)
				     : map_pages(&row, nr, req->flags);
		advance(&c, nr);
	}
	rest->nr = c.left;
	return changed;
}

bool xmem_pt_end_stretch(struct xmem_pt_req *req, struct xmem_pt_rest *rest)
{
	bool more;

	do {
		more = xmem_pt_dismantle(rest);
	} while (more);
	req->done = req->nr - rest->nr;
	return rest->nr > 0;
}

bool xmem_pt_apply(const struct xmem_pt *pt, const struct xmem_pt_req *req,
		   struct xmem_pt_stash *stash, struct xmem_pt_rest *rest)
{
	if (req->kind <= XMEM_PT_LINK) {
		rest->nr = prepare(pt, req, stash);
		return false;
	}
	return req->kind == XMEM_PT_MAP ? map(pt, req, stash, rest)
					: change(pt, req, stash, rest);
}
