/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * is_free.c - is a frame free?
 */
#include <xmem/pages.h>

#include "heap/heap_priv.h"

XMEM_API_PAGES bool xmem_frame_is_free(mfn_t mfn)
{
	struct heap_node *node = heap_node_of(mfn_x(mfn));
	struct node_heap *heap;
	const struct heap_arena *a;
	bool is_free;

	heap_node_lock(node);
	a = heap_arena_of(node, mfn_x(mfn), &heap);
	is_free = a != NULL && xmem_buddy_is_free(&a->buddy, mfn_x(mfn), NULL);
	heap_node_unlock(node);
	return is_free;
}
