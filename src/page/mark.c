/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mark.c - claim marked blocks and release them (see mark.h)
 */
#include "page/mark.h"

#include "lib/attr.h"
#include "lib/relax.h"

/* How many descriptors fit into a page. */
#define DESCRIPTORS (PAGE_SIZE / sizeof(struct page_info))

/* The frame table has memory, in whole pages, where there is RAM. So it is
 * enough to look at one frame for each page of descriptors. */
bool xmem_mark_is_ram(unsigned long mfn, unsigned long nr)
{
	unsigned long last = mfn + nr - 1;

	while (last - mfn >= DESCRIPTORS) {
		if (!mfn_valid(_mfn(mfn))) {
			return false;
		}
		mfn += DESCRIPTORS;
		xmem_port_relax();
	}
	return mfn_valid(_mfn(mfn)) && mfn_valid(_mfn(last));
}

/* Remove the mark of @block from the frame of @pg. Return: 0; -EBUSY if the
 * frame has another mark. */
static inline int take_mark(struct page_info *pg,
			    const struct marked_block *block)
{
	if (block->xen ? !is_xen_heap_page(pg)
		       : xmem_page_owner(pg) != block->d) {
		return -XMEM_EBUSY;
	}
	xmem_page_release(pg);
	return 0;
}

void xmem_mark_claim(const struct marked_block *block)
{
	struct heap_node *node = heap_node_of(block->mfn);
	struct page_info *first = mfn_to_page(_mfn(block->mfn));
	struct page_info *pg = first + ((1UL << block->order) - 1);
	int rc = -XMEM_EINVAL;

	heap_node_lock(node);
	if (xmem_heap_in_one_span(node, block->mfn, block->order)) {
		rc = take_mark(pg, block);
	}
	heap_node_unlock(node);
	while (rc == 0 && --pg > first) {
		rc = take_mark(pg, block);
		xmem_relax_after((unsigned long)(pg - first));
	}
	if (XMEM_UNLIKELY(rc != 0)) {
		xmem_heap_refuse(rc, block->mfn, block->order, block->caller);
	}
}

void xmem_mark_release(const struct marked_block *block)
{
	struct heap_node *node = heap_node_of(block->mfn);
	struct page_info *pg = mfn_to_page(_mfn(block->mfn));
	/* Meanwhile freed, and perhaps allocated again. */
	int rc = -XMEM_EBUSY;

	heap_node_lock(node);
	if (xmem_mark_is(pg, block->xen, block->d)) {
		rc = xmem_heap_give(node, block->mfn, block->order, false,
				    true);
	}
	if (rc == 0 && (block->d != NULL || block->xen)) {
		xmem_page_release(pg);
	}
	heap_node_unlock(node);
	if (XMEM_UNLIKELY(rc != 0)) {
		xmem_heap_refuse(rc, block->mfn, block->order, block->caller);
	}
}
