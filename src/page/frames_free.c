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

#include "lib/assert.h"
#include "lib/attr.h"
#include "lib/relax.h"
#include "lib/tell.h"
#include "page/owner.h"

/* A block that goes back at once, if all of its words are in the batch. */
#define BLOCK_ORDER 9U
#define BLOCK_WORDS ((1U << BLOCK_ORDER) / XMEM_WORD_BITS)
_Static_assert(FRAMES_SLOTS % BLOCK_WORDS == 0, "a block has slots in a row");

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

/* Do the slots from number @i on have all frames of a block? */
static bool is_block(const struct frames_batch *b, unsigned int i)
{
	unsigned long first = b->slot[i].first;

	if (i % BLOCK_WORDS != 0 || first % (1UL << BLOCK_ORDER) != 0) {
		return false;
	}
	for (unsigned int n = 0; n < BLOCK_WORDS; n++) {
		const struct frames_slot *slot = &b->slot[i + n];

		if (slot->frames != XMEM_WORD_FULL ||
		    slot->first != first + n * XMEM_WORD_BITS) {
			return false;
		}
	}
	return true;
}

/* Give what is in slot @i, or in the block that begins there. Return: number of
 * slots; 0, with nothing changed, if the heap refuses it. */
XMEM_REQUIRES(H)
static unsigned int give_some(struct frames_batch *b, unsigned int i)
{
	struct xmem_buddy_word w = frames_word(&b->slot[i]);
	bool described = b->d != NULL;

	if (is_block(b, i) && xmem_heap_give(b->node, w.first, BLOCK_ORDER,
					     described, true) == 0) {
		return BLOCK_WORDS;
	}
	if (w.frames != 0 &&
	    xmem_heap_give_frames(b->node, &w, described) != 0) {
		return 0;
	}
	return 1;
}

/* Give the whole batch if all of it is as most often: an owner's is described,
 * nobody's is plain. Return: false, with nothing changed, if not. */
XMEM_REQUIRES(H)
static bool give_batch(struct frames_batch *b)
{
	unsigned int i = 0;

	while (i < FRAMES_SLOTS) {
		unsigned int nr = give_some(b, i);

		if (XMEM_UNLIKELY(nr == 0)) {
			break;
		}
		i += nr;
	}
	if (XMEM_UNLIKELY(i < FRAMES_SLOTS)) {
		while (i-- > 0) {
			xmem_heap_take_back(b->node, b->slot[i].first,
					    b->slot[i].frames, b->d != NULL);
		}
		return false;
	}
	return true;
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

static struct frames_fault give(struct frames_batch *b)
{
	struct frames_fault fault = {0, NULL};
	bool straight;

	heap_node_lock(b->node);
	straight = (b->d == NULL || all_marked(b)) && give_batch(b);
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
