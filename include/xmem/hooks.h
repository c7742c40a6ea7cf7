/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hooks.h - functions that one layer calls in another, or in the host
 *
 * Nothing here needs a descriptor of a page or <arch/layout.h>: so objects and
 * maps compile without either.
 */
#ifndef XMEM_HOOKS_H
#define XMEM_HOOKS_H

#include <xmem/types.h>

/* The values of xmem_xenheap_tag() that do not count pages. */
#define XMEM_TAG_NONE  0UL	  /* the page is not xmalloc's */
#define XMEM_TAG_POOL  (~0UL)	  /* it belongs to an xmalloc pool */
#define XMEM_TAG_INNER (~0UL - 1) /* to a large object: not its first page */

/**
 * xmem_xenheap_tag - read the tag of the page that holds an address.
 * @va: any value.
 *
 * Return: XMEM_TAG_POOL, XMEM_TAG_INNER, or a page count; XMEM_TAG_NONE if @va
 * is in no allocated xenheap page, or the page has no tag.
 */
unsigned long xmem_xenheap_tag(const void *va);

/**
 * xmem_xenheap_set_tag - set the tag of a page, one word that xmalloc uses.
 * @va:  first address of an allocated xenheap page.
 * @tag: XMEM_TAG_*, or a page count. A page whose tag is not XMEM_TAG_NONE
 *       cannot be freed.
 *
 * xmalloc needs only these two functions, alloc_xenheap_pages() and
 * free_xenheap_pages(): a host with a page allocator of its own supplies these
 * four.
 */
void xmem_xenheap_set_tag(void *va, unsigned long tag);

/**
 * struct xmem_run - a run: @nr consecutive frames from @mfn on.
 */
struct xmem_run {
	unsigned long mfn;
	unsigned long nr;
};

/**
 * xmem_alloc_runs - allocate many frames, in runs as long as the heap has them.
 * @runs:     filled with at most @max_runs runs, largest blocks first.
 * @max_runs: capacity of @runs, at least 1.
 * @nr:       frames wanted, at least 1.
 * @memflags: as alloc_domheap_pages() without an owner. But caches are not
 *            written to RAM (xmem_port_flush_to_ram()): a guest that starts
 *            with caches off needs frames of alloc_domheap_pages().
 * @got:      set to the number of frames obtained, 0..@nr.
 *
 * For callers that do not care where frames lie. Takes one lock hold a node,
 * and fills at most 64 runs a call; call again for the rest. Each run is a
 * block: a power of two in size, and aligned to its size. The frames are the
 * caller's until xmem_free_runs(). Return: number of runs filled; 0 if there is
 * no memory.
 */
XMEM_MUST_CHECK unsigned int xmem_alloc_runs(struct xmem_run *runs,
					     unsigned int max_runs,
					     unsigned long nr,
					     unsigned int memflags,
					     unsigned long *got);

/**
 * xmem_free_runs - free many frames that have no owner.
 * @runs:    runs of any start and length.
 * @nr_runs: number of runs.
 *
 * Frees 64 blocks a lock hold. Panics as free_domheap_pages() does.
 */
void xmem_free_runs(const struct xmem_run *runs, unsigned int nr_runs);

/**
 * xmem_free_runs_at - free frames that vmalloc used.
 * @runs:    the frames that the pages were mapped to, in order, without holes.
 * @nr_runs: number of runs.
 * @va:      address of the first page.
 * @nr:      number of pages.
 *
 * Return: @nr, and the frames are free. If a page was not mapped to the frame
 * that vmalloc had mapped there: the number of pages before it, and nothing is
 * freed. Panics as free_domheap_pages() does if another CPU frees one of the
 * frames meanwhile.
 */
XMEM_MUST_CHECK unsigned long xmem_free_runs_at(const struct xmem_run *runs,
						unsigned int nr_runs,
						unsigned long va,
						unsigned long nr);

#endif /* XMEM_HOOKS_H */
