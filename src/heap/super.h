/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * super.h - superpages that the cache of a CPU has handed out as a whole
 *
 * Only their first frame has live bits. They are whole until a part is freed.
 */
#ifndef HEAP_SUPER_H
#define HEAP_SUPER_H

#include "heap/cache.h"

/** xmem_heap_super_of() where there are caches. (describe.c) */
struct page_info *xmem_heap_find_super(unsigned long mfn);

/** Is frame @mfn, which may be any, part of a superpage that the cache of a CPU
 *  has handed out as a whole (XMEM_LIVE_SUPER)? Return: the descriptor of its
 *  first frame; NULL if not. No lock is needed. */
static inline struct page_info *xmem_heap_super_of(unsigned long mfn)
{
	return HEAP_HAS_CACHES ? xmem_heap_find_super(mfn) : NULL;
}

/**
 * If frame @mfn is part of such a superpage, break that: all its frames become
 * plain, whatever their descriptors say, and can be freed one by one. A free of
 * a part does so before anything else; as long as the superpage is whole, all
 * of it is in use. (describe.c)
 */
XMEM_REQUIRES(H)
void xmem_heap_break_super(struct heap_node *node, unsigned long mfn);

#endif /* HEAP_SUPER_H */
