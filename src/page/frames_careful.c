/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frames_careful.c - look at the frames of a batch, one by one
 *
 * What decides is said by mark.h. A frame of nobody's that is described was
 * handed out by the cache of a CPU, alone or as part of a superpage.
 */
#include "page/frames_batch.h"

#include "lib/assert.h"
#include "lib/attr.h"
#include "page/mark.h"

/* Why the frame of @pg, which is in use, must not be freed as one of @d. */
XMEM_COLD static const char *obstacle(const struct page_info *pg,
				      const struct domain *d)
{
	unsigned long word = xmem_word_of(pg);

	if ((word & WORD_XEN) != 0) {
		return "a xenheap page";
	}
	if ((word & WORD_REFS) != 0) {
		return xmem_page_is_vmalloc(pg) ? "memory of vmalloc"
						: "still referenced";
	}
	if ((word & WORD_OWNED) != 0) {
		return "of another owner";
	}
	return d != NULL ? "nobody's" : "free already, in the cache of a CPU";
}

/* ---- marks ---- */

/* May frame @mfn be freed as one of b->d, by what its descriptor says? If
 * nobody's, it is described: live, or part of a superpage that is. @word:
 * xmem_word_of() of it. */
static inline bool may_be_freed(const struct frames_batch *b,
				const struct page_info *pg, unsigned long mfn,
				unsigned long word)
{
	if (b->d != NULL) {
		return (word & ~(WORD_LIVE | WORD_COUNTED)) == WORD_OWNED &&
		       xmem_page_owner(pg) == b->d;
	}
	return word == WORD_LIVE_FRAME ||
	       ((word & ~WORD_LIVE) == 0 && xmem_heap_super_of(mfn) != NULL);
}

/* Look at the descriptors of @run. Return: the frame that must not be freed, or
 * the one behind the run. */
static unsigned long check_run(struct frames_batch *b, struct xmem_run run)
{
	const struct page_info *pg = mfn_to_page(_mfn(run.mfn));
	unsigned long word = xmem_word_of(pg);
	unsigned long end = run.mfn + run.nr;

	/* Most often all are alike. */
	if (b->d != NULL && may_be_freed(b, pg, run.mfn, word) &&
	    xmem_words_few_are(pg, run.nr, word, WORD_LIVE, b->d)) {
		b->counted += (word & WORD_COUNTED) != 0 ? run.nr : 0;
		return end;
	}
	for (; run.mfn < end; run.mfn++, pg++) {
		word = xmem_word_of(pg);
		if (XMEM_UNLIKELY(!may_be_freed(b, pg, run.mfn, word))) {
			break;
		}
		b->counted += (word & WORD_COUNTED) != 0;
	}
	return run.mfn;
}

bool xmem_frames_marked(struct frames_batch *b, unsigned long first,
			uint64_t left, unsigned long *bad)
{
	while (left != 0) {
		struct xmem_run run = heap_next_run(first, &left);

		*bad = check_run(b, run);
		if (XMEM_UNLIKELY(*bad != run.mfn + run.nr)) {
			return false;
		}
	}
	return true;
}

void xmem_frames_unmark(const struct frames_batch *b, unsigned long first,
			uint64_t left)
{
	struct page_info *super = left != 0 ? xmem_heap_super_of(first) : NULL;

	if (super != NULL) {
		xmem_page_break(super);
	}
	while (left != 0) {
		struct xmem_run run = heap_next_run(first, &left);

		xmem_words_end_few(mfn_to_page(_mfn(run.mfn)), run.nr,
				   b->d != NULL ? WORD_OWNED : 0);
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

/* If the word at frame @first, of nobody's frames, is part of a superpage that
 * is whole, make all of that plain. */
XMEM_REQUIRES(H)
static void break_nobodys(struct frames_batch *b, unsigned long first)
{
	struct page_info *super = xmem_heap_super_of(first);

	if (super != NULL &&
	    xmem_heap_describe(b->node, mfn_x(page_to_mfn(super)),
			       HEAP_SUPER_ORDER, false) == 0) {
		xmem_page_break(super);
	}
}

/* Free the frames of @w, which may be freed. */
XMEM_REQUIRES(H)
static void give_word(struct frames_batch *b, const struct xmem_buddy_word *w)
{
	struct xmem_buddy_word part = {.first = w->first};
	struct heap_hold h;
	int rc;

	heap_hold_begin(&h, b->node, true);
	if (b->d == NULL) {
		break_nobodys(b, w->first);
	}
	part.frames = xmem_heap_look(b->node, w).described;
	part.dirty = part.frames;
	xmem_frames_unmark(b, w->first,
			   b->d != NULL ? w->frames : part.frames);
	rc = xmem_hold_give(&h, &part, 1);
	XMEM_ASSERT(rc == 0);
	h.described = false;
	part.frames ^= w->frames;
	part.dirty = part.frames;
	rc = xmem_hold_give(&h, &part, 1);
	XMEM_ASSERT(rc == 0);
	(void)rc;
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
