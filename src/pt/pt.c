/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pt.c - changes to page tables: prepare, map, change, clear
 *
 * Model       A cursor runs over the range of a request by count. At each
 *             place a walk goes from the root down to the entry that decides
 *             there, and one step handles that entry, or, at level 0, all
 *             entries of the range in that leaf table. So the cost is one
 *             walk a leaf table, not one a page.
 * Need        The same cursor without writing: a place where the walk ends
 *             above the level it has to reach lacks one table for each level
 *             between. A table is counted at the first place of the range
 *             that it serves, so exactly once.
 * Blocks      MAP takes the highest level to which address, frame and count
 *             left are aligned. A block in the way of something smaller is
 *             split: a new table gets its parts and then replaces it. Smaller
 *             pages in the way of a block go all at once when the block
 *             replaces their table. A CPU may have that table in a cache and
 *             walk it until the TLB is flushed, so it is taken apart after
 *             that: the request stops there, the caller flushes, and goes on
 *             (xmem_pt_go_on()).
 * Parts       A request stops, too, when it has written XMEM_STRETCH entries,
 *             so that whoever holds a lock can drop it. Tables that the next
 *             part needs at its first place were built before it or begin
 *             there, so the parts need as many as the whole.
 * Groups      MAP gives the contiguous hint to whole groups of pages; before
 *             a request changes a part of one, it is loosened.
 * Replacing   Where the architecture demands it, what is present gives way by
 *             break-before-make: pt_break.c.
 * Tables out  CLEAR leaves a table behind it when it has passed the table's
 *             last page and began at or before its first: then nothing can
 *             be in it and nobody else uses it (I5). Its entry is cleared
 *             and it goes on the list of tables to free after the flush.
 * Trade-offs  Tables at the ends of a cleared range stay although they may
 *             be empty: at most two a level; looking for other users would
 *             cost a scan and race with their preparation. Blocks are not
 *             put together again after a split, nor are groups, except by
 *             mapping anew. Where entries must be broken, an access to the
 *             range, to the block or group around it too, may find nothing
 *             for a moment.
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
	unsigned long spent; /* entries that this part has come past */
};

static struct cursor begin(const struct xmem_pt_req *req)
{
	unsigned long page = xmem_pt_page(req->va);

	return (struct cursor){page, page + req->done, req->nr - req->done, 0};
}

/* May @nr entries more belong to this part? If so, they do. */
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

/* Highest level, at most @top, to which the place and what is left fit. */
static unsigned int fitting_level(const struct cursor *c, unsigned int top)
{
	unsigned int level = top;

	while (level > 0 && (!xmem_pt_aligned(c->page, level) ||
			     c->left < xmem_pt_span(level))) {
		level--;
	}
	return level;
}

/* Level at which MAP puts an entry at the place @c. */
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

/* Level down to which tables must reach at the place @c. */
static unsigned int goal_level(const struct xmem_pt_req *req,
			       const struct cursor *c)
{
	if (req->kind <= XMEM_PT_LINK) {
		return req->kind == XMEM_PT_LINK ? XMEM_PT_TOP - 1 : 0;
	}
	return req->kind == XMEM_PT_MAP ? block_level(req, c)
					: fitting_level(c, XMEM_PT_TOP);
}

/* Pages that one entry of @level serves; at level 0, one leaf table. */
static unsigned long step_size(const struct cursor *c, unsigned int level)
{
	return xmem_pt_room(c->page, level > 0 ? level : 1, c->left);
}

/* The same, but no more at level 0 than belong into a part. *@cost: entries. */
static unsigned long part_size(const struct cursor *c, unsigned int level,
			       unsigned long *cost)
{
	unsigned long nr = step_size(c, level);

	if (level == 0) {
		nr = xmem_stretch(c->page, nr);
	}
	*cost = level == 0 ? nr : 1;
	return nr;
}

/* Tables between the entries of @goal and @level that start serving here. */
static unsigned long tables_between(const struct cursor *c, unsigned int goal,
				    unsigned int level)
{
	unsigned long nr = 0;

	for (; level > goal; level--) {
		nr += c->page == c->first || xmem_pt_aligned(c->page, level);
	}
	return nr;
}

unsigned long xmem_pt_need_part(const struct xmem_pt *pt,
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
		need += xmem_pt_need_part(pt, &left);
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

/* How many entries are leaves like the first, with the hint or without? They
 * are broken as one; where nothing is broken each may go by itself. */
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

/* New flags for what is mapped by the entries of @row; holes stay. */
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

/* CHANGE, CLEAR or EMPTY of the entries from @at on that serve @nr pages from
 * @page on, wholly: one entry, or pages of one leaf table. */
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

/* CHANGE, CLEAR or EMPTY; the kind decides about entries and tables. */
static bool change(const struct xmem_pt *pt, const struct xmem_pt_req *req,
		   struct xmem_pt_stash *stash, struct xmem_pt_rest *rest)
{
	struct cursor c = begin(req);
	bool changed = false;

	while (c.left > 0) {
		struct xmem_pt_at at = xmem_pt_walk(pt, c.page, 0);
		unsigned long cost;
		unsigned long nr = part_size(&c, at.level, &cost);

		if (!spend(&c, cost)) {
			break;
		}
		if (at.level > 0 && nr < xmem_pt_span(at.level)) {
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

/* @nr pages of one leaf table, from @row on. */
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

/* One block, whatever was there: @at. */
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

static bool map(const struct xmem_pt *pt, const struct xmem_pt_req *req,
		struct xmem_pt_stash *stash, struct xmem_pt_rest *rest)
{
	struct cursor c = begin(req);
	bool changed = false;

	while (c.left > 0 && !rest->has_tree) {
		unsigned int level = block_level(req, &c);
		unsigned long cost;
		unsigned long nr = part_size(&c, level, &cost);
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

bool xmem_pt_go_on(struct xmem_pt_req *req, struct xmem_pt_rest *rest)
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
