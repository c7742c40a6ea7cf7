/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy.h - power-of-two blocks of frames in one span: the page engine
 *
 * Manages frame numbers, never touches the frames. No lock, no global, no
 * callback. Which frames are free is kept as bits in one tree, 64-ary. A node
 * of level l stands for 64^l aligned frames; 64 nodes make a group, and at
 * the top there is one group. A group holds
 *
 *  states   of its nodes: used, free clean, free dirty, or one of two
 *           mixtures: all free but not equally dirty, or partly used;
 *  finders  a word per order of the levels below: bit n = "under node n is a
 *           free block of that order". Where in a group of its own level a
 *           block lies follows from the free bits. Level of order k:
 *           k / WORD_SHIFT.
 *
 * A group has meaning only if the node above it is a mixture, so a uniform
 * node costs nothing below it, and init next to nothing. No node is larger
 * than the largest block: above that level there are used nodes and mixtures.
 *
 * I1  a mixture is one: no node whose group is uniform is kept as mixture,
 *     and dirty frames are free
 * I2  free blocks are maximal: no block of order < max_order has a free
 *     buddy (so the set of free frames fixes the blocks, whatever is dirty)
 * I3  finders and blocks agree; bit k of `orders` <=> a block of order k
 * I4  nr_free = number of free frames
 * I5  only frames of [start, end) are ever free
 *
 * Frame numbers: any that leave 2^MAX_ORDER numbers above `end`. At most half
 * of the frames that the levels hold, or that a long can number.
 */
#ifndef BUDDY_BUDDY_H
#define BUDDY_BUDDY_H

#include <xmem/config.h>

#include "lib/bits.h"

/* 2^36 frames. */
#define XMEM_BUDDY_LEVELS (36 / XMEM_WORD_SHIFT)

enum xmem_buddy_end {
	XMEM_BUDDY_LOW,	 /* lowest address first */
	XMEM_BUDDY_HIGH, /* highest address first */
};

struct xmem_buddy {
	unsigned int max_order; /* largest block that can occur here */
	unsigned int top;	/* level of the top group */
	unsigned int orders;	/* bit k: a free block of order k exists */
	unsigned long base;	/* frame of bit 0; 2^max_order aligned */
	unsigned long start;	/* first frame of the span */
	unsigned long end;	/* frame behind the last */
	unsigned long nr_free;
	uint64_t *map[XMEM_BUDDY_LEVELS]; /* the groups: see buddy_priv.h */
	unsigned int words[XMEM_BUDDY_LEVELS]; /* of a group */
};

/** Bytes of metadata (8-aligned) for [@start, @end), the struct not included.
 *  @limit_order: no block larger than this, 0..MAX_ORDER. */
unsigned long xmem_buddy_bytes(unsigned long start, unsigned long end,
			       unsigned int limit_order);

/** Set up with all frames used. @start < @end. Writes the top group only. */
void xmem_buddy_init(struct xmem_buddy *b, unsigned long start,
		     unsigned long end, unsigned int limit_order, void *mem);

/**
 * Take a free block of @order inside [@lo, @hi): of the smallest sufficient
 * free block, nearest to @from_end. The rest of that block stays free.
 * *@dirty: was any frame of it dirty? Exact, written only on success, and
 * @dirty may be NULL: so in all functions.
 * Return: first frame, or XMEM_NO_MFN (nothing fits, or order > max_order).
 */
unsigned long xmem_buddy_take(struct xmem_buddy *b, unsigned int order,
			      unsigned long lo, unsigned long hi,
			      enum xmem_buddy_end from_end, bool *dirty);

/**
 * Take exactly @nr contiguous frames (no power of two needed) inside
 * [@lo, @hi), aligned to 2^@align_order, from one free block of at least
 * that order; the rest of the block stays free. The block is chosen as take
 * chooses it. Return: first frame, or XMEM_NO_MFN (also if @nr is 0).
 */
unsigned long xmem_buddy_take_run(struct xmem_buddy *b, unsigned long nr,
				  unsigned int align_order, unsigned long lo,
				  unsigned long hi,
				  enum xmem_buddy_end from_end, bool *dirty);

/**
 * Take the frames [@mfn, @mfn + @nr), all of which must be free.
 * Return: 0; -EINVAL if the range is not inside the span; -EBUSY if a frame
 * is used, with nothing changed.
 */
XMEM_MUST_CHECK int xmem_buddy_take_range(struct xmem_buddy *b,
					  unsigned long mfn, unsigned long nr,
					  bool *dirty);

/**
 * Give back the aligned block of @order at @mfn; merges with its buddies.
 * Return: 0; -EINVAL if misaligned, order > max_order or outside the span;
 * -EBUSY if a frame of it is free already, with nothing changed.
 */
XMEM_MUST_CHECK int xmem_buddy_give(struct xmem_buddy *b, unsigned long mfn,
				    unsigned int order, bool dirty);

/** Give back [@mfn, @mfn + @nr), any start and length >= 1. As give; all
 *  frames are checked before any is given. */
XMEM_MUST_CHECK int xmem_buddy_give_range(struct xmem_buddy *b,
					  unsigned long mfn, unsigned long nr,
					  bool dirty);

/** Mark the free frames of the aligned block of @order at @mfn, which may be
 *  part of a larger one, clean or dirty. 0, -EINVAL, -EBUSY (not all free). */
XMEM_MUST_CHECK int xmem_buddy_mark(struct xmem_buddy *b, unsigned long mfn,
				    unsigned int order, bool dirty);

/** Frame @mfn, any value: is it free; and if so *@dirty (may be NULL). */
bool xmem_buddy_is_free(const struct xmem_buddy *b, unsigned long mfn,
			bool *dirty);

/** Order of the free block that holds free frame @mfn; *@head its start.
 *  MAX_ORDER + 1, and *@head not written, if @mfn is not free. */
unsigned int xmem_buddy_block_of(const struct xmem_buddy *b, unsigned long mfn,
				 unsigned long *head);

/** Number of free blocks of exactly @order, any value (walks). */
unsigned long xmem_buddy_count(const struct xmem_buddy *b, unsigned int order);

/** Number of free frames in [@lo, @hi); walks the mixtures. */
unsigned long xmem_buddy_count_free(const struct xmem_buddy *b,
				    unsigned long lo, unsigned long hi);

/** Number of dirty frames, which are free (walks the mixtures). */
unsigned long xmem_buddy_count_dirty(const struct xmem_buddy *b);

/** NULL, or the invariant broken (buddy_check.c). */
XMEM_MUST_CHECK const char *xmem_buddy_check(const struct xmem_buddy *b);

#endif /* BUDDY_BUDDY_H */
