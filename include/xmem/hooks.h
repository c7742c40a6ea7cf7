/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hooks.h - both sides in one file: what a host provides, and what its glue
 * calls
 *
 * A host has headers of its own for pages, maps and objects. Their names are
 * those of xmem's headers, with other types, so no file can include both. This
 * header can be included beside any header of a host, before or after it: all
 * it declares begins with xmem_ or XMEM_, it includes only headers of which the
 * same is true (tests/lint/lint_hooks.py), and its types are those of the
 * language. Xmem's other headers include it, so that a function is declared
 * once, and the compiler compares what a host defines with what is called.
 *
 * It does not read `xmem_port.h`: what is renamed there (docs/porting.md) keeps
 * its name in the host's own file. A hook that is a macro in `xmem_port.h` is
 * declared here as a function all the same, which nobody calls.
 *
 * Frames are plain numbers here, as a host's type for them is its own.
 * XMEM_NO_MFN is no frame. Errors are those of <xmem/errors.h>, which is apart
 * because a host may have other values for them (in `xmem_port.h`).
 *
 * All functions, unless something else is said: any CPU, normal context, no
 * lock of the library held.
 */
#ifndef XMEM_HOOKS_H
#define XMEM_HOOKS_H

#include <xmem/base.h>
#include <xmem/lock.h>

/* A host whose own header declares pools by the known prototypes. */
#ifndef XMEM_HOOKS_NO_POOLS
#include <xmem/pool.h>
#endif

XMEM_BEGIN_DECLS

/* ---- provided by every host ---- */

/**
 * xmem_port_panic - stop the machine: a bug was found, or memory is corrupt.
 * @fmt: printf-like; only %s %p %d %u %x %lu %lx %ld %llx are used.
 *
 * Called on any CPU, perhaps under a lock of the library. Must not return.
 */
#ifndef xmem_port_panic
XMEM_NORETURN XMEM_PRINTF(1, 2) void xmem_port_panic(const char *fmt, ...);
#endif

/**
 * xmem_port_print - write a message to the console.
 * @fmt: printf-like, the conversions of xmem_port_panic(); ends with '\n'.
 *
 * Never called with a library lock held.
 */
#ifndef xmem_port_print
XMEM_UNLOCKED XMEM_PRINTF(1, 2) void xmem_port_print(const char *fmt, ...);
#endif

/**
 * xmem_port_tlb_flush - drop translations of a range on all CPUs.
 * @va:       first virtual address, page aligned.
 * @nr_pages: pages, at least 1.
 *
 * When it returns no CPU uses a translation of the range that it read before
 * the call. Called without a library lock, with interrupts and preemption as
 * the caller of the library has them: if that may be with interrupts off, two
 * CPUs that wait for each other here must answer meanwhile. Before other CPUs
 * run, a local flush is enough. <arch/tlb.h> has what to build it from.
 */
#ifndef xmem_port_tlb_flush
XMEM_UNLOCKED void xmem_port_tlb_flush(unsigned long va,
				       unsigned long nr_pages);
#endif

/* ---- provided, by a host with a page layer of its own: memory for the library
 *
 * The heap, the page tables and vmap allocate all that they need for themselves
 * by these two functions. The library has them, on top of its heap. A host with
 * a page layer of its own may define both instead; then page tables and vmap
 * need no heap (docs/porting.md, "Taking a layer").
 *
 * Context: any CPU, normal context, no lock of the library held; not while the
 * boot allocator is in charge.
 */

/**
 * xmem_meta_take - allocate pages that are mapped and contiguous.
 * @nr: pages, at least 1. More than 2^MAX_ORDER pages are asked for only during
 *      set-up; the library's own function may then hold much more of the heap
 *      until it returns, to find neighbouring blocks.
 *
 * Return: address of the first page, contents undefined, owned by the caller
 * until xmem_meta_give(); in the direct map, as the library's page tables give
 * it to virt_to_mfn(); NULL if there is no memory, with nothing changed.
 */
XMEM_MUST_CHECK void *xmem_meta_take(unsigned long nr);

/**
 * xmem_meta_give - free pages.
 * @va: first page.
 * @nr: pages, at least 1: all or a part of what xmem_meta_take() returned, or
 *      pages that the boot allocator has handed out.
 */
