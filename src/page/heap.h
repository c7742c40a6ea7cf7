/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * heap.h - the page heap, as the fronts of this folder see it
 */
#ifndef PAGE_HEAP_H
#define PAGE_HEAP_H

#include <xmem/pages.h>

/** struct heap_request - one block, described. */
struct heap_request {
	bool xen;	       /* for the xenheap: mapped memory only */
	unsigned int order;    /* 0..MAX_ORDER, checked by the heap */
	unsigned int memflags; /* MEMF_* */
};

/**
 * Allocate one block. *@dirty: may it hold data of an earlier user?
 * Return: first frame, or XMEM_NO_MFN.
 */
unsigned long xmem_heap_alloc(const struct heap_request *req, bool *dirty);

/** Free one aligned block, as dirty. Panics in the name of @caller. */
void xmem_heap_free(unsigned long mfn, unsigned int order, const void *caller);

/** Panic in the name of @caller unless one span holds the whole block: asked
 *  before descriptors are changed for a free. A single frame needs no look. */
void xmem_heap_check_block(unsigned long mfn, unsigned int order,
			   const void *caller);

/** The state of frame @mfn in words, for a panic: @used if it is in use. */
const char *xmem_heap_state_text(unsigned long mfn, const char *used);

/** Zero @nr frames from @mfn on, without a lock, preemptibly (scrub.c). */
void xmem_scrub_frames(unsigned long mfn, unsigned long nr);

#endif /* PAGE_HEAP_H */
