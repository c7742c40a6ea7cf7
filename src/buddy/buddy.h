/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy.h - allocate blocks of 2^n frames from one span: the page engine
 *
 * The engine works on frame numbers and never touches the frames. It has no
 * lock, no global and no callback.
 *
 * It keeps the free frames as bits in one tree with 64 branches a node. A node
 * of level l stands for 64^l aligned frames. 64 nodes make a group, and the
 * top level is one group. (Here a node is one of the tree, not of NUMA.) A
 * group holds
 *
 *  states   of its nodes: used, free and clean, free and dirty, or one of two
 *           mixtures: all frames free, some dirty; or some used, some free;
 *  finders  one word for each order of the levels below: bit n says that there
 *           is a free block of that order under node n. Blocks of order k
 *           belong to level k / WORD_SHIFT; in a group of that level, the free
 *           bits themselves say where the blocks are.
 *
 * A group is valid only if the node above it is a mixture; the top group
 * always is. Other groups are never read. So a uniform node needs nothing
 * below it, and init writes next to nothing. No free node is larger than the
 * largest block: the levels above it have used nodes and mixtures only.
 *
 * I1  a node is a mixture only if its group is not uniform; dirty frames are
 *     free
 * I2  free blocks are maximal: no block of order < max_order has a free
 *     buddy. So the free frames determine the blocks, whatever is dirty
 * I3  finders and blocks agree; bit k of `orders` <=> a block of order k
 * I4  nr_free = number of free frames
 * I5  only frames of [start, end) are ever free
 *
 * Limits: 2^MAX_ORDER frame numbers above `end` must exist, and a span has at
 * most half of the frames that the levels, or a long, can number.
 */
#ifndef BUDDY_BUDDY_H
#define BUDDY_BUDDY_H

#include <xmem/config.h>

#include "lib/bits.h"

/* 2^36 frames. */
#define XMEM_BUDDY_LEVELS (36 / XMEM_WORD_SHIFT)

/** Which end of the address range is used first. */
enum xmem_buddy_end {
	XMEM_BUDDY_LOW,
	XMEM_BUDDY_HIGH,
};

/** struct xmem_buddy_request - which free frames a take may choose from. */
struct xmem_buddy_request {
	unsigned long lo; /* frames [lo, hi) only */
	unsigned long hi;
	unsigned int order; /* aligned to 2^order frames */
	enum xmem_buddy_end prefer;
};

struct xmem_buddy {
	unsigned int max_order; /* of the largest block */
	unsigned int top;	/* level of the top group */
	unsigned int orders;	/* bit k: a free block of order k exists */
	unsigned long base;	/* frame of bit 0; 2^max_order aligned */
	unsigned long start;	/* first frame of the span */
	unsigned long end;	/* the frame after the last */
	unsigned long nr_free;
	uint64_t *map[XMEM_BUDDY_LEVELS];      /* groups of each level */
	unsigned int words[XMEM_BUDDY_LEVELS]; /* in a group of each level */
};

/** Bytes of metadata (a multiple of 8) for [@start, @end), struct xmem_buddy
 *  not included. Blocks are limited to @limit_order, 0..MAX_ORDER. */
unsigned long xmem_buddy_bytes(unsigned long start, unsigned long end,
			       unsigned int limit_order);

/** Set up @b with all frames of [@start, @end), not empty, used. Writes the
 *  top group only. @mem: xmem_buddy_bytes() bytes. */
void xmem_buddy_init(struct xmem_buddy *b, unsigned long start,
		     unsigned long end, unsigned int limit_order, void *mem);

/**
 * Take a block of req->order: from the smallest free block that holds one, and
 * of these from the one nearest to the preferred end. The rest stays free.
 * *@dirty: was any of its frames dirty? Exact and written only on success;
 * @dirty may be NULL. The same holds for the functions below.
 * Return: first frame; XMEM_NO_MFN if nothing fits.
 */
unsigned long xmem_buddy_take(struct xmem_buddy *b,
			      const struct xmem_buddy_request *req,
			      bool *dirty);

/**
 * Take exactly @nr contiguous frames, any number, aligned to req->order, from
 * one free block of at least that order, which is chosen as above. The rest
 * stays free. Return: first frame; XMEM_NO_MFN if nothing fits or @nr is 0.
 * (buddy_run.c)
 */
unsigned long xmem_buddy_take_run(struct xmem_buddy *b,
				  const struct xmem_buddy_request *req,
				  unsigned long nr, bool *dirty);

