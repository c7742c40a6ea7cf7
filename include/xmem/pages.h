/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pages.h - whole pages: xenheap, domheap, bulk runs, counts
 *
 * Xenheap memory is always mapped, and a caller gets its address. Domheap
 * memory is frames, which may be unmapped and may have an owner. A separate
 * xenheap has frames of its own; in the other layouts both use the same frames.
 *
 * All functions: any CPU, normal context, interrupts on or off, no lock of
 * the library held by the caller. Before the heap has memory every
 * allocation returns NULL. An allocation may be freed in aligned power-of-two
 * parts, in any order. Frames that never were allocated (boot modules, init
 * sections) may be freed, too, and so enter the heap.
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
#define MEMF_no_refcount     (1U << 0) /* do not count in tot_pages */
#define MEMF_keep_scrub	     (1U << 2) /* reserved */
#define MEMF_no_dma	     (1U << 3) /* keep out of low (DMA) memory */
#define MEMF_exact_node	     (1U << 4) /* fail rather than leave the node */
#define MEMF_no_owner	     (1U << 5) /* do not make @d the owner */
#define MEMF_no_tlbflush     (1U << 6) /* reserved */
#define MEMF_no_icache_flush (1U << 7) /* no code will be run from it */
#define MEMF_no_scrub	     (1U << 8) /* contents do not matter */
#define MEMF_vmalloc	     (1U << 9) /* xmem_page_set_vmalloc() follows */
#define MEMF_node_shift	     16
#define MEMF_node_mask	     0xffU
/** Prefer NUMA node @n, 0..MAX_NUMNODES-1; ~0U and 0xff: no preference. With
 *  other numbers the allocation fails. */
#define MEMF_node(n) \
	((((unsigned int)(n) + 1) & MEMF_node_mask) << MEMF_node_shift)
#define MEMF_bits_shift 24
#define MEMF_bits_mask	0xffU
/** Use only frames whose physical addresses fit in @n bits, 1..64. */
#define MEMF_bits(n) (((unsigned int)(n)&MEMF_bits_mask) << MEMF_bits_shift)

/**
 * alloc_xenheap_pages - allocate 2^@order contiguous, mapped pages.
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
 * free_xenheap_pages - free 2^@order xenheap pages.
 * @va:    start of an aligned part of a xenheap allocation; NULL is ignored.
 * @order: 0..MAX_ORDER.
 *
 * Panics, naming @va, if it is not aligned to @order, not a xenheap page,
 * free already, or a page that xmalloc uses.
 */
void free_xenheap_pages(void *va, unsigned int order);

/** alloc_xenheap_page, free_xenheap_page - the same for one page. */
#define alloc_xenheap_page()  (alloc_xenheap_pages(0, 0))
#define free_xenheap_page(va) (free_xenheap_pages(va, 0))

/**
 * alloc_domheap_pages - allocate 2^@order contiguous frames.
 * @d:        the owner, or NULL: nobody's. Raises its tot_pages, and fails
 *            rather than exceed its max_pages, unless MEMF_no_refcount is
 *            given; ignored with MEMF_no_owner.
 * @order:    0..MAX_ORDER.
 * @memflags: any MEMF_*. Without MEMF_no_scrub dirty frames are zeroed, outside
 *            the lock, so that no data of an earlier user is left in them.
 *
 * Return: the descriptor of the first frame, which is aligned to @order; the
 * frames are the caller's until free_domheap_pages(). NULL if @order is out of
 * range, nothing fits, the quota is used up, or the heap has no memory yet.
 */
XMEM_MUST_CHECK struct page_info *alloc_domheap_pages(struct domain *d,
						      unsigned int order,
						      unsigned int memflags);

/**
 * free_domheap_pages - free 2^@order frames.
 * @pg:    descriptor of the first frame, aligned to @order; not NULL.
 * @order: 0..MAX_ORDER. All frames must have the same owner.
 *
 * The frames enter the heap dirty. Panics, naming the frame and its state, if
 * one of them is free already, still referenced, a xenheap page, memory of
 * vmalloc, or in no span of the heap.
 */
