/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * meta.c - allocate metadata and page tables from the heap
 *
 * Marks       The frames get the mark of the xenheap, so that nobody else can
 *             free them. Until then the heap knows them as described: so a
 *             stale free on another CPU is refused.
 * Many pages  The heap has no block larger than 2^MAX_ORDER pages. It takes
 *             the highest block first, so several taken in a row are most
 *             often neighbours, each below the one before.
 */
#include <xmem/port.h>

#include <xmem/pages.h>

#include "heap/take.h"
#include "lib/assert.h"
#include "lib/relax.h"
#include "lib/tell.h"

/* Take a block of 2^@order mapped pages, as @memflags prefer it, and mark it.
 * NULL: there is none. */
static void *take_block(unsigned int order, unsigned int memflags)
{
	struct heap_request req = {.xen = true,
				   .order = order,
				   .memflags = memflags | MEMF_no_scrub,
				   .described = true};
	struct page_info *pg;
	unsigned long mfn;
	bool dirty;

	mfn = xmem_heap_take(&req, &dirty);
	if (mfn == XMEM_NO_MFN) {
		return NULL;
	}
	pg = mfn_to_page(_mfn(mfn));
	xmem_tell(mfn, order, false);
	for (unsigned long i = 0; i < 1UL << order; i++) {
		xmem_page_set_xenheap(pg + i);
		xmem_relax_after(i);
	}
	return mfn_to_virt(mfn);
}

/* Remove the marks, then give the block: the first frame loses its mark under
 * the lock. */
static void give_block(unsigned long mfn, unsigned int order)
{
	struct heap_node *node;
	struct page_info *pg = mfn_to_page(_mfn(mfn));
	int rc;

	for (unsigned long i = 1; i < 1UL << order; i++) {
		xmem_page_release(pg + i);
		xmem_relax_after(i);
	}
	rc = heap_tell_given(mfn, 1UL << order, true);
	if (rc == 0) {
		node = xmem_heap_lock_of(mfn);
		rc = xmem_heap_give_used(node, mfn, order);
		if (rc == 0) {
			xmem_page_release(pg);
		}
		heap_node_unlock(node);
	}
	if (rc == -XMEM_ENOENT) { /* Boot memory that got no span. */
		xmem_port_print("heap: frame %lx, order %u, is lost: no span "
				"holds it\n",
				mfn, order);
	} else if (rc != 0) {
		xmem_heap_refuse(rc, mfn, order, XMEM_CALLER());
	}
}

void xmem_meta_give(void *va, unsigned long nr)
{
	struct xmem_run run = {virt_to_mfn(va), nr};

	while (run.nr > 0) {
		unsigned int order = heap_first_block(&run);

		give_block(run.mfn, order);
		run.mfn += 1UL << order;
		run.nr -= 1UL << order;
	}
}

/* A list of blocks of 2^MAX_ORDER pages; the links lie in the blocks. */
struct taken_block {
	struct taken_block *next;
};

#define BLOCK_PAGES (1UL << MAX_ORDER)
#define BLOCK_BYTES (1UL << (PAGE_SHIFT + MAX_ORDER))

/* Take blocks until the last @nr of them are neighbours; the others go back.
 * Return: the lowest of the neighbours; NULL if there is no memory. */
static void *take_blocks(unsigned long nr)
{
	struct taken_block *list = NULL;
	struct taken_block *new = NULL;
	unsigned long found = 0;

	while (found < nr && (new = take_block(MAX_ORDER, 0)) != NULL) {
		found = (char *)new + BLOCK_BYTES == (char *)list ? found + 1
								  : 1;
		new->next = list;
		list = new;
	}
	found = new != NULL ? nr : 0; /* To be kept. */
	while (list != NULL) {
		struct taken_block *next = list->next;

		if (found > 0) {
			found--;
		} else {
			xmem_meta_give(list, BLOCK_PAGES);
		}
		list = next;
	}
	return new;
}

void *xmem_meta_take(unsigned long nr)
{
	unsigned long blocks = ((nr - 1) >> MAX_ORDER) + 1;
	unsigned int order = xmem_order_for(nr);
	unsigned long taken = blocks == 1 ? 1UL << order : blocks << MAX_ORDER;
	void *va = blocks == 1 ? take_block(order, 0) : take_blocks(blocks);

	if (va != NULL) {
		xmem_meta_give((char *)va + (nr << PAGE_SHIFT), taken - nr);
	}
	return va;
}

void *xmem_meta_take_on(unsigned int node, unsigned int order)
{
	return take_block(order, MEMF_node(node));
}
