/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pages.h - whole pages: xenheap, domheap, bulk runs; counts are in admin.h
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

#include <xmem/admin.h>
#include <xmem/config.h>
#include <xmem/hooks.h>
#include <xmem/page_info.h>
#include <xmem/types.h>
#include <xmem/xenheap.h>

XMEM_BEGIN_DECLS

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
#define FREE_DOMHEAP_PAGES(p, o)                   \
	do {                                       \
		struct page_info *xmem_pg_ = (p);  \
		(p) = NULL;                        \
		free_domheap_pages(xmem_pg_, (o)); \
	} while (0)
#define FREE_DOMHEAP_PAGE(p) FREE_DOMHEAP_PAGES(p, 0)

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
 * is clean or dirty as before. (If it is in more than six spans whose borders
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

XMEM_END_DECLS

#endif /* XMEM_PAGES_H */