void free_domheap_pages(struct page_info *pg, unsigned int order);

/** alloc_domheap_page, free_domheap_page - the same for one frame. */
#define alloc_domheap_page(d, memflags) (alloc_domheap_pages(d, 0, memflags))
#define free_domheap_page(pg)		(free_domheap_pages(pg, 0))

/* Free @p and set it to NULL, so that it cannot be used again. */
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

/*
 * Frames that lie where the caller says, and runs of exactly so many. They are
 * nobody's, like those of alloc_domheap_pages(NULL, ...), and are freed like
 * those: by free_domheap_pages() or xmem_free_runs(), all or any part.
 */

/**
 * xmem_take_range - allocate the frames [@mfn, @mfn + @nr), all or none.
 * @mfn:      first frame, any value.
 * @nr:       frames, any number, also more than 2^MAX_ORDER.
 * @memflags: MEMF_no_scrub, MEMF_no_icache_flush, as alloc_domheap_pages().
 *            Others are ignored, as the caller has chosen the frames.
 *
 * For a kernel that sets memory offline, or needs what firmware names. The
 * range may cross blocks, spans and nodes. In the separate layout its frames
 * may be the xenheap's as well; they are the caller's then as other frames are,
 * and go back to the xenheap when they are freed.
 * The lock of a node is held once for each span, twice if there are several,
 * for a time that does not depend on @nr.
 * Return: 0, and the frames are the caller's; -EINVAL if @nr is 0 or the range
 * wraps around; -EBUSY if a frame is in use, -ENOENT if one is in no span of
 * the heap (either, if there are both). Then nothing has changed: every frame
 * is clean or dirty as before. (If it is in more than eight spans whose borders
 * are no multiples of 64, and another CPU gets a frame of it in the last
 * moment, some clean ones at such borders become dirty.) An allocation on
 * another CPU may have failed meanwhile, if the range is in several spans.
 */
XMEM_MUST_CHECK int xmem_take_range(mfn_t mfn, unsigned long nr,
				    unsigned int memflags);

/**
 * xmem_take_range_partial - the same, up to the first frame that is not free.
 * @mfn, @nr, @memflags: as xmem_take_range().
 *
 * Return: how many frames, from @mfn on, are the caller's; 0..@nr. Who wants
 * to know why it is not more asks xmem_take_range() for the next one, or
 * xmem_heap_frame_state() (<xmem/admin.h>).
 */
XMEM_MUST_CHECK unsigned long xmem_take_range_partial(mfn_t mfn,
						      unsigned long nr,
						      unsigned int memflags);

/**
 * xmem_take_run - allocate exactly @nr consecutive frames.
 * @nr:       frames, at least 1; no power of two, and may be more than
 *            2^MAX_ORDER.
 * @align:    the first frame is a multiple of it: a power of two, in frames; 0
 *            counts as 1.
 * @lo, @hi:  frames of [@lo, @hi) only; _mfn(0), INVALID_MFN: any.
 * @memflags: as alloc_domheap_pages() without an owner.
 *
 * Succeeds if a node that may be asked has such a run of free frames, wherever
 * it lies: across blocks, and across spans that touch. All frames are of one
 * node; a run across the border of two nodes is not looked for. The highest one
 * of the preferred node is taken; frames that one block holds are preferred.
 * Time: short if a block has room. If not, in proportion to the free blocks
 * that have at least a quarter of @nr frames; after 64 of them the lock is
 * dropped for a moment. What is freed meanwhile may be overlooked. It is taken
 * in one lock hold, whose time depends on the number of spans it is in.
 * Return: the first frame; INVALID_MFN if there is no such run, @nr is 0, or
 * @align is no power of two.
 */
XMEM_MUST_CHECK mfn_t xmem_take_run(unsigned long nr, unsigned long align,
				    mfn_t lo, mfn_t hi, unsigned int memflags);

