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

/*
 * Many single frames, as who builds or destroys a guest needs them: for
 * thousands of frames a call costs a fraction of as many calls for one frame.
 *
 * Frames are listed in an array, by number or by descriptor. To allocate for a
 * guest, and to give all of it back:
 *
 *	while (have < want) {
 *		got = xmem_alloc_frames(d, want - have, 0, mfns + have);
 *		if (got == 0) {
 *			break;		(no memory, or the quota is used up)
 *		}
 *		have += got;
 *	}
 *
 *	while (done < have) {
 *		done += xmem_free_frames(d, mfns + done, have - done);
 *	}
 *
 * Each call does a bounded amount of work, and calls xmem_port_relax() in
 * between. A host that must stop earlier passes a smaller number. Nothing is
 * kept between two calls, so between them anything may happen, and a host may
 * give up half-way: the entries that were counted are done, the others are not.
 */

/** XMEM_FRAMES_A_CALL - how many frames one call does at most. */
#define XMEM_FRAMES_A_CALL (64UL * 64)

/**
 * xmem_alloc_frames - allocate many single frames.
 * @d:        as alloc_domheap_pages().
 * @nr:       frames that are wanted, any number.
 * @memflags: as alloc_domheap_pages().
 * @mfns:     an array with room for @nr numbers, or for XMEM_FRAMES_A_CALL if
 *            that is less.
 *
 * The same frames as by calls of alloc_domheap_page(), in another order: those
 * that are left over from larger blocks first. Room in the quota is reserved
 * once for all. There is no need to free one by one what was allocated so, or
 * together what was not: each frame is one of order 0.
 * Return: how many frames are the caller's, their numbers in @mfns[0..]. Fewer
 * than @nr and XMEM_FRAMES_A_CALL: there is no more memory for the request, or
 * the quota of @d has no more room. Who wants all or nothing frees these then.
 */
XMEM_MUST_CHECK unsigned long xmem_alloc_frames(struct domain *d,
						unsigned long nr,
						unsigned int memflags,
						unsigned long *mfns);

/**
 * xmem_alloc_frame_pages - the same, for a host that goes on with descriptors.
 * @pages: filled with the descriptors, of frames in the order that is best for
 *         the CPU's caches: a host that links them into a list of the owner
 *         does it in a loop over the array.
 */
XMEM_MUST_CHECK unsigned long xmem_alloc_frame_pages(struct domain *d,
						     unsigned long nr,
						     unsigned int memflags,
						     struct page_info **pages);

/**
 * xmem_free_frames - free many single frames of one owner.
 * @d:    the owner of all of them; NULL: they are nobody's.
 * @mfns: their numbers, in any order, each once.
 * @nr:   how many, any number.
 *
 * Any frames that free_domheap_page() takes: allocated by any function, also as
 * parts of larger blocks. They enter the heap dirty, and merge with their
 * neighbours at once. Ascending numbers are the fastest; next come those that
 * are neighbours in memory if they are in the array, as after
 * xmem_alloc_frames().
 *
 * Panics, naming the entry, the frame, its state and the caller, if a frame is
 * not of @d, free already, twice in the array, still referenced, a xenheap
 * page, memory of vmalloc, or in no span of the heap. Frames are freed in
 * batches of up to some hundred entries, and nothing of a batch has been freed
 * when that is found; the batches before it are free.
 * Return: how many entries are done, from the first on: @nr or
 * XMEM_FRAMES_A_CALL, whichever is less.
 */
XMEM_MUST_CHECK unsigned long xmem_free_frames(struct domain *d,
					       const unsigned long *mfns,
					       unsigned long nr);

/** xmem_free_frame_pages - the same, by descriptors. Panics, too, if one of
 *  @pages is none. */
XMEM_MUST_CHECK unsigned long xmem_free_frame_pages(
	struct domain *d, struct page_info *const *pages, unsigned long nr);

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
