/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * heap.h - the page heap, as the layers above call it
 *
 * The heap hands out frame numbers and remembers which free frames are dirty.
 * It does not know whose a frame in use is: that is the mark, of page/mark.h.
 * A mark must go together with the bit that says that the frame is in use:
 * therefore a give is called with the lock of the node held. A take says at
 * once what the frames become: described ones are nobody's to free until they
 * have their mark.
 *
 * node   a NUMA node; it has the lock and one or two heaps: heap[HEAP_DOM]
 *        and, in the separate layout, heap[HEAP_XEN]. Its struct is a static
 *        one if there is only one node; else it lies in the metadata of the
 *        node's first span (span.c), so that nodes without memory cost
 *        nothing.
 * arena  a span of frames with its buddy engine (heap_priv.h)
 * zone   the frames [2^z, 2^(z+1)). No block lies in two zones, since frame 0
 *        is never in the heap.
 *
 * Lock letters: (H) lock of the node.
 */
#ifndef HEAP_HEAP_H
#define HEAP_HEAP_H

#include <xmem/hooks.h>
#include <xmem/lock.h>
#include <xmem/port.h>
#include <xmem/xenheap.h>

#include "buddy/buddy.h"
#include "lib/attr.h"
#include "lib/bits.h"

/* The numbers of frames have so many bits: those of a long, but not more than a
 * 64-bit address leaves. */
#define HEAP_NR_ZONES (sizeof(unsigned long) == 8 ? 64U - PAGE_SHIFT : 32U)

enum { HEAP_DOM, HEAP_XEN, NR_HEAPS };

struct heap_arena;

struct node_heap {
	struct heap_arena *root XMEM_GUARDED_BY(H);
	unsigned int nr_arenas XMEM_GUARDED_BY(H);
	unsigned long nr_free XMEM_GUARDED_BY(H);
	unsigned long gives; /* to it; written under (H), read without */
	unsigned long zone_free[HEAP_NR_ZONES] XMEM_GUARDED_BY(H);
};

struct heap_node {
	xmem_lock_t lock;
	struct node_heap heap[NR_HEAPS] XMEM_GUARDED_BY(H);
};

static inline void heap_node_lock(struct heap_node *node) XMEM_LOCKS(H)
{
	xmem_port_lock(&node->lock);
}

static inline void heap_node_unlock(struct heap_node *node) XMEM_UNLOCKS(H)
{
	xmem_port_unlock(&node->lock);
}

/* The nodes (arena.c). NULL: the node has no memory yet. Once set, an entry
 * stays as it is. */
XMEM_HIDDEN extern struct heap_node *xmem_heap_nodes[MAX_NUMNODES];

/** Node @n; NULL if it has no memory yet. */
static inline struct heap_node *heap_node(unsigned int n)
{
	return __atomic_load_n(&xmem_heap_nodes[MAX_NUMNODES > 1 ? n : 0],
			       __ATOMIC_ACQUIRE);
}

/** A node that stands for those without memory: no frame is found in it.
 *  (arena.c) */
struct heap_node *xmem_heap_no_node(void);

/** The node that frame @mfn belongs to; if that has no memory yet, what
 *  xmem_heap_no_node() returns. */
static inline struct heap_node *heap_node_of(unsigned long mfn)
{
	struct heap_node *node =
		heap_node(MAX_NUMNODES > 1 ? xmem_port_mfn_to_node(mfn) : 0);

	return XMEM_UNLIKELY(node == NULL) ? xmem_heap_no_node() : node;
}

/** Lock the node that frame @mfn belongs to. Return: the node. For what does
 *  not happen often. (arena.c) */
XMEM_ACQUIRES(H)
struct heap_node *xmem_heap_lock_of(unsigned long mfn);

/* xenheap_max_mfn() + 1, or ~0UL (heap.c). Written once, by limits.c. (C) */
XMEM_HIDDEN extern unsigned long xmem_heap_xen_end;