/**
 * xmem_frame_is_free - is a frame free memory of the heap?
 * @mfn: any value.
 *
 * Takes the lock of its node. The answer may be different at once if others use
 * the heap. False for a frame that the heap does not know.
 */
bool xmem_frame_is_free(mfn_t mfn);

/**
 * xmem_alloc_pages_exact - allocate any number of xenheap pages, not only 2^n.
 * @nr:          pages (not bytes), at least 1.
 * @align_order: the address is a multiple of 2^@align_order pages.
 * @memflags:    as alloc_xenheap_pages().
 *
 * Allocates a block and frees at once what is too much. Both functions call
 * alloc_xenheap_pages() and free_xenheap_pages() only; xmalloc uses them for
 * large objects, and a host may define both itself. Kernels that know them by
 * size in bytes have
 *
 *	alloc_pages_exact(size)     xmem_alloc_pages_exact(PFN_UP(size), 0, 0)
 *	free_pages_exact(va, size)  xmem_free_pages_exact(va, PFN_UP(size))
 *
 * Return: address, owned by the caller until xmem_free_pages_exact() or
 * free_xenheap_pages() of its parts; NULL if there is no memory, @nr is 0, or
 * the block would be larger than 2^MAX_ORDER pages.
 */
XMEM_MUST_CHECK void *xmem_alloc_pages_exact(unsigned long nr,
					     unsigned int align_order,
					     unsigned int memflags);

/**
 * xmem_free_pages_exact - free pages of xmem_alloc_pages_exact().
 * @va: first page; any of one allocation.
 * @nr: pages to free; 0: nothing happens. The rest stays allocated.
 *
 * Panics as free_xenheap_pages() does.
 */
void xmem_free_pages_exact(void *va, unsigned long nr);

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
 * four. (The pages of its large objects come from xmem_alloc_pages_exact(),
 * which the library has on top of these.)
 */
void xmem_xenheap_set_tag(void *va, unsigned long tag);

/**
 * init_xenheap_pages - give frames of [@ps, @pe) to the xenheap.
 * @ps, @pe: physical addresses in bytes, rounded inwards to pages; an empty
 *           or inverted range is ignored.
 *
 * In the separate layout this is the only source of xenheap memory, and all of
 * it must be in the direct map. In the other layouts it is the same as
 * init_domheap_pages(). Frame 0 is left out. Call it after
 * arch_init_frametable(), when the frames have descriptors; frames that belong
 * to the boot allocator must be allocated from it first.
 *
 * Panics, naming the frame and its state, on a frame that is no RAM, or free.
 * It also panics if a frame is xenheap, owned or referenced, but checks only
 * the first and the last of every 512. A frame that is in use without any mark
 * looks like one that was never given: the heap would hand it out a second
 * time.
 */
void init_xenheap_pages(paddr_t ps, paddr_t pe);

/**
 * xenheap_max_mfn - partial layout: set the last frame of xenheap and direct
 * map.
 * @mfn: that frame.
 *
 * Call it once, before arch_init_directmap(); panics after it.
 */
void xenheap_max_mfn(unsigned long mfn);

/**
 * init_domheap_pages - give frames of [@ps, @pe) to the heap; they are dirty.
 * @ps, @pe: as init_xenheap_pages().
 *
 * Callable at any time after arch_init_frametable(), also for memory that comes
 * late, if its frames are valid (mfn_valid()): RAM that the boot allocator was
 * not told of has no descriptors. Where the heap has no span yet, it makes one.
 * The metadata, less than 1/200 of the range, comes from the xenheap, else from
 * the first frames of the range, if they are mapped. If there is no memory for
 * it the range is lost, with a message. Ranges that touch share spans, so they
 * may come in pieces and in any order. The time depends on the number of
 * blocks, plus two descriptors of every 512. Panics as init_xenheap_pages()
 * does, and on frames of a separate xenheap.
 */
void init_domheap_pages(paddr_t ps, paddr_t pe);

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
