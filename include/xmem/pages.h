/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pages.h - whole pages: xenheap, domheap, bulk runs, counts
 *
 * Xenheap memory is always mapped and comes as a virtual address. Domheap
 * memory is frames, possibly unmapped, possibly owned. In the layouts with
 * one heap both draw on the same frames; a separate xenheap has its own.
 *
 * All functions: any CPU, normal context, interrupts on or off, no lock of
 * the library held by the caller. Before the heap has memory every
 * allocation returns NULL. A free may cover any aligned power-of-two part of
 * an allocation, in any order; frames that never were allocated (boot
 * modules, init sections) may be freed too and so enter the heap.
 *
 * Algorithm: binary buddy (Knuth, TAOCP vol. 1, 2.5) on bitmap trees; see
 * docs/design.md.
 */
#ifndef XMEM_PAGES_H
#define XMEM_PAGES_H

#include <xmem/config.h>
#include <xmem/log2.h>
#include <xmem/page_info.h>
#include <xmem/types.h>

/* Allocation flags: the known names, values and meaning. */
#define MEMF_no_refcount     (1U << 0) /* owner's tot_pages is not raised */
#define MEMF_keep_scrub	     (1U << 2) /* reserved */
#define MEMF_no_dma	     (1U << 3) /* keep out of low (DMA) memory */
#define MEMF_exact_node	     (1U << 4) /* fail rather than leave the node */
#define MEMF_no_owner	     (1U << 5) /* owner only steers placement */
#define MEMF_no_tlbflush     (1U << 6) /* reserved */
#define MEMF_no_icache_flush (1U << 7) /* no code will be run from it */
#define MEMF_no_scrub	     (1U << 8) /* contents do not matter */
#define MEMF_vmalloc	     (1U << 9) /* xmem_page_set_vmalloc() is next */
#define MEMF_node_shift	     16
#define MEMF_node_mask	     0xffU
/** Prefer NUMA node @n, 0..MAX_NUMNODES-1; ~0U and 0xff: no node, any. With a
 *  number in between there is no memory: the request fails. */
#define MEMF_node(n) \
	((((unsigned int)(n) + 1) & MEMF_node_mask) << MEMF_node_shift)
#define MEMF_bits_shift 24
#define MEMF_bits_mask	0xffU
/** Only frames whose physical addresses fit in @n bits, 1..64. */
#define MEMF_bits(n) (((unsigned int)(n) & MEMF_bits_mask) << MEMF_bits_shift)

/**
 * alloc_xenheap_pages - 2^@order contiguous, mapped pages.
 * @order:    0..MAX_ORDER.
 * @memflags: MEMF_bits, MEMF_node, MEMF_exact_node, MEMF_no_dma.
 *
 * The address is aligned to the size of the block. Contents are undefined.
 * Return: address, owned by the caller until free_xenheap_pages(); NULL if
 * @order is out of range, no memory fits, or the heap is not up yet.
 */
XMEM_MUST_CHECK void *alloc_xenheap_pages(unsigned int order,
					  unsigned int memflags);

/**
 * free_xenheap_pages - give back 2^@order pages from @va.
 * @va:    start of an aligned part of a xenheap allocation; NULL is ignored.
 * @order: 0..MAX_ORDER.
 *
 * Panics, naming @va, if it is not aligned to @order, not a xenheap page,
 * free already, or xmalloc's: a page of its pool or of an object.
 */
void free_xenheap_pages(void *va, unsigned int order);

/** alloc_xenheap_page, free_xenheap_page - the same for one page. */
#define alloc_xenheap_page()  (alloc_xenheap_pages(0, 0))
#define free_xenheap_page(va) (free_xenheap_pages(va, 0))

