/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * admin.h - set up the heap and inspect it
 *
 * All functions: any CPU, normal context, no lock of the library held.
 */
#ifndef XMEM_ADMIN_H
#define XMEM_ADMIN_H

#include <xmem/config.h>
#include <xmem/hooks.h>
#include <xmem/types.h>

XMEM_BEGIN_DECLS

/**
 * heap_init_late - check the set-up and print a summary.
 *
 * Call it once, after end_boot_allocator(), when all memory is in the heap and
 * all CPUs are known; panics if called too early or twice. Checks that the
 * layout fits the memory that the heap was given.
 */
void heap_init_late(void);

/**
 * xenheap_max_mfn - partial layout: set the last frame of xenheap and direct
 * map.
 * @mfn: that frame.
 *
 * Call it once, before arch_init_directmap(); panics after it.
 */
void xenheap_max_mfn(unsigned long mfn);

/**
 * xmem_xenheap_limit - the frame below which xenheap memory must lie.
 *
 * Any context. Return: ~0UL in the full layout; the frame of xenheap_max_mfn()
 * + 1 in the partial one; 0 in the separate one, where only the ranges given to
 * init_xenheap_pages() are xenheap.
 */
unsigned long xmem_xenheap_limit(void);

/** avail_domheap_pages - free domheap frames of all nodes, exact. */
unsigned long avail_domheap_pages(void);

/**
 * avail_domheap_pages_region - free domheap frames by node and address width.
 * @node:      NUMA node, or ~0U for all.
 * @min_width: count only frames whose address needs at least this many bits.
 * @max_width: count only frames whose address fits in this many bits; 0: any.
 */
unsigned long avail_domheap_pages_region(unsigned int node,
					 unsigned int min_width,
					 unsigned int max_width);

/** avail_node_heap_pages - free frames, xenheap included, of @node. */
unsigned long avail_node_heap_pages(unsigned int node);

/** avail_xenheap_pages - free frames that alloc_xenheap_pages() can use. */
unsigned long avail_xenheap_pages(void);

/** total_free_pages - free frames of all nodes and both heaps, exact. */
unsigned long total_free_pages(void);

XMEM_END_DECLS

#endif /* XMEM_ADMIN_H */
