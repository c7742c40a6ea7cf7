/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pt_tables.c - tables: the stash, their way into use and out of it
 *
 * In          grow() puts a table in place of an empty entry or of a block,
 *             whose parts it holds then, with the contiguous hint where they
 *             are pages: a block is aligned, so are its groups. A table is
 *             complete before it is linked (release fence), for lookups
 *             without a lock and for the hardware of other CPUs.
 * Out         One that became empty (I5 decides which): it waits on a list
 *             until the TLB is flushed. Or a whole tree whose place a block
 *             has taken: taken apart when nothing leads to it any more and
 *             the TLB was flushed, as CPUs keep entries that lead to tables,
 *             too, so no entry that is in use goes away for a moment, not
 *             even if the tables lie in the range that they map.
 * Stash       Linked through the first entries, which are parked ones, so
 *             that hardware that still walks a table sees nothing.
 * Locking     none here: see map.c.
 */
#include "lib/assert.h"
#include "pt/pt.h"
#include "pt/pt_priv.h"

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
	xmem_pte_t *table;

	XMEM_ASSERT(stash->nr > 0);
	table = xmem_arch_table(mfn);
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

/* The parts of the block @at fill @table. */
static void fill_with_parts(xmem_pte_t *table, const struct xmem_pt_at *at)
{
	unsigned int flags = xmem_pte_flags(at->pte, at->level);
	unsigned long mfn = xmem_pte_mfn(at->pte);
	unsigned int level = at->level - 1;
	bool cont = XMEM_PT_GROUP > 1 && level == 0;

	for (unsigned long i = 0; i < XMEM_PT_ENTRIES; i++) {
		xmem_pte_t part = xmem_pte_leaf(mfn, flags, level);

		xmem_pte_write(&table[i], xmem_pt_hint(part, cont, i));
		mfn += xmem_pt_span(level);
	}
}

void xmem_pt_grow(const struct xmem_pt_at *at, unsigned long page,
		  struct xmem_pt_stash *stash)
{
	unsigned long mfn = xmem_pt_stash_take(stash);

	if (xmem_pte_is_leaf(at->pte, at->level)) {
		fill_with_parts(xmem_arch_table(mfn), at);
	}
	__atomic_thread_fence(__ATOMIC_RELEASE);
	xmem_pt_replace_block(at, page, xmem_pte_table(mfn));
}

struct xmem_pt_at xmem_pt_reach(const struct xmem_pt *pt, unsigned long page,
				unsigned int goal, struct xmem_pt_stash *stash)
{
	struct xmem_pt_at at = xmem_pt_walk(pt, page, goal);

	while (at.level > goal) {
		xmem_pt_grow(&at, page, stash);
		at = xmem_pt_walk(pt, page, goal);
	}
	return at;
}

/* The lowest level goes first; a table that stays keeps those above it. */
void xmem_pt_take_out(const struct xmem_pt *pt, unsigned long end,
		      unsigned long nr, struct xmem_pt_stash *out)
{
	unsigned int level = 1;

	while (level < XMEM_PT_TOP && xmem_pt_aligned(end, level) &&
	       nr >= xmem_pt_span(level)) {
		struct xmem_pt_at at = xmem_pt_walk(pt, end - 1, level);

		if (at.level == level && xmem_pte_is_table(at.pte, level)) {
			xmem_pte_write(at.slot, xmem_pte_none());
			push(out, xmem_pte_mfn(at.pte));
		}
		level++;
	}
}

/* Calls itself for the level below: as deep as there are levels. */
void xmem_pt_take_apart(unsigned long mfn, unsigned int level,
			struct xmem_pt_stash *out)
{
	const xmem_pte_t *table = xmem_arch_table(mfn);

	for (unsigned long i = 0; i < XMEM_PT_ENTRIES; i++) {
		xmem_pte_t pte = xmem_pte_read(&table[i]);

		if (xmem_pte_is_table(pte, level)) {
			xmem_pt_take_apart(xmem_pte_mfn(pte), level - 1, out);
		}
	}
	xmem_pt_stash_put(out, mfn);
}

bool xmem_pt_dismantle(struct xmem_pt_rest *rest)
{
	const xmem_pte_t *table;

	if (!rest->has_tree) {
		return false;
	}
	table = xmem_arch_table(rest->tree);
	while (rest->at < XMEM_PT_ENTRIES) {
		xmem_pte_t pte = xmem_pte_read(&table[rest->at++]);

		if (xmem_pte_is_table(pte, rest->level)) {
			xmem_pt_take_apart(xmem_pte_mfn(pte), rest->level - 1,
					   &rest->out);
			return true;
		}
	}
	xmem_pt_stash_put(&rest->out, rest->tree);
	rest->has_tree = false;
	return false;
}