/**
 * alloc_domheap_pages - 2^@order contiguous frames.
 * @d:        owner, or NULL for nobody's. Raises its tot_pages and fails
 *            rather than exceed max_pages, unless MEMF_no_refcount; ignored
 *            with MEMF_no_owner.
 * @order:    0..MAX_ORDER.
 * @memflags: any MEMF_*. Without MEMF_no_scrub the frames hold no data of an
 *            earlier user: dirty ones are zeroed, outside the lock.
 *
 * Return: descriptor of the first frame, naturally aligned; NULL if @order
 * is out of range, nothing fits, the quota is used up, or there is no heap.
 */
XMEM_MUST_CHECK struct page_info *alloc_domheap_pages(struct domain *d,
						      unsigned int order,
						      unsigned int memflags);

/**
 * free_domheap_pages - give back 2^@order frames from @pg.
 * @pg:    descriptor of the first frame, aligned to @order; not NULL.
 * @order: 0..MAX_ORDER. All frames must have the same owner.
 *
 * The frames enter the heap dirty. Panics, naming the frame and its state,
 * if a frame is free already, still referenced, a xenheap page, memory of
 * vmalloc, or not known to the heap.
 */
void free_domheap_pages(struct page_info *pg, unsigned int order);

/** alloc_domheap_page, free_domheap_page - the same for one frame. */
#define alloc_domheap_page(d, memflags) (alloc_domheap_pages(d, 0, memflags))
#define free_domheap_page(pg)		(free_domheap_pages(pg, 0))

/* Free and forget, so that a stale pointer cannot be used again. */
#define FREE_XENHEAP_PAGES(p, o)                    \
	do {                                        \
		void *xmem_ptr_ = (p);              \
		(p) = NULL;                         \
		free_xenheap_pages(xmem_ptr_, (o)); \
	} while (0)
#define FREE_XENHEAP_PAGE(p) FREE_XENHEAP_PAGES(p, 0)
#define FREE_DOMHEAP_PAGES(p, o)                   \
	do {                                       \
		struct page_info *xmem_pg_ = (p);  \
		(p) = NULL;                        \
		free_domheap_pages(xmem_pg_, (o)); \
	} while (0)
#define FREE_DOMHEAP_PAGE(p) FREE_DOMHEAP_PAGES(p, 0)

/**
 * struct xmem_run - @nr frames from @mfn on; the unit of bulk calls.
 */
struct xmem_run {
	unsigned long mfn;
	unsigned long nr;
};

/**
 * xmem_alloc_runs - many frames, as few runs as the heap has.
 * @runs:     filled with at most @max_runs runs, largest blocks first.
 * @max_runs: capacity of @runs, at least 1.
 * @nr:       frames wanted, at least 1.
 * @memflags: as alloc_domheap_pages() without an owner; but frames are not
 *            cleaned to RAM (Arm): those of a guest that starts with caches
 *            off come from alloc_domheap_pages().
 * @got:      set to the number of frames obtained, 0..@nr.
 *
 * For callers that do not care where frames lie. One lock hold a node, at
 * most 64 runs a call. Takes what fits; call again for the rest. Each run is a
 * power of two in size and naturally aligned, and may be given back in aligned
 * parts. Return: number of runs filled; 0 when there is no memory at all.
 */
XMEM_MUST_CHECK unsigned int xmem_alloc_runs(struct xmem_run *runs,
					     unsigned int max_runs,
					     unsigned long nr,
					     unsigned int memflags,
					     unsigned long *got);

/**
 * xmem_free_runs - give back frames of no owner, 64 blocks a lock hold.
 * @runs: @nr_runs runs of any start and length (split as needed).
 *
 * Panics as free_domheap_pages() does.
 */
void xmem_free_runs(const struct xmem_run *runs, unsigned int nr_runs);

/**
 * xmem_free_runs_at - give back frames of vmalloc.
 * @runs: @nr_runs runs, what the @nr pages from @va on were mapped to, in
 *        order; without what was not mapped.
 *
 * Return: @nr, and they are free. Or how many pages are before the first one
 * that did not lead to the frame that vmalloc had mapped there; then nothing
 * is freed. Panics as free_domheap_pages() does if another CPU frees one of
 * the frames meanwhile.
 */