void xmem_meta_give(void *va, unsigned long nr);

/* ---- provided, for xmalloc: pages, and a word for each ---- */

/**
 * xmem_alloc_pages_exact - allocate any number of xenheap pages, not only 2^n.
 * @nr:          pages (not bytes), at least 1.
 * @align_order: the address is a multiple of 2^@align_order pages.
 * @memflags:    as alloc_xenheap_pages(); 0 from xmalloc.
 *
 * Allocates a block and frees at once what is too much. Both functions call
 * alloc_xenheap_pages() and free_xenheap_pages() only, and are all that xmalloc
 * calls for pages: a host supplies either these two or those two. Kernels that
 * know them by size in bytes have
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

/* The values of xmem_xenheap_tag() that do not count pages. */
#define XMEM_TAG_NONE  0UL	  /* the page is not xmalloc's */
#define XMEM_TAG_POOL  (~0UL)	  /* it belongs to an xmalloc pool */
#define XMEM_TAG_INNER (~0UL - 1) /* to a large object: not its first page */

/**
 * xmem_xenheap_tag - read the tag of the page that holds an address.
 * @va: any value at all, as xfree() gets it: an address of a user, of vmap, not
 *      aligned, NULL, ZERO_BLOCK_PTR. No conversion of it comes before the test
 *      of its range.
 *
 * Takes no lock: any context, also a panic.
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
 * xmalloc sets XMEM_TAG_NONE for every page that it has given a tag before it
 * frees the page, and calls neither function for a page that it frees without
 * having used it. So a word that rests at another value is restored then.
 */
void xmem_xenheap_set_tag(void *va, unsigned long tag);

/* ---- provided, for vmalloc: scattered frames ---- */

/**
 * struct xmem_run - a run: @nr consecutive frames from @mfn on.
 */
struct xmem_run {
	unsigned long mfn;
	unsigned long nr;
};

/* The flags that vmalloc passes: contents do not matter; each frame is marked
 * for vmalloc next. The others are in <xmem/xenheap.h>. */
#define XMEM_MEMF_NO_SCRUB (1U << 8)
#define XMEM_MEMF_VMALLOC  (1U << 9)

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
 * xmem_free_runs - free many frames that have no owner. The library itself does
 *                  not call it.
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

/* ---- provided, for vmap and vmalloc: page tables
 *
 * A host with page tables of its own supplies the five functions below. What
 * vmap asks of them is said at each one as "vmap:". Its order for an area is
 *
 *	prepare, commit .. commit, park, xmem_port_tlb_flush(), collect ..
 *collect
 *
 * and it takes no lock meanwhile: the area is the caller's.
 */

/* Access. 0 = no access. */
#define XMEM_MAP_READ  (1U << 0)
#define XMEM_MAP_WRITE (1U << 1)
#define XMEM_MAP_EXEC  (1U << 2)
/* Memory type, one of four. */
#define XMEM_MAP_WB	   (0U << 4) /* write-back: normal memory */
#define XMEM_MAP_WT	   (1U << 4) /* write-through */
#define XMEM_MAP_WC	   (2U << 4) /* write-combining, non-cacheable */
#define XMEM_MAP_UC	   (3U << 4) /* uncached, device */
#define XMEM_MAP_TYPE_MASK (3U << 4)
/* Use no block larger than a page. */
#define XMEM_MAP_SMALL (1U << 8)
/* All bits of an access and a memory type. */
#define XMEM_MAP_ATTRS_MASK (0x37U)

/**
 * xmem_map_prepare - build all tables that a range needs to be committed.
 * @va: page-aligned address; the caller alone uses the range from here until
 *      all of it has been collected.
 * @nr: pages, at least 1.
 *
 * All that can fail happens here.
 *
 * vmap: calls it once for each area. A range may be prepared that was before,
 * or a part of one: nothing says that tables are not needed any more. If there
 * are no frames for it, nothing else is called for the range, and others may
 * prepare its addresses later. Any error counts as no memory, and nothing else
 * is called for the range either.
 * Return: 0; -ENOMEM if there is no memory; -EINVAL for addresses that the root
 * table does not translate. After an error nothing must be undone.
 */
