/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pt_walk.c - from the root down to an entry
 *
 * What every other file of page tables stands on. It reads one entry a level
 * and writes nothing. Where the walk ends, the entry is not a table or is of
 * the level that was asked for; so it exists always, in the root if nowhere
 * else.
 *
 * Locking	none here: a walk meets only tables that are complete
 *		(pt_tables.c), but the caller sees to it that none of them is
 *		taken out meanwhile.
 */
#include "pt/pt.h"

#include "pt/pt_priv.h"

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

bool xmem_pt_lookup(const struct xmem_pt *pt, unsigned long va,
		    struct xmem_pt_found *found)
{
	unsigned long page = xmem_pt_page(va);
	struct xmem_pt_at at = xmem_pt_walk(pt, page, 0);

	if (!xmem_pte_is_leaf(at.pte, at.level)) {
		return false;
	}
	found->mfn = xmem_pte_mfn(xmem_pt_strip(at.pte, page)) +
		     (page & (xmem_pt_span(at.level) - 1));
	found->flags = xmem_pte_flags(at.pte, at.level);
	found->order = at.level * ARCH_PT_BITS;
	found->cont = xmem_pte_is_cont(at.pte);
	return true;
}
