/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * meta.h - pages that the library itself needs: page tables and metadata
 *
 * The heap, the page tables and vmap allocate all that they need for
 * themselves by these two functions. The default (meta.c) uses the heap. A
 * host with a page layer of its own defines both functions; then page tables
 * and vmap need no heap.
 *
 * Context: normal, no lock of the library held, after the hand-over.
 */
#ifndef HEAP_META_H
#define HEAP_META_H

#include <xmem/types.h>

/**
 * xmem_meta_take - allocate @nr >= 1 pages, mapped and contiguous.
 *
 * More than 2^MAX_ORDER pages are for set-up only: to find neighbouring blocks
 * the function may take much of the heap, and gives it back before it returns.
 * Return: address of the first page, contents undefined; NULL if there is no
 * memory, with nothing changed.
 */
XMEM_MUST_CHECK void *xmem_meta_take(unsigned long nr);

/**
 * xmem_meta_give - free @nr pages from @va on: all or some that
 * xmem_meta_take() returned, or pages from the boot allocator.
 */
void xmem_meta_give(void *va, unsigned long nr);

#endif /* HEAP_META_H */
