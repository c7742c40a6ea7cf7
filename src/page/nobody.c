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

/* Give @block if it is plain, or a frame that came from a cache. Return: 0; or,
 * with nothing changed, an error as of xmem_heap_give(). */
static int give(const struct marked_block *block)
{
	struct heap_node *node = heap_node_of(block->mfn);
	unsigned long word;
	bool live;
	int rc = -XMEM_EEXIST;

	heap_node_lock(node);
	word = xmem_word_of(block->pg);
	live = HEAP_HAS_CACHES && word == WORD_LIVE_FRAME && block->order == 0;
	if (word == 0 || live) {
		rc = xmem_heap_give(node, block->mfn, block->order, live, true);
	}
	if (live && rc == 0) {
		xmem_page_set_live(block->pg, XMEM_LIVE_NONE);
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
	if (xmem_word_of(block->pg) == 0) {
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

void xmem_nobody_free(const struct marked_block *block)
{
	int rc = XMEM_PORT_HEARS_FRAMES ? tell_and_give(block) : give(block);

	if (XMEM_UNLIKELY(rc != 0)) {
		xmem_union_free(block, rc);
	}
}
