/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frames_free.c - free many single frames of one owner, listed in any order
 *
 * Model       The entries are sorted into words, as they come, until one more
 *             word has no room: that is a batch. What is ascending, or only
 *             shuffled within some words, goes back by whole words and blocks.
 *             In one lock hold first the marks are looked at, then all is given
 *             to the heap, then the marks go. If the heap refuses a word, what
 *             was given is taken back in the same lock hold, and all is done
 *             again by frames_careful.c: so a bad entry is found before
 *             anything of its batch has changed, and of two frees of a frame
 *             on two CPUs only one finds its mark (mark.h).
 * Descriptors Fetched without the lock, so that they are in the cache of the
 *             CPU when it is held. Those of nobody's frames are neither read
 *             nor written, unless the heap says that they are described.
 * Cost        A word costs about as much as a free of one frame.
 * Locking     (H) for a batch, (D) after it.
 */
#include "page/frames_batch.h"

#include "heap/super.h"
#include "lib/assert.h"
#include "lib/attr.h"
#include "lib/relax.h"
#include "lib/tell.h"
#include "page/owner.h"

/* ---- giving ---- */

/* Have all frames of an owner its mark? */
static bool all_marked(struct frames_batch *b)
{
	unsigned long bad;

	b->counted = 0;
	for (unsigned int i = 0; i < FRAMES_SLOTS; i++) {
		if (!xmem_frames_marked(b, b->slot[i].first, b->slot[i].frames,
					&bad)) {
			return false;
		}
	}
	return true;
}

/* Give the whole batch if all of it is as most often: an owner's is described,
 * nobody's is plain. Return: false, with nothing changed, if not. */
XMEM_REQUIRES(H)
static bool give_batch(struct frames_batch *b)
{
	struct heap_hold h;
	int rc;

	heap_hold_begin(&h, b->node, b->d != NULL);
	rc = xmem_hold_give_all(&h, b->slot, FRAMES_SLOTS);
	xmem_hold_end(&h);
	return rc == 0;
}

/* ---- a batch ---- */

/* Before the frames can be had by others, but not under the lock: tell the
 * port, if nothing is wrong. */
static struct frames_fault tell_first(struct frames_batch *b)
{
	struct frames_fault fault;

	heap_node_lock(b->node);
	fault = xmem_frames_check(b);
	heap_node_unlock(b->node);
	for (unsigned int i = 0; i < FRAMES_SLOTS && fault.text == NULL; i++) {
		uint64_t left = b->slot[i].frames;

		while (left != 0) {
			struct xmem_run run =
				heap_next_run(b->slot[i].first, &left);

			xmem_tell_range(run.mfn, run.nr, true);
		}
	}
	return fault;
}

/* Is a frame of @b part of a superpage that is whole? */
static bool has_super(const struct frames_batch *b)
{
	for (unsigned int i = 0; HEAP_HAS_CACHES && i < FRAMES_SLOTS; i++) {
		if (b->slot[i].frames != 0 &&
		    xmem_heap_super_of(b->slot[i].first) != NULL) {
			return true;
		}
	}
	return false;
}

static struct frames_fault give(struct frames_batch *b)
{
	struct frames_fault fault = {0, NULL};
	bool straight;

	heap_node_lock(b->node);
	straight = (b->d == NULL || (all_marked(b) && !has_super(b))) &&
		   give_batch(b);
	if (XMEM_UNLIKELY(!straight)) {
		fault = xmem_frames_give_checked(b);
	} else if (b->d != NULL) {
		for (unsigned int i = 0; i < FRAMES_SLOTS; i++) {
			xmem_frames_unmark(b, b->slot[i].first,
					   b->slot[i].frames);
		}
	}
	heap_node_unlock(b->node);
	return fault;
}

static void free_batch(struct frames_batch *b)
{
	struct frames_fault fault = {0, NULL};

	b->counted = 0;
	if (b->d != NULL) {
		xmem_frames_fetch(b);
	}
	if (XMEM_PORT_HEARS_FRAMES) {
		fault = tell_first(b);
	}
	if (fault.text == NULL) {
		fault = give(b);
	}
	if (XMEM_UNLIKELY(fault.text != NULL)) {
		xmem_frames_refuse(b, fault);
	}
	if (b->counted > 0) {
		xmem_owner_release(b->d, b->counted);
	}
}

static unsigned long free_frames(struct frames_batch *b, unsigned long nr)
{
	unsigned long done = 0;

	nr = nr < XMEM_FRAMES_A_CALL ? nr : XMEM_FRAMES_A_CALL;
	while (done < nr) {
		done = xmem_frames_collect(b, done, nr);
		free_batch(b);
		xmem_port_relax();
	}
	return done;
}

XMEM_API_PAGES unsigned long xmem_free_frames(struct domain *d,
					      const unsigned long *mfns,
					      unsigned long nr)
{
	struct frames_batch b = {.mfns = mfns, .d = d, .caller = XMEM_CALLER()};

	return free_frames(&b, nr);
}

XMEM_API_PAGES unsigned long xmem_free_frame_pages(
	struct domain *d, struct page_info *const *pages, unsigned long nr)
{
	struct frames_batch b = {
		.pages = pages, .d = d, .caller = XMEM_CALLER()};

	return free_frames(&b, nr);
}
