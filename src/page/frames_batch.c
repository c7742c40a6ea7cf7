/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frames_batch.c - sort a list of frames into words
 *
 * A table of words on the stack, found by the last bits of their numbers. Most
 * entries are of the same word as the one before.
 */
#include "page/frames_batch.h"

#include "lib/assert.h"
#include "lib/attr.h"
#include "page/mark.h"

/* The frames of a word, as bits of their numbers. */
#define WORD_MASK (XMEM_WORD_BITS - 1UL)

/* The frame of entry @i, which is a descriptor. */
static unsigned long frame_of_page(const struct frames_batch *b,
				   unsigned long i)
{
	const struct page_info *pg = b->pages[i];
	unsigned long mfn = mfn_x(page_to_mfn(pg));

	XMEM_PANIC_IF(!mark_is_descriptor(pg, mfn),
		      "xmem_free_frames: entry %lu: %p is no page descriptor, "
		      "caller %p\n",
		      i, (const void *)pg, b->caller);
	return mfn;
}

/* The frame of entry @i. */
static unsigned long frame_of(const struct frames_batch *b, unsigned long i)
{
	return b->mfns != NULL ? b->mfns[i] : frame_of_page(b, i);
}

XMEM_COLD void xmem_frames_refuse(const struct frames_batch *b,
				  struct frames_fault fault)
{
	unsigned long i = b->from;

	while (frame_of(b, i) != fault.mfn) {
		i++;
	}
	XMEM_PANIC_IF(true,
		      "xmem_free_frames: entry %lu: frame %lx is %s, caller "
		      "%p\n",
		      i, fault.mfn, fault.text, b->caller);
}

static void empty(struct frames_batch *b)
{
	for (unsigned int i = 0; i < FRAMES_SLOTS; i++) {
		b->slot[i].frames = 0;
		b->slot[i].dirty = 0;
	}
}

/* The slot of the word at frame @first; NULL if the batch has no room. */
static struct xmem_buddy_word *find_slot(struct frames_batch *b,
					 unsigned long first)
{
	unsigned int start = (unsigned int)(first >> XMEM_WORD_SHIFT);

	for (unsigned int n = 0; n < FRAMES_SLOTS; n++) {
		struct xmem_buddy_word *slot =
			&b->slot[(start + n) % FRAMES_SLOTS];

		if (slot->frames == 0) {
			slot->first = first;
		}
		if (slot->first == first) {
			return slot;
		}
	}
	return NULL;
}

XMEM_COLD static void refuse_twice(const struct frames_batch *b,
				   unsigned long i, unsigned long mfn)
{
	XMEM_PANIC_IF(true,
		      "xmem_free_frames: entry %lu: frame %lx is in the list "
		      "twice, caller %p\n",
		      i, mfn, b->caller);
}

/* The frame of entry @i, if that of entry @i - 1 is @before. Neighbours in a
 * word have descriptors in a row. */
static inline unsigned long frame_after(const struct frames_batch *b,
					const unsigned long *mfns,
					unsigned long i, unsigned long before)
{
	if (mfns != NULL) {
		return mfns[i];
	}
	if ((before & WORD_MASK) != WORD_MASK &&
	    b->pages[i] == b->pages[i - 1] + 1) {
		return before + 1;
	}
	return frame_of_page(b, i);
}

/* Put entry @i, of frame *@mfn, into @slot, and those behind it that are of the
 * same word. Return: the first that is not; *@mfn is its frame. */
static unsigned long fill_slot(const struct frames_batch *b,
			       struct xmem_buddy_word *slot, unsigned long i,
			       unsigned long nr, unsigned long *mfn)
{
	const unsigned long *mfns = b->mfns;
	unsigned long first = slot->first;
	uint64_t frames = slot->frames;
	unsigned long at = *mfn;

	do {
		uint64_t bit = xmem_bit(xmem_bit_of(at));

		if (XMEM_UNLIKELY((frames & bit) != 0)) {
			refuse_twice(b, i, at);
		}
		frames |= bit;
		if (++i == nr) {
			break;
		}
		at = frame_after(b, mfns, i, at);
	} while (at - first < XMEM_WORD_BITS &&
		 (MAX_NUMNODES == 1 || heap_node_of(at) == b->node));
	slot->frames = frames;
	slot->dirty = frames;
	*mfn = at;
	return i;
}

unsigned long xmem_frames_collect(struct frames_batch *b, unsigned long i,
				  unsigned long nr)
{
	unsigned long mfn = frame_of(b, i);

	empty(b);
	b->from = i;
	b->node = heap_node_of(mfn);
	while (i < nr && (MAX_NUMNODES == 1 || heap_node_of(mfn) == b->node)) {
		struct xmem_buddy_word *slot = find_slot(b, mfn & ~WORD_MASK);

		if (slot == NULL) {
			break;
		}
		i = fill_slot(b, slot, i, nr, &mfn);
	}
	return i;
}

/* Panic if one of the frames of @w is no RAM. */
XMEM_COLD static void refuse_holes(const struct frames_batch *b,
				   const struct xmem_buddy_word *w)
{
	for (uint64_t left = w->frames; left != 0; left &= left - 1) {
		struct frames_fault fault = {w->first + xmem_ffs64(left),
					     "no RAM"};

		if (!mfn_valid(_mfn(fault.mfn))) {
			xmem_frames_refuse(b, fault);
		}
	}
}

/* See that the frames of @w have descriptors, and fetch these. */
static void fetch(const struct frames_batch *b, const struct xmem_buddy_word *w)
{
	unsigned int low = xmem_ffs64(w->frames);
	unsigned int high = xmem_fls64(w->frames);
	const struct page_info *pg;
	uint64_t left;

	if (!xmem_mark_is_ram(w->first + low, high - low + 1)) {
		refuse_holes(b, w);
	}
	pg = mfn_to_page(_mfn(w->first + low));
	for (left = w->frames >> low; left != 0; left &= left - 1) {
		__builtin_prefetch(pg + xmem_ffs64(left), 1);
	}
}

void xmem_frames_fetch(const struct frames_batch *b)
{
	for (unsigned int i = 0; i < FRAMES_SLOTS; i++) {
		if (b->slot[i].frames != 0) {
			fetch(b, &b->slot[i]);
		}
	}
}
