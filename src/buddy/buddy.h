/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy.h - allocate blocks of 2^n frames from one span: the page engine
 *
 * The engine works on frame numbers and never touches the frames. It has no
 * lock, no global and no callback.
 *
 * It keeps the states of the frames as bits in one tree with 64 branches a
 * node. A node of level l stands for 64^l aligned frames. 64 nodes make a
 * group, and the top level is one group. (Here a node is one of the tree, not
 * of NUMA.) A frame is
 *
 *  plain      used, and the tree's word is all there is to say: nobody's, or
 *             never given;
 *  described  used, and a descriptor says what it is, which the engine does not
 *             read;
 *  clean      free
 *  dirty      free, with data of its last user.
 *
 * A group holds
 *
 *  states   of its nodes: one of these four, or one of three mixtures: all
 *           frames free, some dirty; all used, some described; or some used,
 *           some free;
 *  dirt     which nodes have a dirty frame below them;
 *  finders  one word for each order k of the levels below: bit n says that
 *           there is a free block of order k or more, of the same tier as k,
 *           under node n, or in this group with node n as part of it.
 *
 * Tier t are the orders t * SUPER .. (t + 1) * SUPER - 1, where SUPER is the
 * order of a superpage. Blocks of order k belong to level k / WORD_SHIFT; in a
 * group of that level, the free bits themselves say where the blocks are. A
 * finder changes only if the largest block of its tier in a group does.
 *
 * A group is valid only if the node above it is a mixture; the top group
 * always is. Other groups are never read. So a uniform node needs nothing
 * below it, and init writes next to nothing. No free node is larger than the
 * largest block: the levels above it have used nodes and mixtures only.
 *
 * A frame that is given is often the next one to be taken, and the only free
 * one of its group. So what a take has used up is told to the groups above only
 * when the next take comes: till then they have it that group `untold` is
 * partly free as it was. What is given back meanwhile may make that true again.
 *
 * I1  a node is a mixture only if its group is not uniform, or is `untold`
 * I2  free blocks are maximal: no block of order < max_order has a free
 *     buddy. So the free frames determine the blocks, whatever is dirty
 * I3  finders and blocks agree, but for `untold`; bit k of `orders` <=> a
 *     block of order k or more, of the same tier as k. Dirt words and dirty
 *     frames agree
 * I4  nr_free = number of free frames
 * I5  frames outside [start, end) are plain
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

/* Order of a superpage: what one page table of the last level maps. */
#ifndef XMEM_BUDDY_SUPER
#define XMEM_BUDDY_SUPER (PAGE_SHIFT - 3)
#endif

/** The first order of the tier after that of @order. Not by a division, which
 *  is a call on 32-bit machines where code is to be small. */
static inline unsigned int xmem_buddy_next_tier(unsigned int order)
{
	unsigned int next = XMEM_BUDDY_SUPER;

	while (next <= order) {
		next += XMEM_BUDDY_SUPER;
	}
	return next;
}

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
	bool described; /* what the frames become: described, or plain */
};

