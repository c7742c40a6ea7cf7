/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * claim.c - claim a marked block, and release it (see mark.h)
 */
#include "heap/super.h"
#include "page/mark.h"

static XMEM_COLD XMEM_NOINLINE void must(int rc,
					 const struct marked_block *block)
{
	xmem_heap_refuse(rc, block->mfn, block->order, block->caller);
}

/* A part of a superpage that is whole is in use for certain, so breaking that
 * comes first. */
XMEM_COLD int xmem_mark_try(const struct marked_block *block, bool all)
{
	struct heap_node *node = xmem_heap_lock_of(block->mfn);
	unsigned int order = block->order;
	int rc = -XMEM_EBUSY; /* Meanwhile freed, and perhaps allocated. */

	if (xmem_mark_is(block->pg, block)) {
		if (order < HEAP_SUPER_ORDER) {
			xmem_heap_break_super(node, block->mfn);
		}
		rc = all ? xmem_heap_give_used(node, block->mfn, order)
			 : xmem_heap_all_used(node, block->mfn, order);
		if (rc == 0) {
			xmem_words_end_at_once(block->pg,
					       all ? 1UL << order : 1);
		}
	}
	heap_node_unlock(node);
	return rc;
}

XMEM_COLD void xmem_mark_claim(const struct marked_block *block)
{
	must(xmem_mark_try(block, false), block);
}

/* A block that is partly plain and partly described goes in parts, each as
 * large as its place allows at first. */
XMEM_COLD void xmem_mark_release(const struct marked_block *block)
{
	unsigned long end = block->mfn + (1UL << block->order);
	unsigned int order = block->order;

	xmem_words_end(block->pg, 1UL << order);
	for (unsigned long mfn = block->mfn; mfn < end;) {
		struct heap_node *node = xmem_heap_lock_of(mfn);
		int rc = xmem_heap_give_used(node, mfn, order);

		heap_node_unlock(node);
		if (rc == -XMEM_EEXIST) {
			order--;
			xmem_port_relax();
			continue;
		}
		must(rc, block);
		mfn += 1UL << order;
		order = xmem_ffs64(mfn);
	}
}
