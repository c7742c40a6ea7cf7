/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * state.c - what the heap knows of one frame, as a value and in words
 */
#include <xmem/admin.h>

#include "heap/heap.h"
#include "heap/heap_priv.h"
#include "lib/front.h"

__attribute__((__weak__)) bool xmem_cache_has(unsigned long mfn)
{
	(void)mfn;
	return false;
}

XMEM_REQUIRES(H)
static enum xmem_frame_state state_in(struct heap_node *node, unsigned long mfn)
{
	const struct heap_arena *a = xmem_arena_of(node, mfn);
	bool dirty;

	if (a == NULL) {
		return XMEM_FRAME_UNKNOWN;
	}
	if (xmem_buddy_is_free(&a->buddy, mfn, &dirty)) {
		return dirty ? XMEM_FRAME_DIRTY : XMEM_FRAME_CLEAN;
	}
	return xmem_buddy_is_described(&a->buddy, mfn) && xmem_cache_has(mfn)
		       ? XMEM_FRAME_CACHED
		       : XMEM_FRAME_USED;
}

enum xmem_frame_state xmem_state_find(unsigned long mfn)
{
	struct heap_node *node = xmem_heap_lock_of(mfn);
	enum xmem_frame_state state = state_in(node, mfn);

	heap_node_unlock(node);
	return state;
}

XMEM_FRONT(xmem_heap_frame_state, xmem_state_find);

const char *xmem_heap_state_text(unsigned long mfn, const char *used)
{
	switch (xmem_state_find(mfn)) {
	case XMEM_FRAME_CLEAN:
	case XMEM_FRAME_DIRTY:
		return "free already";
	case XMEM_FRAME_CACHED:
		return "free already, in the cache of a CPU or on its way";
	case XMEM_FRAME_USED:
		return used;
	case XMEM_FRAME_UNKNOWN:
		break;
	}
	return "unknown to the heap";
}
