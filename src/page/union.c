/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * union.c - make blocks plain whose frames are partly plain, partly described
 *
 * Model       Such a block is a union of parts: plain ones, frames that came
 *             from a cache (XMEM_LIVE_FRAME), superpages that did
 *             (XMEM_LIVE_SUPER), and parts of such. It is first looked at, all
 *             of it; then all is made plain, which breaks superpages. Who calls
 *             gives it then (nobody.c).
 * Locking     (H) for each BATCH of the block in turn. If another CPU frees a
 *             part of it meanwhile, by mistake, the heap refuses the block in
 *             the end.
 * Batches     A CPU that frees the same frames into its cache takes no lock: it
 *             looks at all of a cache's block, and then clears all live bits.
 *             So do we: all of a batch is looked at before any of it changes,
 *             and is not looked at again. So who sees one frame without its
 *             live bits stops before he has changed another. A batch is aligned
 *             as the block is: it holds whole blocks of caches, or is part of
 *             one superpage.
 */
#include "page/union.h"

#include "heap/super.h"

/* Frames that one lock hold goes over. */
#define BATCH 64UL
_Static_assert(BATCH >= 1UL << (HEAP_CACHED_ORDERS - 1) &&
		       BATCH <= 1UL << HEAP_SUPER_ORDER,
	       "a batch holds whole blocks of caches, or is part of one");

/* Is frame @mfn, of @block, in use, and nobody's? @super: the superpage that it
 * is part of, or NULL. If it is described and none of these, it is in a cache,
 * or on its way. */
XMEM_REQUIRES(H)
static bool may_be_freed(struct heap_node *node, unsigned long mfn,
			 const struct page_info *super)
{
	unsigned long word = xmem_word_of(mfn_to_page(_mfn(mfn)));
	bool described;

	return xmem_heap_use_of(node, mfn, &described) == 0 &&
	       (word & ~WORD_LIVE) == 0 &&
	       (!described || super != NULL || word == WORD_LIVE_FRAME);
}

/* Look at the frames [@mfn, @end) of one batch, and then @make_plain.
 * Return: @end; or, with nothing changed, one that must not be freed. */
XMEM_REQUIRES(H)
static unsigned long pass_batch(struct heap_node *node, unsigned long mfn,
				unsigned long end, bool make_plain)
{
	const struct page_info *super = xmem_heap_super_of(mfn);

	for (unsigned long i = mfn; i < end; i++) {
		if (!may_be_freed(node, i, super)) {
			return i;
		}
	}
	if (!make_plain) {
		return end;
	}
	if (super != NULL) { /* All of it, unless a cache has just got it. */
		xmem_heap_break_super(node, mfn);
		return end;
	}
	for (; mfn < end; mfn++) {
		if (xmem_heap_describe(node, mfn, 0, false) == 0) {
			xmem_word_begin(mfn_to_page(_mfn(mfn)), 0);
		}
	}
	return end;
}

/* Look at all of @block, and then @make_plain. */
static void go_over(const struct marked_block *block, bool make_plain)
{
	unsigned long end = block->mfn + (1UL << block->order);
	unsigned long next;

	for (unsigned long mfn = block->mfn; mfn < end; mfn = next) {
		struct heap_node *node = xmem_heap_lock_of(mfn);
		unsigned long stop = end - mfn < BATCH ? end : mfn + BATCH;

		next = pass_batch(node, mfn, stop, make_plain);
		heap_node_unlock(node);
		if (next != stop) {
			xmem_mark_refuse(block, next, NULL);
		}
		xmem_port_relax();
	}
}

void xmem_union_make_plain(const struct marked_block *block)
{
	go_over(block, false);
	go_over(block, true);
}
