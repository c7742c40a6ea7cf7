/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frames_batch.h - a batch of single frames that are freed together
 *
 * frames_batch.c  sorts entries of the caller's list into the words of a batch
 * frames_careful.c  looks at the frames of a batch, and frees it with care
 * frames_free.c   frees it the straight way, as nearly always
 */
#ifndef PAGE_FRAMES_BATCH_H
#define PAGE_FRAMES_BATCH_H

#include <xmem/pages.h>

#include "heap/heap.h"

/** Words of a batch, a power of two. */
#define FRAMES_SLOTS 8U

struct frames_batch {
	/* What the caller wants freed: one of the two lists. */
	const unsigned long *mfns;
	struct page_info *const *pages;
	struct domain *d; /* the owner of all; NULL: nobody's */
	const void *caller;
	/* The batch itself. */
	struct heap_node *node;
	unsigned long from;    /* its first entry in the list */
	unsigned long counted; /* of its frames, in the quota of @d */
	/* Words aligned by frame number, so that the descriptors of each follow
	 * each other. All frames are dirty; a slot without is empty. */
	struct xmem_buddy_word slot[FRAMES_SLOTS];
};

/** struct frames_fault - what must not be freed, and why. */
struct frames_fault {
	unsigned long mfn;
	const char *text; /* NULL: there is nothing wrong */
};

/* ---- frames_batch.c ---- */

/** Sort entries @i to @nr - 1 of the list into words, until there is no room,
 *  or a frame is on another node. Return: the first entry that has not been
 *  sorted. */
unsigned long xmem_frames_collect(struct frames_batch *b, unsigned long i,
				  unsigned long nr);

/** See that the frames of the batch have descriptors, and fetch these. */
void xmem_frames_fetch(const struct frames_batch *b);

/** Panic: @fault is in the batch. */
void xmem_frames_refuse(const struct frames_batch *b,
			struct frames_fault fault);

/* ---- frames_careful.c ---- */

/** Look at the descriptors of the frames @left of the word at frame @first, and
 *  count those in the quota. Return: does nothing forbid to free them? If not,
 *  *@bad is the frame. */
bool xmem_frames_marked(struct frames_batch *b, unsigned long first,
			uint64_t left, unsigned long *bad);

/** Remove the marks of the frames @left of the word at frame @first. If they
 *  are parts of a superpage that is whole, break that (mark.h). */
void xmem_frames_unmark(const struct frames_batch *b, unsigned long first,
			uint64_t left);

/** Look at all frames, in the heap and by their descriptors. */
XMEM_REQUIRES(H)
struct frames_fault xmem_frames_check(struct frames_batch *b);

/** Check all, then give all, described and plain ones. */
XMEM_REQUIRES(H)
struct frames_fault xmem_frames_give_checked(struct frames_batch *b);

#endif /* PAGE_FRAMES_BATCH_H */
