/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nobody.c - free blocks of frames that are nobody's
 *
 * Model       A block that was allocated as a whole from the heap is plain, and
 *             is given in one lock hold; so is a frame that came from a cache.
 *             Any other is a union of parts, which union.c looks at.
 */
#include "page/mark.h"

#include "lib/attr.h"
#include "page/union.h"

XMEM_COLD int xmem_nobody_give(struct page_info *pg, unsigned long mfn,
			       unsigned int order)
{
	struct heap_node *node = heap_node_of(mfn);
	unsigned long word;
	bool live;
	int rc = -XMEM_EEXIST;

	heap_node_lock(node);
	word = xmem_word_of(pg);
	live = HEAP_HAS_CACHES && word == WORD_LIVE_FRAME && order == 0;
	if ((word & ~WORD_LIVE) == 0) { /* Others with live bits are refused. */
		rc = xmem_heap_give(node, mfn, order, live, true);
	}
	if (live && rc == 0) {
		xmem_word_begin(pg, 0);
	}
	heap_node_unlock(node);
	return rc;
}

/* The same for a port that must be told before the block is given, but not if
 * it is refused: a plain block, which nobody else can free meanwhile. */
static int tell_and_give(const struct marked_block *block)
{
	struct heap_node *node = heap_node_of(block->mfn);
	int rc = -XMEM_EEXIST;

	heap_node_lock(node);
	if ((xmem_word_of(block->pg) & ~WORD_LIVE) == 0) {
		rc = xmem_heap_describe(node, block->mfn, block->order, true);
	}
	heap_node_unlock(node);
	if (rc != 0) {
		return rc;
	}
	if (!block->told) {
		xmem_tell(block->mfn, block->order, true);
	}
	heap_node_lock(node);
	rc = xmem_heap_give(node, block->mfn, block->order, true, true);
	heap_node_unlock(node);
	return rc;
}

/* Some frames of @block are described. Without caches they are somebody's: then
 * this panics, and names one, unless it has just been freed. */
static XMEM_COLD int give_union(const struct marked_block *block)
{
	if (!HEAP_HAS_CACHES) {
		(void)xmem_mark_check_each(block, 1UL << block->order);
		return -XMEM_EEXIST;
	}
	xmem_union_make_plain(block);
	if (!block->told) {
		xmem_tell(block->mfn, block->order, true);
	}
	return xmem_nobody_give(block->pg, block->mfn, block->order);
}

XMEM_COLD void xmem_nobody_free(const struct marked_block *block)
{
	int rc =
		XMEM_PORT_HEARS_FRAMES
			? tell_and_give(block)
			: xmem_nobody_give(block->pg, block->mfn, block->order);

	if (XMEM_UNLIKELY(rc == -XMEM_EEXIST)) {
		rc = give_union(block);
		if (XMEM_UNLIKELY(rc == -XMEM_EEXIST)) {
			xmem_mark_refuse(block, block->mfn, NULL);
		}
	}
	xmem_heap_refuse(rc, block->mfn, block->order, block->caller);
}
