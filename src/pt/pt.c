/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pt.c - changes to page tables: prepare, map, change, clear; and lookup
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
 *             split: a new table gets its parts and then replaces it in one
 *             write. Smaller pages in the way of a block are cleared first.
 * Tables out  CLEAR leaves a table behind it when it has passed the table's
 *             last page and began at or before its first: then nothing can
 *             be in it and nobody else uses it (I5). Its entry is cleared
 *             and it goes on the list of tables to free after the flush.
 * Ordering    A table is complete before it is linked (release fence), for
 *             lookups without a lock and for the hardware of other CPUs.
 * Trade-offs  Tables at the ends of a cleared range stay although they may
 *             be empty: at most two a level; looking for other users would
 *             cost a scan and race with their preparation. Blocks are not
 *             put together again after a split, except by mapping anew.
 *             While smaller pages give way to a block, an access to the range
 *             may find nothing for a moment (Arm demands it anyway).
 * Locking     none here: see xenmap.c.
 */
#include "pt/pt.h"

#include "lib/assert.h"
#include "pt/pt_priv.h"

/** A place in the range of a request. */
struct cursor {
	unsigned long first; /* page number where the range begins */
	unsigned long page;  /* page number of the place */
	unsigned long left;  /* pages from there to the end */
};

static struct cursor begin(const struct xmem_pt_req *req)
{
	unsigned long page = xmem_pt_page(req->va);