/**
 * Take the frames [@mfn, @mfn + @nr), all of which must be free.
 * Return: 0; -EINVAL if the range is not inside the span; -EBUSY if a frame
 * is used, with nothing changed. (buddy_run.c)
 */
XMEM_MUST_CHECK int xmem_buddy_take_range(struct xmem_buddy *b,
					  unsigned long mfn, unsigned long nr,
					  bool *dirty);

/**
 * Give back the aligned block of @order at @mfn; it merges with free buddies.
 * Return: 0; -EINVAL if it is misaligned, larger than max_order or not inside
 * the span; -EBUSY if a frame of it is free already, with nothing changed.
 */
XMEM_MUST_CHECK int xmem_buddy_give(struct xmem_buddy *b, unsigned long mfn,
				    unsigned int order, bool dirty);

/** Give back [@mfn, @mfn + @nr), @nr >= 1, with any alignment. Return: as
 *  xmem_buddy_give(); all frames are checked before any is given. */
XMEM_MUST_CHECK int xmem_buddy_give_range(struct xmem_buddy *b,
					  unsigned long mfn, unsigned long nr,
					  bool dirty);

/** struct xmem_buddy_edges - what xmem_buddy_return() must know of the frames
 *  at the two ends of a range. */
struct xmem_buddy_edges {
	uint64_t dirty[2];
};

/**
 * As xmem_buddy_take_range(), but xmem_buddy_return() can put the range back,
 * each frame clean or dirty as it was. *@edges: for that call. *@dirty: as
 * xmem_buddy_take(). (buddy_borrow.c)
 */
XMEM_MUST_CHECK int xmem_buddy_borrow(struct xmem_buddy *b, unsigned long mfn,
				      unsigned long nr,
				      struct xmem_buddy_edges *edges,
				      bool *dirty);

/** Put back all frames of an xmem_buddy_borrow(), and only those. Return: as
 *  xmem_buddy_give_range(). */
XMEM_MUST_CHECK int xmem_buddy_return(struct xmem_buddy *b, unsigned long mfn,
				      unsigned long nr,
				      const struct xmem_buddy_edges *edges);

/** The first frame from @mfn on, which is in the span, that is not free; at
 *  most @end, and at most the end of the span. (buddy_run.c) */
unsigned long xmem_buddy_free_end(const struct xmem_buddy *b, unsigned long mfn,
				  unsigned long end);

/** The first of the free frames that go up to the frame before @mfn; @mfn if
 *  that is not free. At least @start, and the start of the span. */
unsigned long xmem_buddy_free_start(const struct xmem_buddy *b,
				    unsigned long mfn, unsigned long start);

/** The highest frame of [req->lo, req->hi) that is in a free block of at least
 *  req->order; XMEM_NO_MFN if there is none. */
unsigned long xmem_buddy_last_in_block(const struct xmem_buddy *b,
				       const struct xmem_buddy_request *req);

/** Make the free frames of the aligned block of @order at @mfn clean or dirty.
 *  They may be part of a larger free block. Return: 0; -EINVAL as
 *  xmem_buddy_give(); -EBUSY if a frame is used. */
XMEM_MUST_CHECK int xmem_buddy_mark(struct xmem_buddy *b, unsigned long mfn,
				    unsigned int order, bool dirty);

/** Is frame @mfn, any value, free? If it is, *@dirty says if it is dirty. */
bool xmem_buddy_is_free(const struct xmem_buddy *b, unsigned long mfn,
			bool *dirty);

/** Order of the free block that holds frame @mfn; *@head: its first frame. If
 *  @mfn is not free: MAX_ORDER + 1, and *@head is not written. */
unsigned int xmem_buddy_block_of(const struct xmem_buddy *b, unsigned long mfn,
				 unsigned long *head);

/** Number of free blocks of exactly @order, any value. Walks over them. */
unsigned long xmem_buddy_count(const struct xmem_buddy *b, unsigned int order);

/** Number of free frames in [@lo, @hi). Walks over the mixtures. */
unsigned long xmem_buddy_count_free(const struct xmem_buddy *b,
				    unsigned long lo, unsigned long hi);

/** Number of dirty frames, which are all free. Walks over the mixtures. */
unsigned long xmem_buddy_count_dirty(const struct xmem_buddy *b);

/** NULL, or which invariant is broken (buddy_check.c). */
XMEM_MUST_CHECK const char *xmem_buddy_check(const struct xmem_buddy *b);

#endif /* BUDDY_BUDDY_H */
