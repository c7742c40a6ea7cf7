/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pages_exact.c - allocate any number of xenheap pages, not only 2^n
 *
 * Calls only alloc_xenheap_pages() and free_xenheap_pages(), so it also works
 * for a host that has a page allocator of its own. A block lies at a multiple
 * of its size, and so does each part of it that is given back: the addresses
 * alone say how large the parts are.
 */
#include <xmem/xenheap.h>

#include <xmem/hooks.h>

#include "lib/bits.h"

XMEM_API_PAGES void xmem_free_pages_exact(void *va, unsigned long nr)
{
	char *at = va;

	while (nr > 0) {
		unsigned long page = (unsigned long)at >> PAGE_SHIFT;
		unsigned int order =
			xmem_block_order(page | 1UL << MAX_ORDER, nr);

		free_xenheap_pages(at, order);
		at += PAGE_SIZE << order;
		nr -= 1UL << order;
	}
}

XMEM_API_PAGES void *xmem_alloc_pages_exact(unsigned long nr,
					    unsigned int align_order,
					    unsigned int memflags)
{
	unsigned int order = xmem_order_for(nr);
	char *va;

	order = order < align_order ? align_order : order;
	if (nr == 0 || order > MAX_ORDER) {
		return NULL;
	}
	va = alloc_xenheap_pages(order, memflags);
	if (va != NULL) {
		xmem_free_pages_exact(va + (nr << PAGE_SHIFT),
				      (1UL << order) - nr);
	}
	return va;
}
