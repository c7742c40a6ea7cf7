/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pages_exact.h - xenheap pages in any number, not only powers of two
 *
 * Made of alloc_xenheap_pages() and free_xenheap_pages() alone, so an
 * embedder with a page allocator of his own has it too.
 */
#ifndef LIB_PAGES_EXACT_H
#define LIB_PAGES_EXACT_H

#include <xmem/pages.h>

/**
 * @nr > 0 pages, aligned as a block of @align_order is: of the block that
 * holds them the rest goes back at once. Return: address, or NULL.
 */
XMEM_MUST_CHECK void *xmem_alloc_pages_exact(unsigned long nr,
					     unsigned int align_order,
					     unsigned int memflags);

/**
 * @nr > 0 pages for metadata, however many: from 2^MAX_ORDER pages up made of
 * neighbouring blocks. Until it returns it may hold much more of the xenheap:
 * for set-up. Return: address, or NULL, and then everything is as before.
 */
XMEM_MUST_CHECK void *xmem_alloc_pages_any(unsigned long nr);

/** Give back pages @from..@to-1 of an allocation at @va of either. */
void xmem_free_pages_exact(void *va, unsigned long from, unsigned long to);

#endif /* LIB_PAGES_EXACT_H */