/** xmem_xenheap_limit(). */
static inline unsigned long heap_xen_limit(void)
{
	if (XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE) {
		return 0;
	}
	return XMEM_LAYOUT == XMEM_LAYOUT_PARTIAL ? xmem_heap_xen_end : ~0UL;
}

/** struct heap_nodes - the nodes that a request asks in turn. */
struct heap_nodes {
	unsigned int first; /* the one that it prefers */
	unsigned int last;  /* the one asked last; MAX_NUMNODES: none yet */
	unsigned int left;  /* how many may still be asked */
};

/* ---- one block (heap.c) ---- */

/** struct heap_request - the block that a caller wants. */
struct heap_request {
	bool xen;	       /* for the xenheap: mapped memory only */
	unsigned int order;    /* any value: above MAX_ORDER nothing is found */
	unsigned int memflags; /* MEMF_* */
	bool described;	       /* what its frames become: described, or plain */
};

/** xmem_heap_take() (take.h) from the nodes alone: not from what lies in
 * caches. */
XMEM_UNLOCKED
XMEM_MUST_CHECK unsigned long xmem_heap_take_once(
	const struct heap_request *req, bool *dirty);

/** The same after the first try has found nothing: with what lies in the caches
 *  of all CPUs, which go back to the nodes for it. (cache_steal.c) */
XMEM_UNLOCKED
XMEM_MUST_CHECK unsigned long xmem_heap_take_stealing(
	const struct heap_request *req, bool *dirty);

/**
 * Give back the aligned block of @order at @mfn, which is on @node. The lock of
 * @node is held. Its frames are @described, or plain (buddy.h). @dirty: unless
 * the caller has zeroed all of it himself, it may hold data of its last user:
 * the fronts always say so. Return: 0; with nothing changed: -ENOENT if the
 * heap does not know the frame, -EBUSY if a frame of the block is free already,
 * -EEXIST if one is used, but not in the state that @described says, -EINVAL if
 * it is misaligned or no single span holds it.
 */
XMEM_REQUIRES(H)
XMEM_MUST_CHECK int xmem_heap_give(struct heap_node *node, unsigned long mfn,
				   unsigned int order, bool described,
				   bool dirty);

/** Panic after a give that returned @rc < 0: say what @caller did wrong. */
void xmem_heap_refuse(int rc, unsigned long mfn, unsigned int order,
		      const void *caller);

/**
 * Frames [@mfn, @mfn + @nr), any values that do not wrap, are about to be
 * given: tell the port, unless the heap would not take them. @is_block: they
 * must be in one span. Return: 0, or what the give would return. (tell.c)
 */
XMEM_UNLOCKED
XMEM_MUST_CHECK int xmem_heap_tell_given(unsigned long mfn, unsigned long nr,
					 bool is_block);

/** The same, where the port may not hear. */
XMEM_UNLOCKED
XMEM_MUST_CHECK static inline int heap_tell_given(unsigned long mfn,
						  unsigned long nr,
						  bool is_block)
{
	return XMEM_PORT_HEARS_FRAMES ? xmem_heap_tell_given(mfn, nr, is_block)
				      : 0;
}

/* ---- frames in use: plain or described (describe.c) ----
 *
 * The lock of @node is held, which @mfn is on. Errors, with nothing changed, as
 * xmem_heap_give(). -EEXIST: (some) frames are in the other state.
 */

/** Make all frames of the block of @order at @mfn, which are plain, described;
 *  if not @described, the other way round. */
XMEM_REQUIRES(H)
XMEM_MUST_CHECK int xmem_heap_describe(struct heap_node *node,
				       unsigned long mfn, unsigned int order,
				       bool described);

/** Give back the block, dirty, whether all of it is plain or described. */
XMEM_REQUIRES(H)
XMEM_MUST_CHECK int xmem_heap_give_used(struct heap_node *node,
					unsigned long mfn, unsigned int order);

/** Are all frames of the block of @order at @mfn in use (0), and in one span?
 */
XMEM_REQUIRES(H)
XMEM_MUST_CHECK int xmem_heap_all_used(struct heap_node *node,
				       unsigned long mfn, unsigned int order);

