/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pages_exact.h - xenheap pages in any number, not only powers of two
 *
 * Made of alloc_xenheap_pages() and free_xenheap_pages() alone, so an
 * embedder with a page allocator of his own has it too.
 */
#ifndef XENHEAP_PAGES_EXACT_H
#define XENHEAP_PAGES_EXACT_H

#include <xmem/pages.h>

/**
 * @nr > 0 pages, aligned as a block of @align_order is: of the block that
 * holds them the rest goes back at once. Return: address, or NULL.
 */
XMEM_MUST_CHECK void *xmem_alloc_pages_exact(unsigned long nr,
					     unsigned int align_order,
					     unsigned int memflags);

/** Give back pages @from..@to-1 of an allocation at @va. */
void xmem_free_pages_exact(void *va, unsigned long from, unsigned long to);

#endif /* XENHEAP_PAGES_EXACT_H */
