/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * admin.h - set up the heap and inspect it
 *
 * All functions: any CPU, normal context, no lock of the library held.
 */
#ifndef XMEM_ADMIN_H
#define XMEM_ADMIN_H

#include <xmem/config.h>
#include <xmem/types.h>

/**
 * heap_init_late - check the set-up and print a summary.
 *
 * Call it once, after end_boot_allocator(), when all memory is in the heap and
 * all CPUs are known; panics if called too early or twice. Checks that the
 * layout fits the memory that the heap was given.
 */
void heap_init_late(void);

/**
 * xmem_heap_span_bytes - how many bytes of metadata a span needs.
 * @smfn: first frame.
 * @emfn: frame behind the last; @smfn < @emfn.
 *
 * Return: about 0.3 byte per frame for large spans, less than one byte per
 * frame from 512 frames on, and at least 176 bytes where a long has 64 bits. A
 * hole inside a span costs as much as RAM. The first span of a node (that of
 * @smfn) needs 1 to 2 KiB more, for what the heap knows of the node, unless
 * MAX_NUMNODES is 1; so ask again after a span was added.
 */
unsigned long xmem_heap_span_bytes(unsigned long smfn, unsigned long emfn);

/**
 * xmem_heap_add_span - let the heap manage frames [@smfn, @emfn).
 * @smfn: first frame.
 * @emfn: frame behind the last.
 * @node: their NUMA node, 0..MAX_NUMNODES-1.
 * @xen:  the span is for the xenheap (separate layout). It may then lie inside
 *        a span of the domheap, if its frames are used there.
 * @meta: xmem_heap_span_bytes() bytes, 8-aligned and mapped; the heap keeps
 *        them for ever.
 *
 * All frames start as used; they become free when they are freed or given to
 * init_domheap_pages(). Blocks merge only inside one span. A node may have any
 * number of spans. The time depends on the number of orders and on the
 * logarithm of the number of spans, not on the number of frames.
 * Return: 0; -EINVAL for a bad range or node; -EEXIST if the range overlaps a
 * span of the same heap; -EBUSY if frames for a xenheap are free domheap.
 */
XMEM_MUST_CHECK int xmem_heap_add_span(unsigned long smfn, unsigned long emfn,
				       unsigned int node, bool xen, void *meta);

/**
 * xmem_xenheap_limit - the frame below which xenheap memory must lie.
 *
 * Return: ~0UL in the full layout; the frame of xenheap_max_mfn() + 1 in the
 * partial one; 0 in the separate one, where only the ranges given to
 * init_xenheap_pages() are xenheap.
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
 * xmem_heap_get_stats - take a snapshot of one node.
 * @node:  NUMA node, 0..MAX_NUMNODES-1.
 * @stats: filled in.
 *
 * Walks the bitmaps: for reports, not for hot paths.
 */
void xmem_heap_get_stats(unsigned int node, struct xmem_heap_stats *stats);

/** enum xmem_frame_state - what the heap knows about a frame. */
enum xmem_frame_state {
	XMEM_FRAME_UNKNOWN, /* in no span */
	XMEM_FRAME_USED,    /* allocated, or never given to the heap */
	XMEM_FRAME_CLEAN,   /* free, scrubbed */
	XMEM_FRAME_DIRTY,   /* free, not scrubbed */
};

/** xmem_heap_frame_state - the state of frame @mfn, any value. It may change at
 *  once if others use the heap. */
enum xmem_frame_state xmem_heap_frame_state(unsigned long mfn);

#endif /* XMEM_ADMIN_H */
