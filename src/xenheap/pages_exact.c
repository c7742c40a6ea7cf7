/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pages_exact.c - allocate any number of xenheap pages, not only 2^n
 */
#include "xenheap/pages_exact.h"

#include "lib/bits.h"

void xmem_free_pages_exact(void *va, unsigned long from, unsigned long to)
{
	while (from < to) {
		unsigned int order =
			xmem_block_order(from | 1UL << MAX_ORDER, to - from);

		free_xenheap_pages((char *)va + (from << PAGE_SHIFT), order);
		from += 1UL << order;
	}
}

void *xmem_alloc_pages_exact(unsigned long nr, unsigned int align_order,
			     unsigned int memflags)
{
	unsigned int order = xmem_order_for(nr);
	void *va;

	order = order < align_order ? align_order : order;
	va = order <= MAX_ORDER ? alloc_xenheap_pages(order, memflags) : NULL;
	if (va != NULL) {
		xmem_free_pages_exact(va, nr, 1UL << order);
	}
	return va;
}