XMEM_MUST_CHECK int xmem_map_prepare(unsigned long va, unsigned long nr);

/**
 * xmem_map_commit - map a run of frames in a prepared range. Cannot fail.
 * @va:    page-aligned address; nothing is mapped in the range.
 * @mfn:   first frame of the run.
 * @nr:    number of frames.
 * @flags: XMEM_MAP_*; without access the entries are parked at once.
 *
 * No TLB flush is needed, as nothing was mapped there, and no lock, as the
 * range is the caller's. Calls xmem_port_relax() every 512 pages. Panics if the
 * range was not prepared.
 *
 * vmap: commits an area run by run, from its start on, without gaps, with read
 * access. Frames are any that a physical address can name: not RAM, frame 0,
 * the same one twice. Where vmalloc() runs out of frames, the rest of the area
 * is never committed. It commits each frame of xmem_alloc_runs() before anybody
 * else can know it: so a host without descriptors of the library notes here, at
 * a frame's first mapping, which page has it, for xmem_free_runs_at().
 */
void xmem_map_commit(unsigned long va, unsigned long mfn, unsigned long nr,
		     unsigned int flags);

/**
 * xmem_map_park - first half of unmapping: remove access, remember frames.
 * @va: page-aligned address in a prepared range.
 * @nr: pages.
 *
 * Entries become not present and keep their frames, which are collected after
 * the TLB flush. The caller flushes the TLB of the range next. Holes stay
 * holes. Calls xmem_port_relax() every 512 pages. Parts of what one commit has
 * mapped may be parked separately, but by one CPU at a time.
 *
 * vmap: parks all pages of an area that were committed, in one call, and no
 * others. Somebody may have changed them since by the functions of
 * <xmem/map.h>: rights; other frames; blocks, which lie wholly in the area; or
 * nothing mapped any more in some of the pages, or in all.
 */
void xmem_map_park(unsigned long va, unsigned long nr);

/**
 * xmem_map_collect - second half of unmapping: clear parked entries and return
 * their frames.
 * @va:       page-aligned: the first page of the parked range that is left.
 * @nr:       pages that are left, at least 1.
 * @runs:     filled with the frames in order of their addresses, neighbours in
 *            one run.
 * @max_runs: room in @runs, at least 1.
 * @nr_done:  set to the number of pages that are done, at least 1, holes
 *            counted; if fewer than @nr, the caller goes on behind them.
 *
 * vmap: collects what it has parked and flushed, in ascending pieces of at most
 * 512 pages, each page once, with room for 8 runs. Then the addresses are free:
 * the next owner may prepare and commit them at once. vunmap() ignores the runs
 * and takes holes as they are. vfree() frees the frames, after it has compared
 * each with the page that it had been mapped to; it panics at the first page
 * that is a hole or has another frame. So a hole must not be in a run. Frames
 * that are neighbours may be in one run or in several.
 * Return: number of runs filled; 0 if all pages that are done were holes.
 */
unsigned int xmem_map_collect(unsigned long va, unsigned long nr,
			      struct xmem_run *runs, unsigned int max_runs,
			      unsigned long *nr_done);

/**
 * xmem_map_lookup - find the frame that an address is mapped to.
 * @va: any value.
 *
 * vmap: asks only for addresses inside a window, at any byte, and only for
 * vmap_to_mfn() and vmap_to_page(). These hand the answer on, or make NULL of
 * XMEM_NO_MFN: so it must come, and nothing may be made up, for addresses that
 * are free, guard pages, holes in an area, pages not committed yet, and pages
 * between park and collect. Another CPU may change the area at that moment.
 * Nothing that frees or unmaps calls this function.
 * Return: the frame, or XMEM_NO_MFN if nothing is mapped there.
 */
unsigned long xmem_map_lookup(unsigned long va);

/* ---- provided, for vmap and page tables: memory before there is a heap
 *
 * By the boot allocator, or by a host that has one of its own and wants vmap
 * before there is a heap. Without either, the layer `maps` has functions that
 * say so (src/lib/no_boot.c).
 */

/** xmem_boot_active - is the boot allocator in charge: does it have RAM, and
 * has end_boot_allocator() not run yet? Without one: false.
 * Any CPU, any context. */