/** Is frame @mfn in use (0)? *@described: is it described? */
XMEM_REQUIRES(H)
XMEM_MUST_CHECK int xmem_heap_use_of(struct heap_node *node, unsigned long mfn,
				     bool *described);

/* ---- what lies in caches (cache_steal.c) ---- */

struct xmem_cache;

/**
 * struct heap_hunt - the hunt for frames that lie in caches, by an allocation
 * that has found nothing:
 *
 *	while (!take() && xmem_hunt_again(&hunt)) {
 *	}
 *	xmem_hunt_end(&hunt);
 */
struct heap_hunt {
	unsigned int node; /* whose frames are wanted; MAX_NUMNODES: any's */
	bool dom;	   /* of which heaps, or sides of the xenheap's limit */
	bool xen;
	unsigned long lo; /* frames [lo, hi) */
	unsigned long hi;
	/* Of the hunt: zeroed. */
	bool knows_gives;
	unsigned int nr_tries;
	unsigned long gives;
	struct xmem_cache *newest; /* as the thief: of all */
};

/** A try has found nothing: may another one? All of the caches' frames are in
 *  the nodes then, or have been. No lock is held. */
XMEM_UNLOCKED
bool xmem_hunt_again(struct heap_hunt *hunt);

/** The hunt is over: the caches may be used again. Also under (H). */
void xmem_hunt_end(struct heap_hunt *hunt);

/** Give CPU 0 its cache, at the end of the boot. (cpu.c) */
void xmem_cpu_up_first(void);

/*
 * What the heap asks about caches. For a host that takes the heap without the
 * fronts, and so without caches, weak functions in the files that ask say that
 * there is nothing.
 */

/** Frames [@lo, @hi) that lie in caches of @node, of the heap HEAP_DOM or
 *  HEAP_XEN. Exact if nobody is in a cache. (cache_count.c; inspect.c) */
unsigned long xmem_cache_count(unsigned int node, unsigned int heap,
			       unsigned long lo, unsigned long hi);

/** Is frame @mfn, which is in use and described, in a cache? (cache_count.c;
 *  state.c) */
bool xmem_cache_has(unsigned long mfn);

/** NULL, or which invariant of cache.h is broken. Caches that cannot be taken
 *  from their CPUs here are not looked at. (cpu.c; heap_check.c) */
const char *xmem_cache_check(void);

/* ---- many frames (bulk.c) ---- */

/** struct heap_bulk - a request for many frames, and what it got so far. */
struct heap_bulk {
	struct xmem_run *runs; /* what has been taken: @nr_runs blocks */
	unsigned int max_runs; /* room in @runs, at most 64 */
	unsigned int nr_runs;
	unsigned int memflags; /* MEMF_* */
	bool described;	       /* what the frames become: described, or plain */
	unsigned long left;    /* frames that are still wanted */
	uint64_t dirty_runs;   /* a bit for each run; bit 0: the last */
	struct heap_nodes nodes;
	bool is_done; /* there is no more */
};

/**
 * Take frames from the next node that has any, at last of those that lie in
 * caches. Call it only if heap_bulk_goes_on().
 * Return: that node, with the lock held: the caller drops it. NULL, with no
 * lock held, if none of the nodes left has any.
 */
XMEM_ACQUIRES_IF_TRUE(H)
XMEM_MUST_CHECK struct heap_node *xmem_heap_take_more(struct heap_bulk *bulk);

/** Choose the nodes of @bulk by its flags. Call it once, before
 *  xmem_heap_take_more(). */
void xmem_heap_bulk_begin(struct heap_bulk *bulk);

/** May xmem_heap_take_more() find something for @bulk? */
static inline bool heap_bulk_goes_on(const struct heap_bulk *bulk)
{
	return bulk->left > 0 && !bulk->is_done &&
	       bulk->nr_runs < bulk->max_runs;
}

/** Order, at most MAX_ORDER, of the largest aligned block at the start of
 *  @run, which is not empty. The bit 2^MAX_ORDER keeps it that small. */