struct xmem_buddy {
	unsigned int max_order; /* of the largest block */
	unsigned int top;	/* level of the top group */
	unsigned int orders;	/* bit k: a free block of order k or more exists
				 * whose order is of the tier of k */
	unsigned int untold_signs; /* that group `untold` had (buddy_priv.h) */
	unsigned long base;	   /* frame of bit 0; 2^max_order aligned */
	unsigned long start;	   /* first frame of the span */
	unsigned long end;	   /* the frame after the last */
	unsigned long nr_free;
	unsigned long untold;			 /* group of level 0, or ~0 */
	uint64_t *map[XMEM_BUDDY_LEVELS];	 /* groups of each level */
	unsigned short words[XMEM_BUDDY_LEVELS]; /* in a group of each level */
	/* How many orders of each level are of the tier of the level below. */
	unsigned char lower[XMEM_BUDDY_LEVELS];
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
 * Take a block of req->order out of a free block of the lowest tier that has
 * one. Inside a tier, by address: in each group, from the top, the node nearest
 * to the preferred end, but one that is partly used before one that is all
 * free; in the last group the smallest block, and of these the nearest. The
 * rest stays free. *@dirty: was any of its frames dirty? Exact and written only
 * on success; @dirty may be NULL. The same holds for the functions below.
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
 * Take the frames [@mfn, @mfn + @nr), all of which must be free; they become
 * plain.
 * Return: 0; -EINVAL if the range is not inside the span; -EBUSY if a frame
 * is used, with nothing changed. (buddy_run.c)
 */
XMEM_MUST_CHECK int xmem_buddy_take_range(struct xmem_buddy *b,
					  unsigned long mfn, unsigned long nr,
					  bool *dirty);

/**
 * Give back the aligned block of @order at @mfn; it merges with free buddies.
 * All its frames must be described, or plain, as @described says.
 * Return: 0; with nothing changed: -EINVAL if it is misaligned, larger than
 * max_order or not inside the span; -EBUSY if a frame of it is free already;
 * -EEXIST if one is used, but not in the state that @described says.
 */
XMEM_MUST_CHECK int xmem_buddy_give(struct xmem_buddy *b, unsigned long mfn,
				    unsigned int order, bool described,
				    bool dirty);

/** Give back [@mfn, @mfn + @nr), @nr >= 1, with any alignment; all must be
 *  plain. Return: as xmem_buddy_give(); all frames are checked before any is
 *  given. */
XMEM_MUST_CHECK int xmem_buddy_give_range(struct xmem_buddy *b,
					  unsigned long mfn, unsigned long nr,
					  bool dirty);

/** Make all frames of the aligned block of @order at @mfn, which are plain,
 *  described; if not @described, the other way round. Return: as
 *  xmem_buddy_give(). */
XMEM_MUST_CHECK int xmem_buddy_describe(struct xmem_buddy *b, unsigned long mfn,
					unsigned int order, bool described);

/** struct xmem_buddy_word - some of XMEM_WORD_BITS neighbouring frames. */
struct xmem_buddy_word {
	unsigned long first; /* of bit 0; first - base is aligned */
	uint64_t frames;
	uint64_t dirty; /* which of them are dirty */
};

/**
 * Take all free frames of one word: of that in which a take of order 0 would
 * find its frame, and those inside [req->lo, req->hi) only. req->order is 0.
 * Return: false, with *@w not written, if there is none. (buddy_word.c)
 */
XMEM_MUST_CHECK bool xmem_buddy_take_word(struct xmem_buddy *b,
					  const struct xmem_buddy_request *req,
					  struct xmem_buddy_word *w);

/** Take a block of req->order, at least that of a word, as xmem_buddy_take()
 *  does. Return: true, with its words in @w, which has room for them; false if
 *  nothing fits. (buddy_many.c) */
XMEM_MUST_CHECK bool xmem_buddy_take_as_words(
	struct xmem_buddy *b, const struct xmem_buddy_request *req,
	struct xmem_buddy_word *w);

/** Give back the frames of @w: at least one, and all in the span, which who has
 *  found the span knows. All must be described, or plain, as @described says.
 *  Return: as xmem_buddy_give(). */
XMEM_MUST_CHECK int xmem_buddy_give_word(struct xmem_buddy *b,
					 const struct xmem_buddy_word *w,
					 bool described);

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
unsigned long xmem_buddy_last_in_block(struct xmem_buddy *b,
				       const struct xmem_buddy_request *req);

/* -- Questions (buddy_ask.c). ---------------------------------------------- */

/** Is frame @mfn, any value, free? If it is, *@dirty says if it is dirty. */
bool xmem_buddy_is_free(const struct xmem_buddy *b, unsigned long mfn,
			bool *dirty);

/** Look at the frames of the word that begins at w->first, as that of a take
 *  does: w->frames becomes those that are free, w->dirty which of them are
 *  dirty, *@described those that are used and described. (buddy_many.c) */
void xmem_buddy_look_word(const struct xmem_buddy *b, struct xmem_buddy_word *w,
			  uint64_t *described);

/** Is frame @mfn, any value, used and described? */
bool xmem_buddy_is_described(const struct xmem_buddy *b, unsigned long mfn);

/** Are all frames of the aligned block of @order at @mfn used? The block is one
 *  that the span could have. */
bool xmem_buddy_is_used(struct xmem_buddy *b, unsigned long mfn,
			unsigned int order);

/* -- Counts (buddy_count.c). ----------------------------------------------- */

/** Number of free blocks of exactly @order, any value. Walks over them. */
unsigned long xmem_buddy_count(const struct xmem_buddy *b, unsigned int order);

/** Number of free frames in [@lo, @hi). Walks over the mixtures. */
unsigned long xmem_buddy_count_free(const struct xmem_buddy *b,
				    unsigned long lo, unsigned long hi);

/** Number of dirty frames, which are all free. Walks over the mixtures. */
unsigned long xmem_buddy_count_dirty(const struct xmem_buddy *b);

/* -- Dirt (buddy_dirty.c). ------------------------------------------------- */

/** Order of the free block that holds frame @mfn; *@head: its first frame. If
 *  @mfn is not free: MAX_ORDER + 1, and *@head is not written. */
unsigned int xmem_buddy_block_of(const struct xmem_buddy *b, unsigned long mfn,
				 unsigned long *head);

/**
 * The largest aligned block of at most @limit that is all free and has the
 * highest dirty frame of the span in it; *@order: its order. Other frames of it
 * may be clean. Return: its first frame; XMEM_NO_MFN if no frame is dirty.
 */
unsigned long xmem_buddy_find_dirty(struct xmem_buddy *b, unsigned int limit,
				    unsigned int *order);

/** Make the free frames of the aligned block of @order at @mfn clean or dirty.
 *  They may be part of a larger free block. Return: 0; -EINVAL as
 *  xmem_buddy_give(); -EBUSY if a frame is used. */
XMEM_MUST_CHECK int xmem_buddy_mark(struct xmem_buddy *b, unsigned long mfn,
				    unsigned int order, bool dirty);

/** NULL, or which invariant is broken (buddy_check.c). */
XMEM_MUST_CHECK const char *xmem_buddy_check(const struct xmem_buddy *b);

#endif /* BUDDY_BUDDY_H */
