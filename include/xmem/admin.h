/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * admin.h - setting the heap up and looking at it
 */
#ifndef XMEM_ADMIN_H
#define XMEM_ADMIN_H

#include <xmem/config.h>
#include <xmem/types.h>

/**
 * heap_init_late - all memory is in, all CPUs are known: settle in.
 *
 * Called once after end_boot_allocator(): panics if not. Checks the set-up
 * (layout against the memory it was given) and reports on the console.
 */
void heap_init_late(void);

/**
 * xmem_heap_span_bytes - bytes of metadata for a span.
 * @smfn, @emfn: first frame, frame behind the last; @smfn < @emfn.
 *
 * About 0.3 byte per frame; below one byte from 512 frames on; at least 176
 * bytes where a long has 64 bits. A hole inside a span costs as much as RAM.
 */
unsigned long xmem_heap_span_bytes(unsigned long smfn, unsigned long emfn);

/**
 * xmem_heap_add_span - frames [@smfn, @emfn) may enter the heap from now on.
 * @node: NUMA node, 0..MAX_NUMNODES-1. Buddies merge only inside one span.
 * @xen:  separate layout: the span belongs to the xenheap. It may lie inside
 *        one of the domheap, in frames that are used there.
 * @meta: xmem_heap_span_bytes() bytes, 8-aligned, mapped, kept for ever.
 *
 * All frames start as used; they become free when they are freed or given
 * to init_domheap_pages(). A node may have any number of spans. Costs time by
 * orders and by the logarithm of the number of spans, not by frames.
 * Return: 0; -EINVAL for a bad range or node; -EEXIST if it overlaps a span of
 * the same heap; -EBUSY if frames for a xenheap are free domheap.
 */
XMEM_MUST_CHECK int xmem_heap_add_span(unsigned long smfn, unsigned long emfn,
				       unsigned int node, bool xen, void *meta);

/**
 * xmem_xenheap_limit - first frame that xenheap memory must stay below.
 *
 * ~0UL in the full layout, xenheap_max_mfn() + 1 in the partial one, 0 in the
 * separate one (where only init_xenheap_pages() ranges are xenheap).
 */
unsigned long xmem_xenheap_limit(void);

/** struct xmem_heap_stats - a snapshot of one node, xenheap included. */
struct xmem_heap_stats {
	unsigned long span_pages;		  /* frames inside arenas */
	unsigned long free_pages;		  /* free now */
	unsigned long dirty_pages;		  /* free and not scrubbed */
	unsigned long meta_bytes;		  /* metadata of the arenas */
	unsigned int nr_arenas;			  /* spans */
	unsigned long free_blocks[MAX_ORDER + 1]; /* by order */
};

/**
 * xmem_heap_get_stats - fill @stats for @node. Walks the bitmaps: for
 * reports, not for hot paths.
 */
void xmem_heap_get_stats(unsigned int node, struct xmem_heap_stats *stats);

/** enum xmem_frame_state - what the heap knows about one frame. */
enum xmem_frame_state {
	XMEM_FRAME_UNKNOWN, /* in no span */
	XMEM_FRAME_USED,    /* allocated, or never given to the heap */
	XMEM_FRAME_CLEAN,   /* free, scrubbed */
	XMEM_FRAME_DIRTY,   /* free, not scrubbed */
};

/** xmem_heap_frame_state - state of frame @mfn, any value. */
enum xmem_frame_state xmem_heap_frame_state(unsigned long mfn);

#endif /* XMEM_ADMIN_H */