static inline unsigned int heap_first_block(const struct xmem_run *run)
{
	return xmem_block_order(run->mfn | 1UL << MAX_ORDER, run->nr);
}

/* ---- single frames, a word at a time (take_words.c, cache_words.c) ---- */

/** Words that are taken in one lock hold. */
#define HEAP_WORDS 8U

/** Blocks that go out and in at once where all their words do. */
#define HEAP_BLOCK_ORDER 9U
#define HEAP_BLOCK_NR	 (1UL << HEAP_BLOCK_ORDER)
#define HEAP_BLOCK_WORDS ((1U << HEAP_BLOCK_ORDER) / XMEM_WORD_BITS)

/** The first run of the frames *@left, not 0, of the word at frame @first; its
 *  frames leave *@left. */
static inline struct xmem_run heap_next_run(unsigned long first, uint64_t *left)
{
	unsigned int i = xmem_ffs64(*left);
	uint64_t behind = *left + xmem_bit(i); /* the bit behind the run, too */
	unsigned int end = behind != 0 ? xmem_ffs64(behind) : 64;

	*left &= behind;
	return (struct xmem_run){first + i, end - i};
}

/** struct heap_frames - a request for single frames, and what it got last. */
struct heap_frames {
	/* What the last call has taken. Each word is in one aligned block of
	 * the largest order, so that its descriptors follow each other. */
	struct xmem_buddy_word word[HEAP_WORDS];
	unsigned int nr_words;
	unsigned int memflags; /* MEMF_* */
	bool described;	       /* their descriptors will say whose they are */
	unsigned long left;    /* frames that are still wanted */
	struct heap_nodes nodes;
	bool is_done; /* there are no more */
};

/** Choose the nodes of @f by its flags. Call it once, before
 *  xmem_heap_take_words(). */
void xmem_heap_frames_begin(struct heap_frames *f);

/**
 * Take more of the frames that @f wants, in one lock hold. Return: are there
 * any in f->word? If not, no node has a frame for it.
 */
XMEM_MUST_CHECK bool xmem_heap_take_words(struct heap_frames *f);

/** struct heap_look - what the heap says of the frames of a word: a bit each.
 */
struct heap_look {
	uint64_t unknown;   /* in no span of the node */
	uint64_t free;	    /* free already */
	uint64_t described; /* in use, and described: see buddy.h */
};

/** Look at the frames of @w, on @node, whose lock is held. */
XMEM_REQUIRES(H)
struct heap_look xmem_heap_look(struct heap_node *node,
				const struct xmem_buddy_word *w);

/**
 * struct heap_hold - one hold of a node's lock, in which words of frames are
 * taken, then given:
 *
 *	heap_node_lock(node);
 *	heap_hold_begin(&h, node, described);
 *	... xmem_hold_give(&h, ...) ...
 *	xmem_hold_end(&h);
 *	heap_node_unlock(node);
 *
 * Nearly all of its words are of one arena and one zone. That arena is looked
 * up once; and until another one comes, or the hold ends, the counts of the
 * heap and the tree of arenas do not know what has gone and come.
 */
struct heap_hold {
	struct heap_node *node;
	bool described; /* what the frames become, or must be; else plain */
	struct node_heap *heap;	  /* to take from */
	struct heap_arena *arena; /* NULL: none, all is counted */
	unsigned int zone;	  /* of the words that are counted at the end */
	unsigned long nr_free;	  /* in its engine, of those counted */
	unsigned long lo; /* words that begin at frames [lo, lo + nr) are */
	unsigned long nr; /* wholly in this arena and this zone */
	unsigned long refused; /* a frame that xmem_hold_give() has refused */
};

/** Begin @h on @node: what its frames become, or must be, is @described, or
 *  plain. */
static inline void heap_hold_begin(struct heap_hold *h, struct heap_node *node,
				   bool described)
{
	h->node = node;
	h->described = described;
	h->arena = NULL;
	h->nr = 0;
}