XMEM_BOOL xmem_boot_active(void);

/**
 * xmem_boot_take - allocate contiguous boot frames within [@smfn, @emfn).
 * @nr:    frames, at least 1.
 * @align: alignment in frames, a power of two; 0 counts as 1.
 * @smfn:  first frame that may be used.
 * @emfn:  frame behind the last one; ~0UL for no limit.
 *
 * Return: the first frame, owned by the caller: the highest possible one or, if
 * entries of the table are scarce, one for which the fewest are needed;
 * XMEM_NO_MFN if there is no room.
 */
XMEM_MUST_CHECK unsigned long xmem_boot_take(unsigned long nr,
					     unsigned long align,
					     unsigned long smfn,
					     unsigned long emfn);

/**
 * xmem_boot_give - free a boot frame.
 * @mfn: the frame, any value.
 *
 * For callers that must free or unwind while the boot allocator is in charge.
 * If the table is full, the frame may be given up, with a message: then it
 * stays used. Return: true; false, with nothing changed, if the frame was not
 * allocated or reserved here, or after end_boot_allocator(): then it is the
 * heap's to free, and any CPU may ask.
 */
XMEM_MUST_CHECK XMEM_BOOL xmem_boot_give(unsigned long mfn);

/**
 * xmem_boot_ram - get the @i-th range of all RAM that was added.
 * @i:    from 0 up; ranges ascend by address, neighbours are merged.
 * @smfn: set to its first frame.
 * @emfn: set to the frame behind its last.
 *
 * Frames in use are included. The direct map, the frame table and mfn_valid()
 * are built from it. Callable after end_boot_allocator(), too, when it never
 * changes: on any CPU, in any context.
 * Return: false if there are no more than @i ranges.
 */
XMEM_BOOL xmem_boot_ram(unsigned int i, unsigned long *smfn,
			unsigned long *emfn);

/* ---- called: spans of the heap, and what is in them ---- */

/**
 * xmem_heap_span_bytes - how many bytes of metadata a span needs.
 * @smfn: first frame.
 * @emfn: frame behind the last; @smfn < @emfn.
 *
 * Any context. Return: about 0.3 byte per frame for large spans, less than one
 * byte per frame from 512 frames on, and at least 176 bytes where a long has 64
 * bits. A hole inside a span costs as much as RAM. The first span of a node
 * (that of @smfn) needs 1 to 2 KiB more, for what the heap knows of the node,
 * unless MAX_NUMNODES is 1; so ask again after a span was added.
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
 * init_domheap_pages() or xmem_block_give_range(). Blocks merge only inside one
 * span. A node may have any number of spans. The time depends on the number of
 * orders and on the logarithm of the number of spans, not on the number of
 * frames. Return: 0; -EINVAL for a bad range or node; -EEXIST if the range
 * overlaps a span of the same heap; -EBUSY if frames for a xenheap are free
 * domheap.
 */
XMEM_MUST_CHECK int xmem_heap_add_span(unsigned long smfn, unsigned long emfn,
				       unsigned int node, XMEM_BOOL xen,
				       void *meta);

/** XMEM_STATS_ORDERS - the largest possible MAX_ORDER, and 1. */
#define XMEM_STATS_ORDERS 21

/** struct xmem_heap_stats - a snapshot of one node, xenheap included. */
struct xmem_heap_stats {
	unsigned long span_pages;   /* frames inside arenas */
	unsigned long free_pages;   /* free now, cached ones too */
	unsigned long cached_pages; /* of these, in caches of CPUs */
	unsigned long dirty_pages;  /* free and not scrubbed */
	unsigned long meta_bytes;   /* metadata of the arenas */
	unsigned int nr_arenas;	    /* spans */
	/* By order, 0..MAX_ORDER. */
	unsigned long free_blocks[XMEM_STATS_ORDERS];
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
	XMEM_FRAME_CACHED,  /* free, in the cache of a CPU */
};

/** xmem_heap_frame_state - the state of frame @mfn, any value. It may change at
 *  once if others use the heap. Takes a lock: not for a panic handler. */
enum xmem_frame_state xmem_heap_frame_state(unsigned long mfn);

