/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frames_careful.c - look at the frames of a batch, one by one
 *
 * What decides is said by mark.h. A frame of nobody's that is described was
 * handed out by the cache of a CPU, alone or as part of a superpage.
 */
#include "page/frames_batch.h"

#include "heap/super.h"
#include "lib/assert.h"
#include "lib/attr.h"
#include "page/mark.h"

/* Why the frame of @pg, which is in use, must not be freed as one of @d. */
XMEM_COLD static const char *obstacle(const struct page_info *pg,
				      const struct domain *d)
{
	const char *text = xmem_words_held(pg, false);

	if (text != NULL) {
		return text;
	}
	if ((xmem_word_of(pg) & WORD_OWNED) != 0) {
		return "of another owner";
	}
	return d != NULL ? "nobody's" : "free already, in the cache of a CPU";
}

/* ---- marks ---- */

/* May the frame of @pg be freed as one of @d, by what its descriptor says? */
static inline bool is_owned(const struct page_info *pg, const struct domain *d)
{
	return (xmem_word_of(pg) & ~(WORD_LIVE | WORD_COUNTED)) == WORD_OWNED &&
	       xmem_page_owner(pg) == d;
}

/* May frame @mfn, which is described, be freed as one of nobody's? It is live,
 * or part of a superpage that is. */
static bool is_live(const struct page_info *pg, unsigned long mfn)
{
	unsigned long word = xmem_word_of(pg);

	return word == WORD_LIVE_FRAME ||
	       ((word & ~WORD_LIVE) == 0 && xmem_heap_super_of(mfn) != NULL);
}

/* Of the frames @left, not 0, whose descriptors are in a row from that of the
 * lowest one, @pg: those that must not be freed as frames of b->d, and perhaps
 * some that come after one of these. The others that are in the quota are
 * counted. */
static uint64_t not_owned(struct frames_batch *b, const struct page_info *pg,
			  uint64_t left)
{
	const struct domain *d = b->d;
	unsigned long counted = 0;

	if (left == XMEM_WORD_FULL && is_owned(pg, d) &&
	    xmem_words_are_at_once(pg, XMEM_WORD_BITS, xmem_word_of(pg), d)) {
		counted = xmem_page_is_counted(pg) ? XMEM_WORD_BITS : 0;
		left = 0;
	}
	pg -= left != 0 ? xmem_ffs64(left) : 0;
	for (; left != 0; left &= left - 1) {
		const struct page_info *at = pg + xmem_ffs64(left);

		if (XMEM_UNLIKELY(!is_owned(at, d))) {
			break;
		}
		counted += xmem_page_is_counted(at);
	}
	b->counted += counted;
	return left;
}

/* The same for frames of nobody's. @first: the frame of bit 0. */
static XMEM_COLD uint64_t not_live(unsigned long first,
				   const struct page_info *pg, uint64_t left)
{
	pg -= xmem_ffs64(left);
	while (left != 0 &&
	       is_live(pg + xmem_ffs64(left), first + xmem_ffs64(left))) {
		left &= left - 1;
	}
	return left;
}

bool xmem_frames_marked(struct frames_batch *b, unsigned long first,
			uint64_t left, unsigned long *bad)
{
	if (left != 0) {
		const struct page_info *pg =
			mfn_to_page(_mfn(first + xmem_ffs64(left)));

		left = b->d != NULL ? not_owned(b, pg, left)
				    : not_live(first, pg, left);
	}
	if (XMEM_UNLIKELY(left != 0)) {
		*bad = first + xmem_ffs64(left);
	}
	return left == 0;
}

void xmem_frames_unmark(const struct frames_batch *b, unsigned long first,
			uint64_t left)
{
	unsigned long word = b->d != NULL ? WORD_OWNED : 0;
	struct page_info *low;

	if (left == 0) {
		return;
	}
	low = mfn_to_page(_mfn(first + xmem_ffs64(left)));
	if (left == XMEM_WORD_FULL && word != 0) {
		xmem_words_end_at_once(low, XMEM_WORD_BITS);
		return;
	}
	for (left >>= xmem_ffs64(left); left != 0; left &= left - 1) {
		xmem_word_end(low + xmem_ffs64(left), word);
	}
}

/* ---- a batch ---- */

/* Look at the frames of @w. */
XMEM_REQUIRES(H)
static struct frames_fault check_word(struct frames_batch *b,
				      const struct xmem_buddy_word *w)
{
	struct heap_look look = xmem_heap_look(b->node, w);
	unsigned long bad;

	if (look.free != 0) {
		return (struct frames_fault){w->first + xmem_ffs64(look.free),
					     "free already"};
	}
	if (look.unknown != 0) {
		return (struct frames_fault){w->first +
						     xmem_ffs64(look.unknown),
					     "unknown to the heap"};
	}
	if (!xmem_frames_marked(b, w->first,
				b->d != NULL ? w->frames : look.described,
				&bad)) {
		return (struct frames_fault){
			bad, obstacle(mfn_to_page(_mfn(bad)), b->d)};
	}
	return (struct frames_fault){0, NULL};
}

struct frames_fault xmem_frames_check(struct frames_batch *b)
{
	struct frames_fault fault = {0, NULL};

	b->counted = 0;
	for (unsigned int i = 0; i < FRAMES_SLOTS && fault.text == NULL; i++) {
		if (b->slot[i].frames != 0) {
			fault = check_word(b, &b->slot[i]);
		}
	}
	return fault;
}

/* Give @frames, of the word at frame @first, which are @described, or plain. */
XMEM_REQUIRES(H)
static void give_part(struct heap_hold *h, unsigned long first, uint64_t frames,
		      bool described)
{
	struct xmem_buddy_word part = {first, frames, frames};

	h->described = described;
	if (frames != 0) {
		int rc = xmem_hold_give(h, &part, 1);

		XMEM_ASSERT(rc == 0);
		(void)rc;
	}
}

/* Free the frames of @w, which may be freed. */
XMEM_REQUIRES(H)
static void give_word(struct frames_batch *b, const struct xmem_buddy_word *w)
{
	uint64_t described;
	struct heap_hold h;

	heap_hold_begin(&h, b->node, true);
	xmem_heap_break_super(b->node, w->first);
	described = xmem_heap_look(b->node, w).described;
	xmem_frames_unmark(b, w->first, b->d != NULL ? w->frames : described);
	give_part(&h, w->first, described, true);
	give_part(&h, w->first, w->frames ^ described, false);
	xmem_hold_end(&h);
}

XMEM_COLD struct frames_fault xmem_frames_give_checked(struct frames_batch *b)
{
	struct frames_fault fault = xmem_frames_check(b);

	for (unsigned int i = 0; i < FRAMES_SLOTS && fault.text == NULL; i++) {
		if (b->slot[i].frames != 0) {
			give_word(b, &b->slot[i]);
		}
	}
	return fault;
}
