/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frames_batch.c - sort a list of frames into words
 *
 * A table of words on the stack, found by the last bits of their numbers.
 * Entries that are neighbours in the list and in memory go in as one run.
 */
#include "page/frames_batch.h"

#include "lib/assert.h"
#include "lib/attr.h"
#include "page/mark.h"

/* The frames of a word, as bits of their numbers. */
#define WORD_MASK (XMEM_WORD_BITS - 1UL)

/* The frame of entry @i. */
static inline unsigned long frame_of(const struct frames_batch *b,
				     unsigned long i)
{
	const struct page_info *pg;
	unsigned long mfn;

	if (b->mfns != NULL) {
		return b->mfns[i];
	}
	pg = b->pages[i];
	mfn = mfn_x(page_to_mfn(pg));
	XMEM_PANIC_IF(!mark_is_descriptor(pg, mfn),
		      "xmem_free_frames: entry %lu: %p is no page descriptor, "
		      "caller %p\n",
		      i, (const void *)pg, b->caller);
	return mfn;
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
		struct xmem_buddy_word *slot = &b->slot[(start + n) % FRAMES_SLOTS];

		if (slot->frames == 0) {
			slot->first = first;
		}
		if (slot->first == first) {
			return slot;
		}
	}
	return NULL;
}

/* Is entry @i + @n that of frame @mfn + @n, in the same word as frame @mfn of
 * entry @i? Then its descriptor is as far behind. */
static inline bool goes_on(const struct frames_batch *b, unsigned long i,
			   unsigned long mfn, unsigned long n)
{
	if (MAX_NUMNODES > 1 && heap_node_of(mfn + n) != b->node) {
		return false;
	}
	return b->mfns != NULL ? b->mfns[i + n] == mfn + n
			       : b->pages[i + n] == b->pages[i] + n;
}

/* How many entries from @i on, at least 1, at most @nr, are a run of frames of
 * the word of frame @mfn, the first one. */
static unsigned long run_length(const struct frames_batch *b, unsigned long i,
				unsigned long nr, unsigned long mfn)
{
	unsigned long most = XMEM_WORD_BITS - (mfn & WORD_MASK);
	unsigned long n = 1;

	most = most < nr ? most : nr;
	while (n < most && goes_on(b, i, mfn, n)) {
		n++;
	}
	return n;
}

/* Panic: the run at entry @i, of frames from @mfn on, has @twice of the word.
 */
XMEM_COLD static void refuse_twice(const struct frames_batch *b,
				   unsigned long i, unsigned long mfn,
				   uint64_t twice)
{
	unsigned long n = xmem_ffs64(twice) - (mfn & WORD_MASK);

	XMEM_PANIC_IF(true,
		      "xmem_free_frames: entry %lu: frame %lx is in the list "
		      "twice, caller %p\n",
		      i + n, mfn + n, b->caller);
}

unsigned long xmem_frames_collect(struct frames_batch *b, unsigned long i,
				  unsigned long nr)
{
	empty(b);
	b->from = i;
	b->node = heap_node_of(frame_of(b, i));
	while (i < nr) {
		unsigned long mfn = frame_of(b, i);
		unsigned long n = run_length(b, i, nr - i, mfn);
		uint64_t frames = xmem_bits_run((unsigned int)(mfn & WORD_MASK),
						(unsigned int)n);
		struct xmem_buddy_word *slot = NULL;

		if (MAX_NUMNODES == 1 || heap_node_of(mfn) == b->node) {
			slot = find_slot(b, mfn & ~WORD_MASK);
		}
		if (slot == NULL) {
			break;
		}
		if (XMEM_UNLIKELY((slot->frames & frames) != 0)) {
			refuse_twice(b, i, mfn, slot->frames & frames);
		}
		slot->frames |= frames;
		slot->dirty = slot->frames;
		i += n;
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
	uint64_t left = w->frames;

	if (!xmem_mark_is_ram(w->first + low, high - low + 1)) {
		refuse_holes(b, w);
	}
	while (left != 0) {
		struct xmem_run run = heap_next_run(w->first, &left);
		const struct page_info *pg = mfn_to_page(_mfn(run.mfn));
		const struct page_info *end = pg + run.nr;

		for (; pg < end; pg++) {
			__builtin_prefetch(pg, 1);
		}
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