/**
 * Give back the frames of the @nr words at @w, which are on h->node; each word
 * has one at least. All must be as h->described says. Return: 0; or why the
 * frame h->refused cannot be given: -ENOENT if the node does not know it or
 * another one of its word, -EBUSY if one is free already, -EEXIST if one is
 * used, but not in that state. The words before that, and the frames of it
 * below h->refused, have been given. (cache_words.c)
 */
XMEM_REQUIRES(H)
XMEM_MUST_CHECK int xmem_hold_give(struct heap_hold *h,
				   const struct xmem_buddy_word *w,
				   unsigned int nr);

/** The same in words that are aligned by frame number, with nothing changed if
 *  one is refused. Some words may have no frames. (give_words.c) */
XMEM_REQUIRES(H)
XMEM_MUST_CHECK int xmem_hold_give_all(struct heap_hold *h,
				       const struct xmem_buddy_word *w,
				       unsigned int nr);

/** Count what has gone and come, before the lock is dropped, or anybody else
 *  changes or counts. The hold may go on. */
XMEM_REQUIRES(H)
void xmem_hold_end(struct heap_hold *h);

/* ---- frames that lie where the caller says (range.c, run.c) ---- */

/**
 * Take all frames of @range, which is not empty and does not wrap. *@dirty: is
 * any of them dirty? @caller: of the API function, for a panic.
 * Return: 0; -EBUSY if one is in use, -ENOENT if one is in no span, with
 * nothing changed.
 */
XMEM_MUST_CHECK int xmem_heap_take_range(const struct xmem_run *range,
					 bool *dirty, const void *caller);

/** Take the frames of @range up to the first one that is not free. Return: how
 *  many. *@dirty: is any of them dirty? */
XMEM_MUST_CHECK unsigned long xmem_heap_take_start(const struct xmem_run *range,
						   bool *dirty);

/** struct heap_run_request - the run that a caller wants. */
struct heap_run_request {
	unsigned long nr;   /* frames, at least 1 */
	unsigned int order; /* aligned to 2^order frames */
	unsigned long lo;   /* inside [lo, hi) */
	unsigned long hi;
	unsigned int memflags; /* MEMF_* */
};

/**
 * Take a run of exactly req->nr frames of one node. *@dirty: is any of them
 * dirty? Return: its first frame; XMEM_NO_MFN if no node that may be asked has
 * one.
 */
XMEM_MUST_CHECK unsigned long xmem_heap_take_run(
	const struct heap_run_request *req, bool *dirty);

/* ---- adding memory (span.c) ---- */

/** xmem_heap_span_bytes(). */
unsigned long xmem_span_bytes(unsigned long smfn, unsigned long emfn);

/** xmem_heap_add_span(). */
XMEM_MUST_CHECK int xmem_span_add(unsigned long smfn, unsigned long emfn,
				  unsigned int node, bool xen, void *meta);

/**
 * Add frames [@smfn, @emfn), which are RAM, nobody's and not free, to the heap
 * as dirty: to the xenheap if @xen and the layout is separate, else to the
 * domheap. Makes spans where there are none. Costs time proportional to the
 * number of blocks. (late.c)
 */
void xmem_heap_init_frames(unsigned long smfn, unsigned long emfn, bool xen);

/**
 * Bytes that the first span of node @n needs beyond those of every span, for
 * the struct of the node: a multiple of SMP_CACHE_BYTES; 0 if the node has
 * memory. xmem_heap_span_bytes() includes them. (span.c)
 */
unsigned long xmem_heap_node_bytes(unsigned int n);

/** Take 2^@order mapped pages, of @node if possible, as xmem_meta_take() does.
 *  NULL: there is no memory. (meta.c) */
void *xmem_meta_take_on(unsigned int node, unsigned int order);

/** xmem_heap_frame_state(). (state.c) */
enum xmem_frame_state xmem_state_find(unsigned long mfn);

/** The state of frame @mfn in words, for a panic; @used if it is in use.
 *  (state.c) */
const char *xmem_heap_state_text(unsigned long mfn, const char *used);

/** xmem_heap_check(). (heap_check.c) */
XMEM_MUST_CHECK const char *xmem_heap_validate(void);

#endif /* HEAP_HEAP_H */
