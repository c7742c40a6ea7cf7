/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * heap.h - the page heap, as the fronts of this folder see it
 */
#ifndef HEAP_HEAP_H
#define HEAP_HEAP_H

#include <xmem/pages.h>

/** struct heap_request - one block, described. */
struct heap_request {
	bool xen;	       /* for the xenheap: mapped memory only */
	unsigned int order;    /* 0..MAX_ORDER, checked by the heap */
	unsigned int memflags; /* MEMF_* */
	bool owned;	       /* will get an owner */
};

/**
 * Allocate one block. *@dirty: may it hold data of an earlier user?
 *
 * If the block is to be xenheap or @owned, its first frame is held until the
 * caller writes the descriptors.
 * Return: first frame, or XMEM_NO_MFN.
 */
unsigned long xmem_heap_alloc(const struct heap_request *req, bool *dirty);

/**
 * Free one aligned block, as dirty, if its first frame still has the mark by
 * which it is of @d (NULL: nobody's) or @xen, which it loses. Panics in the
 * name of @caller.
 */
void xmem_heap_free(unsigned long mfn, unsigned int order,
		    const struct domain *d, bool xen, const void *caller);

/** Panic for what a free found, @rc: -EBUSY, -ENOENT or -EINVAL. */
void xmem_heap_refuse(int rc, unsigned long mfn, unsigned int order,
		      const void *caller);

/** Are frames [@mfn, @mfn + @nr) RAM, as far as their descriptors may be
 *  read? Any values that do not wrap, @nr not 0. (block.c) */
bool xmem_block_is_ram(unsigned long mfn, unsigned long nr);

/**
 * The block of frames of @d or @xen is @caller's to free, and that of no
 * other CPU, or this panics. All marks are taken away but that of the first
 * frame, by which xmem_heap_free() knows it. (block.c)
 */
void xmem_block_claim(unsigned long mfn, unsigned int order,
		      const struct domain *d, bool xen, const void *caller);

/** The state of frame @mfn in words, for a panic: @used if it is in use. */
const char *xmem_heap_state_text(unsigned long mfn, const char *used);

/**
 * Frames [@smfn, @emfn), which are RAM, nobody's and in no arena's free set,
 * become free and dirty, as xenheap if @xen and that is separate; spans are
 * made where there are none. Costs time by blocks. (span.c)
 */
void xmem_heap_init_frames(unsigned long smfn, unsigned long emfn, bool xen);

/** Zero @nr frames from @mfn on, without a lock, preemptibly (scrub.c). */
void xmem_scrub_frames(unsigned long mfn, unsigned long nr);

#endif /* HEAP_HEAP_H */
