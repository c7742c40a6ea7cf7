/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * meta.h - pages for the library itself: page tables and metadata
 *
 * All that heap, page tables and vmap need beside what their callers ask for
 * comes through these two functions. The default (meta.c) takes frames of the
 * heap; a host with a page layer of its own defines both, and then needs no
 * heap for page tables and vmap.
 *
 * Context: normal, no lock of the library held. Once the heap is up.
 */
#ifndef HEAP_META_H
#define HEAP_META_H

#include <xmem/types.h>

/**
 * xmem_meta_take - @nr pages, 1 or more, that are mapped and contiguous.
 *
 * More than 2^MAX_ORDER pages are neighbouring blocks: until it returns it may
 * hold much more of the heap, so that is for set-up.
 * Return: address of the first, whose contents are undefined; NULL if there
 * is no memory, and then everything is as before.
 */
XMEM_MUST_CHECK void *xmem_meta_take(unsigned long nr);

/**
 * xmem_meta_give - give back @nr pages from @va on: part of what was taken, or
 * frames of the boot allocator that it had handed out.
 */
void xmem_meta_give(void *va, unsigned long nr);

#endif /* HEAP_META_H */
