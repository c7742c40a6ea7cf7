/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * describe.c - which frames in use have descriptors that say what they are
 *
 * A frame in use is plain or described (buddy.h): of a plain one nobody need
 * read the descriptor. Frames that change from one to the other stay in use.
 *
 * Locking     (H), which the caller holds.
 */
#include "heap/heap_priv.h"
#include "heap/super.h"
#include "lib/align.h"
#include "lib/assert.h"

/* Frames from @mfn on, which is on @node: the arena of all @nr of them. NULL,
 * and *@rc: why there is none. */
XMEM_REQUIRES(H)
static struct heap_arena *arena_of_block(struct heap_node *node,
					 unsigned long mfn, unsigned long nr,
					 int *rc)
{
	struct heap_arena *a = xmem_arena_of(node, mfn);

	*rc = a == NULL ? -XMEM_ENOENT : -XMEM_EINVAL;
	return a != NULL && heap_arena_room(node, a, mfn) >= nr ? a : NULL;
}

int xmem_heap_describe(struct heap_node *node, unsigned long mfn,
		       unsigned int order, bool described)
{
	int rc;
	struct heap_arena *a = arena_of_block(node, mfn, 1UL << order, &rc);

	return a != NULL ? xmem_buddy_describe(&a->buddy, mfn, order, described)
			 : rc;
}

void xmem_heap_break_super(struct heap_node *node, unsigned long mfn)
{
	struct page_info *super = xmem_heap_super_of(mfn);
	int rc;

	if (super != NULL) {
		rc = xmem_heap_describe(node, mfn_x(page_to_mfn(super)),
					HEAP_SUPER_ORDER, false);
		XMEM_ASSERT(rc == 0);
		(void)rc;
		xmem_page_break(super);
	}
}

int xmem_heap_give_used(struct heap_node *node, unsigned long mfn,
			unsigned int order)
{
	int rc = xmem_heap_give(node, mfn, order, true, true);

	return rc == -XMEM_EEXIST
		       ? xmem_heap_give(node, mfn, order, false, true)
		       : rc;
}

int xmem_heap_all_used(struct heap_node *node, unsigned long mfn,
		       unsigned int order)
{
	int rc;
	struct heap_arena *a = arena_of_block(node, mfn, 1UL << order, &rc);

	if (a == NULL) {
		return rc;
	}
	return xmem_buddy_is_used(&a->buddy, mfn, order) ? 0 : -XMEM_EBUSY;
}

int xmem_heap_use_of(struct heap_node *node, unsigned long mfn, bool *described)
{
	const struct heap_arena *a = xmem_arena_of(node, mfn);

	*described = a != NULL && xmem_buddy_is_described(&a->buddy, mfn);
	return *described ? 0 : xmem_heap_all_used(node, mfn, 0);
}

struct page_info *xmem_heap_find_super(unsigned long mfn)
{
	struct page_info *pg;

	mfn = xmem_align_down(mfn, 1UL << HEAP_SUPER_ORDER);
	if (!HEAP_HAS_CACHES || !mfn_valid(_mfn(mfn))) {
		return NULL;
	}
	pg = mfn_to_page(_mfn(mfn));
	return xmem_page_live(pg) == XMEM_LIVE_SUPER ? pg : NULL;
}
