/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frames_alloc.c - allocate many single frames for one owner
 *
 * The heap hands out words (heap/take_words.c), many in a lock hold, and drops
 * the lock. Then, word by word: the frames are told, scrubbed and flushed in
 * runs, their descriptors written, and their numbers listed, each in ascending
 * order. The quota is reserved once, and what was too much released at the end.
 *
 * Frames that get an owner are described in the heap's bitmaps from the moment
 * they leave it. Until their descriptor is written they look like frames in the
 * cache of a CPU: nobody else may free them, so none is held (mark.h). They
 * become live, so that each of them may be freed into a cache. Nobody's frames
 * have no descriptor that is read or written.
 */
#include <xmem/pages.h>

#include "lib/relax.h"
#include "lib/tell.h"
#include "page/mark.h"
#include "page/owner.h"
#include "page/scrub.h"

/* A request, and where its frames are listed: one of the two. */
struct frames_request {
	struct domain *d; /* NULL: they will be nobody's */
	bool counted;
	unsigned int memflags;
	unsigned long *mfns;
	struct page_info **pages;
};

/* How many of @nr more frames @d may own: they are counted. */
static unsigned long reserve(struct domain *d, unsigned long nr)
{
	struct xmem_owner *owner = xmem_domain_owner(d);

	while (nr > 0 && !xmem_owner_reserve(d, nr)) {
		unsigned long room = 0;

		xmem_owner_lock(owner);
		if (owner->tot_pages < owner->max_pages) {
			room = owner->max_pages - owner->tot_pages;
		}
		xmem_owner_unlock(owner);
		nr = room < nr ? room : nr;
	}
	return nr;
}

/* Tell, scrub and flush the frames @left, which are all @dirty or all clean, of
 * the word at frame @first. */
static void prepare_some(unsigned long first, uint64_t left, bool dirty,
			 unsigned int memflags)
{
	while (left != 0) {
		struct xmem_run run = heap_next_run(first, &left);

		xmem_tell_range(run.mfn, run.nr, false);
		xmem_scrub_handed_out(run.mfn, run.nr, dirty, memflags);
	}
}

static void prepare_word(const struct xmem_buddy_word *w, unsigned int memflags)
{
	bool scrubs = w->dirty != 0 && (memflags & MEMF_no_scrub) == 0;

	if (XMEM_PORT_HEARS_FRAMES || XMEM_PORT_FLUSHES) {
		prepare_some(w->first, w->frames & ~w->dirty, false, memflags);
	}
	if (XMEM_PORT_HEARS_FRAMES || XMEM_PORT_FLUSHES || scrubs) {
		prepare_some(w->first, w->dirty, true, memflags);
		xmem_port_relax();
	}
}

/* The descriptor of the lowest frame of @w. Those of the others are in a row
 * with it. */
static struct page_info *low_page(const struct xmem_buddy_word *w)
{
	return mfn_to_page(_mfn(w->first + xmem_ffs64(w->frames)));
}

/* Write the descriptors of the frames of @w. */
static void own_word(const struct xmem_buddy_word *w,
		     const struct frames_request *r)
{
	struct page_info *pg = low_page(w);
	uint64_t left = w->frames >> xmem_ffs64(w->frames);

	for (;;) {
		for (; (left & 1) != 0; left >>= 1, pg++) {
			xmem_word_begin(pg, WORD_LIVE_FRAME);
			xmem_page_set_owner(pg, r->d, r->counted);
		}
		if (left == 0) {
			break;
		}
		pg += xmem_ffs64(left);
		left >>= xmem_ffs64(left);
	}
}

static void list_numbers(const struct xmem_buddy_word *w,
			 struct frames_request *r)
{
	unsigned long *next = r->mfns;

	if (w->frames == XMEM_WORD_FULL) {
		for (unsigned long i = 0; i < XMEM_WORD_BITS; i++) {
			next[i] = w->first + i;
		}
		r->mfns = next + XMEM_WORD_BITS;
		return;
	}
	for (uint64_t left = w->frames; left != 0; left &= left - 1) {
		*next++ = w->first + xmem_ffs64(left);
	}
	r->mfns = next;
}

static void list_pages(const struct xmem_buddy_word *w,
		       struct frames_request *r)
{
	struct page_info *low = low_page(w);
	uint64_t left = w->frames >> xmem_ffs64(w->frames);
	struct page_info **next = r->pages;

	for (; left != 0; left &= left - 1) {
		*next++ = low + xmem_ffs64(left);
	}
	r->pages = next;
}

static void hand_out(const struct xmem_buddy_word *w, struct frames_request *r)
{
	prepare_word(w, r->memflags);
	if (r->d != NULL) {
		own_word(w, r);
	}
	if (r->mfns != NULL) {
		list_numbers(w, r);
	} else {
		list_pages(w, r);
	}
}

/* Hand out up to @nr frames. Return: how many. */
static unsigned long take_frames(struct frames_request *r, unsigned long nr)
{
	struct heap_frames f;

	f.memflags = r->memflags;
	f.described = r->d != NULL;
	f.left = nr;
	xmem_heap_frames_begin(&f);
	while (xmem_heap_take_words(&f)) {
		for (unsigned int i = 0; i < f.nr_words; i++) {
			hand_out(&f.word[i], r);
		}
		xmem_port_relax();
	}
	return nr - f.left;
}

static unsigned long alloc_frames(struct frames_request *r, unsigned long nr)
{
	unsigned long want = nr < XMEM_FRAMES_A_CALL ? nr : XMEM_FRAMES_A_CALL;
	unsigned long got;

	if (r->d != NULL && (r->memflags & MEMF_no_owner) != 0) {
		r->d = NULL;
	}
	r->counted = r->d != NULL && (r->memflags & MEMF_no_refcount) == 0;
	if (r->counted) {
		want = reserve(r->d, want);
	}
	got = take_frames(r, want);
	if (r->counted && got < want) {
		xmem_owner_release(r->d, want - got);
	}
	return got;
}

XMEM_API_PAGES unsigned long xmem_alloc_frames(struct domain *d,
					       unsigned long nr,
					       unsigned int memflags,
					       unsigned long *mfns)
{
	struct frames_request r = {.d = d, .memflags = memflags, .mfns = mfns};

	return alloc_frames(&r, nr);
}

XMEM_API_PAGES unsigned long xmem_alloc_frame_pages(struct domain *d,
						    unsigned long nr,
						    unsigned int memflags,
						    struct page_info **pages)
{
	struct frames_request r = {
		.d = d, .memflags = memflags, .pages = pages};

	return alloc_frames(&r, nr);
}