	return (struct cursor){page, page, req->nr};
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

static void push(struct xmem_pt_stash *stash, unsigned long mfn)
{
	xmem_pte_t link = xmem_pte_none();

	if (stash->nr > 0) {
		link = xmem_pt_parked(stash->head);
	}
	xmem_pte_write(xmem_arch_table(mfn), link);
	stash->head = mfn;
	stash->nr++;
}

void xmem_pt_stash_put(struct xmem_pt_stash *stash, unsigned long mfn)
{
	xmem_pte_t *table = xmem_arch_table(mfn);

	for (unsigned long i = 0; i < XMEM_PT_ENTRIES; i++) {
		xmem_pte_write(&table[i], xmem_pte_none());
	}
	push(stash, mfn);
}

unsigned long xmem_pt_stash_take(struct xmem_pt_stash *stash)
{
	unsigned long mfn = stash->head;
	xmem_pte_t *table = xmem_arch_table(mfn);

	XMEM_ASSERT(stash->nr > 0);
	stash->nr--;
	if (stash->nr > 0) {
		stash->head = xmem_pte_mfn(xmem_pte_read(table));
		xmem_pte_write(table, xmem_pte_none());
	}
	return mfn;
}

void xmem_pt_stash_move(struct xmem_pt_stash *to, struct xmem_pt_stash *from)
{
	push(to, xmem_pt_stash_take(from));
}

struct xmem_pt_at xmem_pt_walk(const struct xmem_pt *pt, unsigned long page,
			       unsigned int floor)
{
	xmem_pte_t *table = xmem_arch_table(pt->root_mfn);
	struct xmem_pt_at at;

	at.level = XMEM_PT_TOP;
	for (;;) {
		at.slot = table + xmem_pt_index(page, at.level);
		at.pte = xmem_pte_read(at.slot);
		if (at.level == floor || !xmem_pte_is_table(at.pte, at.level)) {
			return at;
		}
		table = xmem_arch_table(xmem_pte_mfn(at.pte));
		at.level--;
	}
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
	if (req->kind == XMEM_PT_PREPARE) {
		return 0;
	}
	return req->kind == XMEM_PT_MAP ? block_level(req, c)
					: fitting_level(c, XMEM_PT_TOP);
}

/* Pages that one entry of @level serves; at level 0, one leaf table. */
static unsigned long step_size(const struct cursor *c, unsigned int level)
{
	return xmem_pt_room(c->page, level > 0 ? level : 1, c->left);
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

unsigned long xmem_pt_need(const struct xmem_pt *pt,
			   const struct xmem_pt_req *req)
{
	bool fills = req->kind == XMEM_PT_PREPARE || req->kind == XMEM_PT_MAP;
	struct cursor c = begin(req);
	unsigned long need = 0;

	while (c.left > 0) {
		unsigned int goal = goal_level(req, &c);
		struct xmem_pt_at at = xmem_pt_walk(pt, c.page, goal);

		if (fills || xmem_pte_is_leaf(at.pte, at.level)) {
			need += tables_between(&c, goal, at.level);
			advance(&c, step_size(&c, goal));
		} else {
			advance(&c, step_size(&c, at.level));
		}
	}
	return need;
}

/* Put a table in place of an empty entry or of a block. */
static void grow(const struct xmem_pt_at *at, struct xmem_pt_stash *stash)
{
	unsigned long table_mfn = xmem_pt_stash_take(stash);
	xmem_pte_t *table = xmem_arch_table(table_mfn);

	if (xmem_pte_is_leaf(at->pte, at->level)) {
		unsigned int flags = xmem_pte_flags(at->pte, at->level);
		unsigned long mfn = xmem_pte_mfn(at->pte);

		for (unsigned long i = 0; i < XMEM_PT_ENTRIES; i++) {
			xmem_pte_write(&table[i], xmem_pte_leaf(mfn, flags,
								at->level - 1));
			mfn += xmem_pt_span(at->level - 1);
		}
	}
	__atomic_thread_fence(__ATOMIC_RELEASE);
	xmem_pte_write(at->slot, xmem_pte_table(table_mfn));
}

/* Walk to the entry of @page at @goal, building the tables that lack. */
static struct xmem_pt_at reach(const struct xmem_pt *pt, unsigned long page,
			       unsigned int goal, struct xmem_pt_stash *stash)
{
	struct xmem_pt_at at = xmem_pt_walk(pt, page, goal);

	while (at.level > goal) {
		grow(&at, stash);
		at = xmem_pt_walk(pt, page, goal);
	}
	return at;
}

/* Write one entry. Return: was it present, and is it another now? */
static bool replace(xmem_pte_t *slot, xmem_pte_t new, unsigned int level)
{
	xmem_pte_t old = xmem_pte_read(slot);

	if (old.v == new.v) {
		return false;
	}
	xmem_pte_write(slot, new);
	return xmem_pte_is_leaf(old, level);
}

static void prepare(const struct xmem_pt *pt, struct cursor c,
		    struct xmem_pt_stash *stash)
{
	while (c.left > 0) {
		(void)reach(pt, c.page, 0, stash);
		advance(&c, step_size(&c, 0));
	}
}

/* What becomes of the entry @old of @level under @req: CHANGE or a CLEAR. */
static xmem_pte_t changed_entry(const struct xmem_pt_req *req, xmem_pte_t old,
				unsigned int level)
{
	if (req->kind != XMEM_PT_CHANGE) {
		return xmem_pte_none();
	}
	if (!xmem_pte_is_leaf(old, level)) {
		return old;
	}
	return xmem_pte_leaf(xmem_pte_mfn(old), leaf_flags(req), level);
}

/* Entries from @at on that serve @nr pages, all of one table. */
static bool change_entries(const struct xmem_pt_req *req,
			   const struct xmem_pt_at *at, unsigned long nr)
{
	unsigned long nr_entries = nr >> (at->level * ARCH_PT_BITS);
	bool changed = false;

	for (unsigned long i = 0; i < nr_entries; i++) {
		xmem_pte_t old = xmem_pte_read(&at->slot[i]);

		changed |=
			replace(&at->slot[i],
				changed_entry(req, old, at->level), at->level);
	}
	return changed;
}

/*
 * CLEAR has come to @c: take out the tables that end there and that it
 * covered from their first page on. They are empty now. The lowest level
 * goes first; a table that stays keeps those above it.
 */
static void take_out(const struct xmem_pt *pt, const struct cursor *c,
		     struct xmem_pt_stash *out)
{
	unsigned long done = c->page - c->first;
	unsigned int level = 1;

	while (level < XMEM_PT_TOP && xmem_pt_aligned(c->page, level) &&
	       done >= xmem_pt_span(level)) {
		struct xmem_pt_at at = xmem_pt_walk(pt, c->page - 1, level);

		if (at.level == level && xmem_pte_is_table(at.pte, level)) {
			xmem_pte_write(at.slot, xmem_pte_none());
			push(out, xmem_pte_mfn(at.pte));
		}
		level++;
	}
}

/* CHANGE, CLEAR or EMPTY; the kind decides about entries and tables. */
static bool change(const struct xmem_pt *pt, const struct xmem_pt_req *req,
		   struct xmem_pt_stash *stash, struct xmem_pt_stash *out)
{
	struct cursor c = begin(req);
	bool changed = false;

	while (c.left > 0) {
		struct xmem_pt_at at = xmem_pt_walk(pt, c.page, 0);
		unsigned long nr = step_size(&c, at.level);

		if (at.level > 0 && nr < xmem_pt_span(at.level)) {
			if (xmem_pte_is_leaf(at.pte, at.level)) {
				grow(&at, stash);
				continue;
			}
		} else {
			changed |= change_entries(req, &at, nr);
		}
		advance(&c, nr);
		if (req->kind == XMEM_PT_CLEAR) {
			take_out(pt, &c, out);
		}
	}
	return changed;
}

/* One block of @level where @req has its place @c, whatever is there. */
static bool map_block(const struct xmem_pt *pt, const struct xmem_pt_req *req,
		      unsigned int level, struct xmem_pt_stash *stash,
		      struct xmem_pt_stash *out)
{
	struct xmem_pt_at at = xmem_pt_walk(pt, xmem_pt_page(req->va), level);
	bool changed = false;

	if (xmem_pte_is_table(at.pte, level)) {
		changed = change(pt, req, stash, out);
		at.pte = xmem_pte_read(at.slot);
	}
	changed |=
		replace(at.slot,
			xmem_pte_leaf(req->mfn, leaf_flags(req), level), level);
	if (xmem_pte_is_table(at.pte, level)) {
		push(out, xmem_pte_mfn(at.pte)); /* It was in the root. */
	}
	return changed;
}

/* @nr pages at @at, all of one leaf table. */
static bool map_pages(const struct xmem_pt_req *req,
		      const struct xmem_pt_at *at, unsigned long mfn,
		      unsigned long nr)
{
	unsigned int flags = leaf_flags(req);
	bool changed = false;

	for (unsigned long i = 0; i < nr; i++) {
		changed |= replace(&at->slot[i],
				   xmem_pte_leaf(mfn + i, flags, 0), 0);
	}
	return changed;
}

static bool map(const struct xmem_pt *pt, const struct xmem_pt_req *req,
		struct xmem_pt_stash *stash, struct xmem_pt_stash *out)
{
	struct cursor c = begin(req);
	bool changed = false;

	while (c.left > 0) {
		unsigned int level = block_level(req, &c);
		unsigned long nr = step_size(&c, level);
		struct xmem_pt_at at = reach(pt, c.page, level, stash);
		struct xmem_pt_req block = {XMEM_PT_CLEAR, req->flags,
					    c.page << PAGE_SHIFT, nr,
					    frame_at(req, &c)};

		if (level == 0) {
			changed |= map_pages(req, &at, block.mfn, nr);
		} else {
			changed |= map_block(pt, &block, level, stash, out);
		}
		advance(&c, nr);
	}
	return changed;
}

bool xmem_pt_apply(const struct xmem_pt *pt, const struct xmem_pt_req *req,
		   struct xmem_pt_stash *stash, struct xmem_pt_stash *out)
{
	XMEM_ASSERT(stash->nr >= xmem_pt_need(pt, req));
	if (req->kind == XMEM_PT_PREPARE) {
		prepare(pt, begin(req), stash);
		return false;
	}
	return req->kind == XMEM_PT_MAP ? map(pt, req, stash, out)
					: change(pt, req, stash, out);
}

bool xmem_pt_lookup(const struct xmem_pt *pt, unsigned long va,
		    struct xmem_pt_found *found)
{
	unsigned long page = xmem_pt_page(va);
	struct xmem_pt_at at = xmem_pt_walk(pt, page, 0);

	if (!xmem_pte_is_leaf(at.pte, at.level)) {
		return false;
	}
	found->mfn =
		xmem_pte_mfn(at.pte) + (page & (xmem_pt_span(at.level) - 1));
	found->flags = xmem_pte_flags(at.pte, at.level);
	found->order = at.level * ARCH_PT_BITS;
	return true;
}
