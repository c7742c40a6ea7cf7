/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mark.h - whose a frame is: how blocks get their marks and lose them
 *
 * The mark of a frame is what its descriptor says: owned by a domain, a page
 * of the xenheap, or neither (nobody's). The protocol, step by step:
 *
 * take    The heap hands out a block. Before its lock is dropped, the first
 *         frame is held: its reference count is not 0.
 * set     All descriptors of the block get the mark; the first frame loses
 *         its hold with that. From now on the block is its owner's.
 * check   A free looks at all descriptors first, without a lock, and panics
 *         if one forbids it. Nothing has changed then.
 * claim   A free of more than one frame takes the marks away, of the last
 *         frame under the heap's lock, of the others after it; the first
 *         frame keeps its own. Two CPUs that free the same block, by mistake,
 *         both pass the checks; but only one finds the mark of the last frame.
 *         From the claim until the release that CPU alone may change the
 *         block's descriptors and its owner's count.
 * release Under the heap's lock the first frame still has the mark that the
 *         checks saw: the block goes back to the heap, and the mark goes too.
 *
 * A block that was freed and allocated again in the meantime is held, or has
 * another mark, or the same owner: in the last case the free is one of two
 * that cannot be told apart. The protocol costs no atomic instruction and no
 * lock hold beyond those that the heap needs.
 *
 * Limits: blocks that overlap, but begin at different frames, are found by the
 * heap's bitmaps, not by the claim. That is as exact, unless a third CPU is
 * given frames of the overlap in between. Frames of nobody have no mark: a
 * stale free of one that a third CPU has got meanwhile, for nobody, passes.
 */
#ifndef PAGE_MARK_H
#define PAGE_MARK_H

#include <xmem/pages.h>

#include "heap/heap.h"

/** struct marked_block - a block, whose it is, and who is freeing it. */
struct marked_block {
	unsigned long mfn;
	unsigned int order;
	bool xen;		/* a block of the xenheap */
	const struct domain *d; /* its owner; NULL: none */
	const void *caller;	/* of the API function, for messages */
};

/**
 * Take a block of the heap for somebody who will mark it: its first frame is
 * held. *@dirty: may it hold data of an earlier user?
 * Return: first frame; XMEM_NO_MFN if there is no memory.
 */
unsigned long xmem_mark_take(const struct heap_request *req, bool *dirty);

/**
 * Is the frame of @pg marked as @xen, or as owned by @d (NULL: nobody's), and
 * held by nobody?
 *
 * Read the reference count before the mark: an allocation sets the mark first
 * and drops its reference last. The mark of the xenheap is read along with the
 * count (page_info.h), the owner after it.
 */
static inline bool xmem_mark_is(const struct page_info *pg, bool xen,
				const struct domain *d)
{
	if (xmem_page_refs(pg) != 0 || is_xen_heap_page(pg) != xen) {
		return false;
	}
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return xmem_page_owner(pg) == d;
}

/** Are frames [@mfn, @mfn + @nr) RAM, as far as their descriptors may be
 *  read? Any values that do not wrap, @nr not 0. */
bool xmem_mark_is_ram(unsigned long mfn, unsigned long nr);

/** Claim @block, more than one frame of somebody: see above. Panics, with
 *  nothing changed, if another CPU has claimed it, or no single span holds it.
 */
void xmem_mark_claim(const struct marked_block *block);

/** Give @block back to the heap and release the mark of its first frame.
 *  Panics, with nothing changed, if that has another mark by now, or the heap
 *  refuses the block. */
void xmem_mark_release(const struct marked_block *block);

/** Free @block, which has passed the checks. */
static inline void xmem_mark_free(const struct marked_block *block)
{
	if (block->order > 0 && (block->xen || block->d != NULL)) {
		xmem_mark_claim(block);
	}
	xmem_mark_release(block);
}

#endif /* PAGE_MARK_H */
