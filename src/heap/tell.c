/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tell.c - tell the port of frames that are about to be given
 *
 * Must come before the frames are given, when others can have them. So that a
 * free which the heap will refuse is not told, it first looks, under (H). Only
 * a port that hears (XMEM_PORT_HEARS_FRAMES) needs this, and pays for it.
 */
#include "lib/tell.h"

#include "heap/heap_priv.h"

/* Would the heap take the first piece of @left? If @whole, that must be all of
 * it. *@nr: its frames. */
XMEM_REQUIRES(H)
static int look_at_piece(struct heap_node *node, const struct xmem_run *left,
			 bool whole, unsigned long *nr)
{
	const struct heap_arena *a = xmem_arena_of(node, left->mfn);
	unsigned long room;

	if (a == NULL) {
		return -XMEM_ENOENT;
	}
	room = heap_arena_room(node, a, left->mfn);
	*nr = left->nr < room ? left->nr : room;
	if (whole && *nr < left->nr) {
		return -XMEM_EINVAL;
	}
	return xmem_buddy_count_free(&a->buddy, left->mfn, left->mfn + *nr) != 0
		       ? -XMEM_EBUSY
		       : 0;
}

static int tell_given(unsigned long mfn, unsigned long nr, bool is_block)
{
	struct xmem_run left = {mfn, nr};

	while (left.nr > 0) {
		struct heap_node *node = heap_node_of(left.mfn);
		unsigned long now = 0;
		int rc;

		heap_node_lock(node);
		rc = look_at_piece(node, &left, is_block, &now);
		heap_node_unlock(node);
		if (rc != 0) {
			return rc;
		}
		left.mfn += now;
		left.nr -= now;
	}
	xmem_tell_range(mfn, nr, true);
	return 0;
}

/* Never called for a port that does not hear: so let it be no code. */
int xmem_heap_tell_given(unsigned long mfn, unsigned long nr, bool is_block)
{
	return XMEM_PORT_HEARS_FRAMES ? tell_given(mfn, nr, is_block) : 0;
}
