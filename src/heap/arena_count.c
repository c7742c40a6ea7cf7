/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arena_count.c - how many frames of a range are free
 *
 * For where the counts of zones do not say it: a walk over the arenas of the
 * range, and in each over what is partly free (buddy_count.c).
 */
#include "heap/heap_priv.h"

unsigned long xmem_arena_count_free(const struct node_heap *heap,
				    unsigned long lo, unsigned long hi)
{
	const struct heap_arena *a = xmem_arena_behind(heap, lo);
	unsigned long nr = 0;

	while (a != NULL && a->buddy.start < hi) {
		nr += xmem_buddy_count_free(&a->buddy, lo, hi);
		a = xmem_arena_behind(heap, a->buddy.end);
	}
	return nr;
}
