/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tables.c - memory for page tables: allocate, keep a few, give back
 *
 * Source     Tables are boot frames while the boot allocator is in charge, and
 *            pages of xmem_meta_take() later. Either way no lock is held.
 * Spare      A request keeps the tables it has allocated until it is done, so
 *            that no other CPU can make it allocate again. Of those it does
 *            not use, and of those it took out of use, XMEM_SPARE_TABLES at
 *            most are kept for the next request. Before the heap is up
 *            nobody would take them back, so all are kept.
 * Locking    (T) xmem_tables.lock guards the spare tables here, and the links,
 *            tables and blocks of the space in map.c. It is one lock, because
 *            a request counts the tables it needs and takes spare ones in the
 *            same lock hold. It is a leaf.
 */
#include "map/tables.h"

#include <xmem/boot.h>
#include <xmem/debug.h>
#include <xmem/frames.h>

#include "lib/attr.h"

struct xmem_tables xmem_tables;

XMEM_COLD static void set_up(void)
{
	if (xmem_once_begins(&xmem_tables.is_set_up)) {
		xmem_port_lock_init(&xmem_tables.lock);
		xmem_once_ends(&xmem_tables.is_set_up);
	}
}

XMEM_LOCKS(T)
void xmem_tables_lock(void)
{
	if (XMEM_UNLIKELY(!xmem_once_is_done(&xmem_tables.is_set_up))) {
		set_up();
	}
	xmem_port_lock(&xmem_tables.lock);
}

/* Return: a frame for a table, or XMEM_NO_MFN. */
static unsigned long alloc_table(void)
{
	void *va;

	if (xmem_boot_active()) {
		return mfn_x(xmem_alloc_boot_pages_in(
			1, 1, XMEM_ARCH_TABLE_START, XMEM_ARCH_TABLE_LIMIT));
	}
	va = xmem_meta_take(1);
	return va != NULL ? virt_to_mfn(va) : XMEM_NO_MFN;
}

/* Move tables from @from to @to, until it holds @nr or none are left. */
static XMEM_NOINLINE void move_tables(struct xmem_pt_stash *to,
				      struct xmem_pt_stash *from,
				      unsigned long nr)
{
	while (to->nr < nr && from->nr > 0) {
		xmem_pt_stash_move(to, from);
	}
}

void xmem_tables_take_spare_locked(struct xmem_pt_stash *stash,
				   unsigned long nr)
{
	move_tables(stash, &xmem_tables.spare, nr);
}

bool xmem_tables_fill(struct xmem_pt_stash *stash, unsigned long nr)
{
	while (stash->nr < nr) {
		unsigned long mfn = alloc_table();

		if (mfn == XMEM_NO_MFN) {
			return false;
		}
		xmem_pt_stash_put(stash, mfn);
		if (stash->nr < nr) {
			xmem_port_relax();
		}
	}
	return true;
}

void xmem_tables_give_back(struct xmem_pt_stash *stash)
{
	unsigned long limit;

	if (stash->nr == 0) {
		return;
	}
	limit = xmem_boot_active() ? ~0UL : XMEM_SPARE_TABLES;
	xmem_tables_lock();
	move_tables(&xmem_tables.spare, stash, limit);
	while (xmem_tables.spare.nr > limit) { /* More were kept during boot. */
		xmem_pt_stash_move(stash, &xmem_tables.spare);
	}
	xmem_tables_unlock();
	while (stash->nr > 0) {
		xmem_meta_give(mfn_to_virt(xmem_pt_stash_take(stash)), 1);
		xmem_port_relax();
	}
}

XMEM_API_MAPS unsigned long xmem_map_spare_tables(void)
{
	unsigned long nr;

	xmem_tables_lock();
	nr = xmem_tables.spare.nr;
	xmem_tables_unlock();
	return nr;
}
