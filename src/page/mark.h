/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mark.h - record whose a frame is: set the marks of blocks, remove them
 *
 * The mark of a frame is what its descriptor says: owned by a domain, a page
 * of the xenheap, or neither (nobody's). An allocation takes and sets; a free
 * checks, claims and releases:
 *
 * take    The heap hands out a block. Before the heap's lock is dropped, the
 *         first frame is held: its reference count is not 0.
 * set     All descriptors of the block get the mark. This ends the hold of the
 *         first frame. From now on the block is its owner's.
 * check   A free first reads all descriptors, without a lock, and panics if
 *         one of them forbids it, with nothing changed.
 * claim   A free of more than one frame removes the marks: that of the last
 *         frame under the heap's lock, then the others; the first frame keeps
 *         its mark. If two CPUs free the same block by mistake, both pass the
 *         checks, but only one of them finds the mark of the last frame. From
 *         the claim until the release that CPU alone may change the block's
 *         descriptors and its owner's count.
 * release Under the heap's lock: if the first frame still has the mark that
 *         the checks saw, the block goes back to the heap and the mark is
 *         removed.
 *
 * If the block was freed and allocated again between check and release, its
 * first frame is held, or has another mark, or has the same owner. In the last
 * case the free cannot be told from a correct one. The protocol needs no
 * atomic instruction and no more lock holds than the heap itself.
 *
 * Limits: frees of blocks that overlap but begin at different frames are found
 * by the heap's bitmaps, not by the claim. That is as exact, unless a third
 * CPU gets frames of the overlap in between. Frames of nobody have no mark: a
 * stale free passes if a third CPU has allocated the frame, for nobody, by
 * then.
 */
#ifndef PAGE_MARK_H
#define PAGE_MARK_H

#include <xmem/pages.h>

#include "heap/heap.h"
#include "lib/tell.h"

/** struct marked_block - a block that is freed, and whose it is. */
struct marked_block {
	unsigned long mfn;
	unsigned int order;
	bool xen;		/* a block of the xenheap */
	const struct domain *d; /* its owner; NULL: none */
	const void *caller;	/* of the API function, for messages */
};

/**
 * Take a block from the heap. @hold: hold its first frame until the caller sets
 * the marks; a block that will be nobody's gets none. *@dirty: is any frame
 * dirty?
 * Return: first frame; XMEM_NO_MFN if there is no memory.
 */
static inline unsigned long xmem_mark_take(const struct heap_request *req,
					   bool hold, bool *dirty)
{
	unsigned long mfn;
	struct heap_node *node = xmem_heap_take(req, &mfn, dirty);

	if (!node) {
		return XMEM_NO_MFN;
	}
	if (hold) {
		xmem_page_hold(mfn_to_page(_mfn(mfn)));
	}
	heap_node_unlock(node);
	xmem_tell(mfn, req->order, false);
	return mfn;
}

/**
 * Has the frame of @pg no references, and the mark of the xenheap (@xen) or of
 * @d (NULL: nobody's)?
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

/** May the descriptors of frames [@mfn, @mfn + @nr) be read, since there is
 *  RAM? Any values that do not wrap, @nr not 0. */
bool xmem_mark_is_ram(unsigned long mfn, unsigned long nr);

/** Claim @block, which is somebody's and has more than one frame: see above.
 *  Panics if another CPU has claimed it or no single span holds it, with
 *  nothing changed. */
void xmem_mark_claim(const struct marked_block *block);

/** Give @block back to the heap and remove the mark of its first frame.
 *  Panics if that frame has another mark by now or the heap refuses the block,
 *  with nothing changed. */
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
