/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * heap.h - the page heap for the layers above: blocks of frames, by number
 *
 * The heap takes and gives frame numbers and remembers which free frames are
 * dirty. Whose a frame is in use, it does not know: that is the mark of
 * page/mark.h. A mark must change together with the heap's bitmaps, so the
 * layer above gets the lock of the node: a take returns with the lock held,
 * and a give is called with it held.
 *
 * node   a NUMA node; has the lock
 * part   the arenas of a node that serve one heap: [PART_DOM] and, in the
 *        separate layout, [PART_XEN]
 * arena  a contiguous span with its own buddy engine (heap_priv.h)
 * zone   frames whose number has the same highest bit: [2^z, 2^(z+1)). No
 *        block straddles a zone, since frame 0 is never in the heap.
 *
 * Lock letters: (H) lock of the node.
 */
#ifndef HEAP_HEAP_H
#define HEAP_HEAP_H

#include <xmem/lock.h>
#include <xmem/pages.h>
#include <xmem/port.h>

#include "lib/bits.h"

#define HEAP_NR_ZONES (sizeof(unsigned long) * 8)

enum { PART_DOM, PART_XEN, NR_PARTS };

struct heap_arena;

struct heap_part {
	struct heap_arena *root XMEM_GUARDED_BY(H);
	unsigned int nr_arenas XMEM_GUARDED_BY(H);
	unsigned long nr_free XMEM_GUARDED_BY(H);
	unsigned long zone_free[HEAP_NR_ZONES] XMEM_GUARDED_BY(H);
};

struct heap_node {
	xmem_lock_t lock;
	struct heap_part part[NR_PARTS] XMEM_GUARDED_BY(H);
};

static inline void heap_node_lock(struct heap_node *node) XMEM_LOCKS(H)
{
	xmem_port_lock(&node->lock);
}

static inline void heap_node_unlock(struct heap_node *node) XMEM_UNLOCKS(H)
{
	xmem_port_unlock(&node->lock);
}

/* The nodes (arena.c). */
XMEM_HIDDEN extern struct heap_node xmem_heap_nodes[MAX_NUMNODES];

/** The node that frame @mfn belongs to. */
static inline struct heap_node *heap_node_of(unsigned long mfn)
{
	return &xmem_heap_nodes[xmem_port_mfn_to_node(mfn)];
}

/* ---- one block (heap.c) ---- */

/** struct heap_request - one block, described. */
struct heap_request {
	bool xen;	       /* for the xenheap: mapped memory only */
	unsigned int order;    /* 0..MAX_ORDER, checked by the heap */
	unsigned int memflags; /* MEMF_* */
};

/**
 * Take one block. *@mfn: its first frame; *@dirty: may it hold data of an
 * earlier user?
 * Return: its node, whose lock the caller holds now and drops; NULL if there
 * is no memory, with no lock held.
 */
XMEM_ACQUIRES_IF_TRUE(H)
XMEM_MUST_CHECK struct heap_node *xmem_heap_take(const struct heap_request *req,
						 unsigned long *mfn,
						 bool *dirty);

/**
 * Give back the aligned block of @order at @mfn, which lies on @node, as
 * dirty. The lock of @node is held.
 * Return: 0; -ENOENT if the heap does not know the frame, -EBUSY if some of
 * the block is free already, -EINVAL if it is misaligned or lies in no single
 * span. Then nothing has changed.
 */
XMEM_REQUIRES(H)
XMEM_MUST_CHECK int xmem_heap_give(struct heap_node *node, unsigned long mfn,
				   unsigned int order);

/** Panic for what a give found, @rc, in the name of @caller. */
void xmem_heap_refuse(int rc, unsigned long mfn, unsigned int order,
		      const void *caller);

/** Does one span hold the whole aligned block of @order at @mfn, on @node?
 *  Then giving it back will not be refused half-way. Lock held. */
XMEM_REQUIRES(H)
bool xmem_heap_in_one_span(struct heap_node *node, unsigned long mfn,
			   unsigned int order);

/* ---- many frames (bulk.c) ---- */

/** struct heap_bulk - many frames on their way out of the heap. */
struct heap_bulk {
	struct xmem_run *runs; /* what has been taken: @nr_runs blocks */
	unsigned int max_runs; /* room in @runs, at most 64 */
	unsigned int nr_runs;
	unsigned int memflags; /* MEMF_* */
	unsigned long left;    /* frames that are still wanted */
	uint64_t dirty_runs;   /* a bit for each run; the newest is bit 0 */
	unsigned int node;     /* the next one to ask */
	unsigned int nr_nodes; /* how many may still be asked */
};

/**
 * Take what the next node has that has any.
 * Return: that node, whose lock the caller holds now and drops; NULL, with no
 * lock held, if no node is left to ask, or @bulk needs none.
 */
XMEM_ACQUIRES_IF_TRUE(H)
XMEM_MUST_CHECK struct heap_node *xmem_heap_take_more(struct heap_bulk *bulk);

/** Set the nodes of @bulk by its flags: before the first xmem_heap_take_more().
 */
void xmem_heap_bulk_begin(struct heap_bulk *bulk);

/** May xmem_heap_take_more() find something for @bulk? */
static inline bool heap_bulk_goes_on(const struct heap_bulk *bulk)
{
	return bulk->left > 0 && bulk->nr_nodes > 0 &&
	       bulk->nr_runs < bulk->max_runs;
}

/** Order of the largest aligned block at the start of @run, which is not
 *  empty. With the bit of 2^MAX_ORDER set, a number is aligned to that at
 *  most. */
static inline unsigned int heap_first_block(const struct xmem_run *run)
{
	return xmem_block_order(run->mfn | 1UL << MAX_ORDER, run->nr);
}

/* ---- memory enters, and what the library itself needs ---- */

/**
 * Frames [@smfn, @emfn), which are RAM, nobody's and in no arena's free set,
 * become free and dirty, as xenheap if @xen and that is separate; spans are
 * made where there are none. Costs time by blocks. (span.c)
 */
void xmem_heap_init_frames(unsigned long smfn, unsigned long emfn, bool xen);

/** Are all frames of [@smfn, @smfn + @nr) reachable at their own address? */
static inline bool heap_is_mapped(unsigned long smfn, unsigned long nr)
{
	return xmem_arch_mfn_mapped(smfn) &&
	       xmem_arch_mfn_mapped(smfn + nr - 1);
}

/** The state of frame @mfn in words, for a panic: @used if it is in use.
 *  (stats.c) */
const char *xmem_heap_state_text(unsigned long mfn, const char *used);

#endif /* HEAP_HEAP_H */