/* ---- called: blocks of frames, for page accounting of the host's own ----
 *
 * The lowest door of the heap (src/heap/block.c). It knows which frames are
 * free, and which of these are dirty, and nothing else: no descriptor, no
 * owner, no scrubbing. The host does all that, with its own descriptors. Memory
 * enters by xmem_heap_add_span() and xmem_block_give_range(), at boot and
 * later. A frame that the host keeps offline is one that it has taken, or never
 * given.
 *
 * Nothing here panics: what is wrong is an error, with nothing changed, and the
 * host says so in its own words. Besides the heap it links nothing, and needs
 * only the xmem_port_* hooks for locks and nodes.
 */

/** XMEM_ANY_NODE - no preference: begin with the node of this CPU. */
#define XMEM_ANY_NODE (~0U)

/** XMEM_BLOCK_EXACT_NODE - fail rather than take from another node. */
#define XMEM_BLOCK_EXACT_NODE (1U << 0)
/** XMEM_BLOCK_XEN - the block must be in the direct map: it comes from below
 *  xenheap_max_mfn() in the partial layout, from spans of the xenheap in the
 *  separate one. */
#define XMEM_BLOCK_XEN (1U << 1)

/** struct xmem_block_request - the block that a host wants. */
struct xmem_block_request {
	unsigned int order; /* 0..MAX_ORDER; aligned to its size */
	unsigned int node;  /* the node to ask first, or XMEM_ANY_NODE */
	unsigned int flags; /* XMEM_BLOCK_* */
	unsigned long lo;   /* frames [lo, hi) only; hi may be ~0UL */
	unsigned long hi;
};

/**
 * xmem_block_take - take a block of free frames.
 * @req:   what is wanted.
 * @dirty: set, if there is a block, to whether any frame of it may hold data of
 *         an earlier user: the caller zeroes it before anybody else sees it.
 *
 * The smallest sufficient block, of those the one at the highest address. Asks
 * the preferred node first, then the others in turn.
 * Return: the first frame, aligned to the order, the caller's until
 * xmem_block_give(); XMEM_NO_MFN if nothing fits, or the order, the node or a
 * flag does not exist.
 */
XMEM_MUST_CHECK unsigned long xmem_block_take(
	const struct xmem_block_request *req, XMEM_BOOL *dirty);

/**
 * xmem_block_take_at - take the aligned block of 2^@order frames at @mfn.
 * @mfn:   first frame, any value.
 * @order: 0..MAX_ORDER.
 * @dirty: as xmem_block_take().
 *
 * The block may be part of a larger free block or be made of several smaller
 * ones. Return: 0, and the frames are the caller's. With nothing changed:
 * -EBUSY if a frame is in use (or offline), -ENOENT if no span holds @mfn,
 * -EINVAL if it is misaligned, or the span does not hold all of the block.
 */
XMEM_MUST_CHECK int xmem_block_take_at(unsigned long mfn, unsigned int order,
				       XMEM_BOOL *dirty);

/**
 * xmem_block_give - give back the aligned block of 2^@order frames at @mfn.
 * @mfn:   first frame, any value.
 * @order: 0..MAX_ORDER. Any aligned part of what was taken may be given, at any
 *         time; frames that never were taken enter the heap by it.
 * @clean: all of it has been zeroed since its last user. The heap believes it.
 *         No other function of the library lets a caller say so.
 *
 * Return: 0. With nothing changed: -EBUSY if a frame is free already, -ENOENT
 * if no span holds @mfn, -EINVAL if it is misaligned, or the span does not hold
 * all of the block.
 */
XMEM_MUST_CHECK int xmem_block_give(unsigned long mfn, unsigned int order,
				    XMEM_BOOL clean);

/**
 * xmem_block_give_range - give frames [@smfn, @smfn + @nr), all or none.
 * @smfn:  first frame, any value.
 * @nr:    frames, at least 1, with any alignment; all in one span.
 * @clean: as xmem_block_give().
 *
 * For memory that enters, in time by the number of blocks. Return: as
 * xmem_block_give().
 */
XMEM_MUST_CHECK int xmem_block_give_range(unsigned long smfn, unsigned long nr,
					  XMEM_BOOL clean);

XMEM_END_DECLS

#endif /* XMEM_HOOKS_H */
