/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * block.c - a block that is to be freed: is it one, and who frees it
 *
 * Is it one    All of it is RAM, so that descriptors may be read; one span
 *              holds it, so that the heap will not refuse it half-way.
 * Who frees it Several CPUs may free the same block at once, by mistake, and
 *              all find it in order. The heap's lock decides. A single frame
 *              is looked at again when its free has the lock: it still has
 *              the mark that was seen before, and loses it. A larger block is
 *              claimed first: in the lock hold that its check needs anyway,
 *              its last frame loses the mark. Its first one keeps it up to
 *              the free. While that is so, the block can neither be claimed
 *              again nor be taken for one of no owner; so whoever passes has
 *              descriptors and account for himself. And a block that leaves
 *              the heap again is held before the lock is dropped, until it
 *              has its marks: so nobody takes it for what it was before. It
 *              costs no atomic instruction and no lock hold more.
 * Limits       Blocks that overlap, but begin at different frames, are not
 *              found by the claim but by the bitmaps, which is as exact
 *              unless a third CPU is given frames of the overlap in between.
 */
#include "lib/assert.h"
#include "lib/attr.h"
#include "lib/relax.h"
#include "heap/heap_priv.h"

/* Frames whose descriptors fill a page, or a little less. */
#define DESCRIPTORS (PAGE_SIZE / sizeof(struct page_info))

/* The frame table has memory where there is RAM, in pages: of all pages with
 * descriptors of the block, one frame is looked at. */
bool xmem_block_is_ram(unsigned long mfn, unsigned long nr)
{
	unsigned long last = mfn + nr - 1;

	while (last - mfn >= DESCRIPTORS) {
		if (!mfn_valid(_mfn(mfn))) {
			return false;
		}
		mfn += DESCRIPTORS;
		xmem_port_relax();
	}
	return mfn_valid(_mfn(mfn)) && mfn_valid(_mfn(last));
}

/* Does one span hold the whole block? */
XMEM_REQUIRES(H)
static bool in_one_span(struct heap_node *node, unsigned long mfn,
			unsigned int order)
{
	struct heap_part *part;
	const struct heap_arena *a = xmem_arena_of(node, mfn, &part);

	return a != NULL && xmem_arena_room(node, a, mfn) >= 1UL << order;
}

/* The frame of @pg loses its mark, of @d or @xen, if it has it. Return: 0 or
 * -EBUSY. */
static inline int take_mark(struct page_info *pg, const struct domain *d,
			    bool xen)
{
	if (xen ? !is_xen_heap_page(pg) : xmem_page_owner(pg) != d) {
		return -EBUSY;
	}
	xmem_page_release(pg);
	return 0;
}

void xmem_block_claim(unsigned long mfn, unsigned int order,
		      const struct domain *d, bool xen, const void *caller)
{
	struct heap_node *node = heap_node_of(mfn);
	struct page_info *first = mfn_to_page(_mfn(mfn));
	struct page_info *pg = first + ((1UL << order) - 1);
	int rc = -EINVAL;

	heap_node_lock(node);
	if (in_one_span(node, mfn, order)) {
		rc = take_mark(pg, d, xen);
	}
	heap_node_unlock(node);
	while (rc == 0 && --pg > first) {
		rc = take_mark(pg, d, xen);
		xmem_relax_after((unsigned long)(pg - first));
	}
	if (XMEM_UNLIKELY(rc != 0)) {
		xmem_heap_refuse(rc, mfn, order, caller);
	}
}