XMEM_MUST_CHECK unsigned long xmem_free_runs_at(const struct xmem_run *runs,
						unsigned int nr_runs,
						unsigned long va,
						unsigned long nr);

/**
 * xmem_xenheap_tag - what xmalloc noted at the page that holds @va.
 * @va: any address at all.
 *
 * Return: XMEM_TAG_POOL, XMEM_TAG_INNER, a page count, or XMEM_TAG_NONE where
 * @va is not in an allocated xenheap page or nothing was noted.
 */
unsigned long xmem_xenheap_tag(const void *va);

/**
 * xmem_xenheap_set_tag - note @tag at the xenheap page that starts at @va.
 *
 * One word per page. As long as it is not XMEM_TAG_NONE the page cannot be
 * freed. Together with alloc_xenheap_pages() and free_xenheap_pages() all that
 * xmalloc needs: an embedder with its own page allocator provides these four
 * functions.
 */
void xmem_xenheap_set_tag(void *va, unsigned long tag);

/**
 * init_xenheap_pages - frames of [@ps, @pe) become xenheap memory.
 * @ps, @pe: physical addresses in bytes, rounded inwards to pages; an empty
 *           or inverted range is ignored.
 *
 * Separate layout: the only source of xenheap; all must be in the direct map.
 * Other layouts: the same as init_domheap_pages(). Frame 0 never enters.
 * Called when the frames have descriptors, after arch_init_frametable(); frames
 * that the boot allocator has must be allocated from it first.
 *
 * Panics, naming the frame and what it is, on one that is no RAM, or free; in
 * use as xenheap, or owned or referenced, as far as it is looked at: the first
 * and the last of every 512. Frames in use by nobody in particular cannot be
 * told from those that never were given: they would be handed out twice.
 */
void init_xenheap_pages(paddr_t ps, paddr_t pe);

/**
 * xenheap_max_mfn - partial layout: xenheap ends at frame @mfn (inclusive).
 *
 * Called once, before arch_init_directmap(), which maps what lies below; panics
 * after it.
 */
void xenheap_max_mfn(unsigned long mfn);

/**
 * init_domheap_pages - frames of [@ps, @pe) enter the heap, dirty.
 * @ps, @pe: as init_xenheap_pages().
 *
 * Callable at any time, also for memory added late, if its frames are valid
 * (mfn_valid()): what the boot was not told of has no descriptors. Metadata
 * for a range in which the heap knows no span yet, below 1/200 of it, is taken
 * from the xenheap, else from the first frames of the range, if they are
 * mapped; a range for which there is no room is lost, with a message. Ranges
 * that touch share spans, so they may come in pieces and in any order. Cost by
 * blocks, but for the look at two descriptors of every 512. Panics as
 * init_xenheap_pages() does, and on frames of a separate xenheap.
 */
void init_domheap_pages(paddr_t ps, paddr_t pe);

/** avail_domheap_pages - free domheap frames of all nodes, exact. */
unsigned long avail_domheap_pages(void);

/**
 * avail_domheap_pages_region - free domheap frames by node and width.
 * @node:      node, or ~0U for all.
 * @min_width: only frames whose address needs at least this many bits.
 * @max_width: only frames whose address fits in this many bits; 0 = any.
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
 * get_order_from_pages - smallest order with 2^order >= @nr_pages.
 * @nr_pages: any; 0 and 1 give 0.
 */
static inline unsigned int get_order_from_pages(unsigned long nr_pages)
{
	return nr_pages <= 1 ? 0 : xmem_log2(nr_pages - 1) + 1;
}

/** get_order_from_bytes - smallest order that holds @size bytes. */
static inline unsigned int get_order_from_bytes(unsigned long size)
{
	return get_order_from_pages((size >> PAGE_SHIFT) +
				    ((size & (PAGE_SIZE - 1)) != 0));
}

#endif /* XMEM_PAGES_H */
