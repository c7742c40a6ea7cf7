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

/**
 * xmem_cpu_up - give a CPU its cache of free frames.
 * @cpu:  its number, 0..NR_CPUS-1, as xmem_port_cpu() returns it there.
 * @node: NUMA node, 0..MAX_NUMNODES-1, that it allocates from first: its frames
 *        alone are cached.
 *
 * Call it once for each CPU, on that CPU or before it runs; for CPU 0
 * heap_init_late() does it, too. A CPU that was not announced works without a
 * cache. The cache takes one or two pages, from @node if possible, which the
 * library keeps. It holds at most 128 frames that will be allocated next and 64
 * that wait to go back to the heap together, 8 blocks of each order from 1 to
 * 3, and 4 superpages; twice that if domheap and xenheap differ
 * (docs/design.md, "Caches of CPUs"). Context: after end_boot_allocator().
 * Return: 0, also where nothing is cached in this configuration; -EINVAL for a
 * bad number or node; -EEXIST if the CPU is up already; -ENOMEM.
 */
XMEM_MUST_CHECK int xmem_cpu_up(unsigned int cpu, unsigned int node);

/**
 * xmem_cpu_down - take the cache from a CPU and give its frames to the heap.
 * @cpu: a CPU that is up.
 *
 * Call it on that CPU, or when it has stopped for good; it uses the heap
 * without a cache from then on. Return: 0; -EINVAL for a bad number; -ENOENT if
 * the CPU is not up; -EBUSY, with nothing changed, if it was found in its
 * cache: then it has not stopped, or this is its interrupt handler; or if
 * another CPU drains all caches just now and xmem_port_may_broadcast() is false
 * here, so that it cannot be waited for.
 */
XMEM_MUST_CHECK int xmem_cpu_down(unsigned int cpu);

/**
 * xmem_drain_caches - give the frames in the caches of all CPUs to the heap.
 *
 * For a host that looks for large free blocks, or before memory is counted with
 * care. An allocation does it by itself before it fails. Return: true; false,
 * with nothing changed, if xmem_port_may_broadcast() is false here.
 */
XMEM_BOOL xmem_drain_caches(void);

XMEM_END_DECLS

#endif /* XMEM_ADMIN_H */
