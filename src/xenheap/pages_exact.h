/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pages_exact.h - allocate any number of xenheap pages, not only 2^n
 *
 * Calls only alloc_xenheap_pages() and free_xenheap_pages(), so it also works
 * for an embedder that has a page allocator of its own.
 */
#ifndef XENHEAP_PAGES_EXACT_H
#define XENHEAP_PAGES_EXACT_H

#include <xmem/xenheap.h>

/**
 * Allocate @nr > 0 pages, aligned to 2^@align_order pages: allocates a block
 * and frees what is too much. Return: address, or NULL.
 */
XMEM_MUST_CHECK void *xmem_alloc_pages_exact(unsigned long nr,
					     unsigned int align_order,
					     unsigned int memflags);

/** Free pages @from to @to - 1 of the allocation at @va. */
void xmem_free_pages_exact(void *va, unsigned long from, unsigned long to);

#endif /* XENHEAP_PAGES_EXACT_H */
