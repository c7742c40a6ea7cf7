/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * words.c - write and compare the descriptors of a block (see words.h)
 *
 * Model       A loop goes over at most XMEM_RELAX_FRAMES descriptors, some at
 *             a time, as they are most of what a superpage costs. One loop
 *             writes whatever a block becomes; that pages of the xenheap get no
 *             owner, which they have not, costs less than a loop for them.
 */
#include "page/words.h"

#include "heap/cache.h"
#include "lib/relax.h"

/* Do @what to the descriptors from @pg on, a variable, and @times, which does
 * it to so @many, to all that are left: there are @nr. */
#define FOR_EACH(pg, nr, what, times, many)                              \
	do {                                                             \
		const struct page_info *end_ = (pg) + (nr);              \
		for (; (uintptr_t)(end_ - (pg)) % (many) != 0; (pg)++) { \
			what(pg);                                        \
		}                                                        \
		for (; (pg) != end_; (pg) += (many)) {                   \
			times(pg, what);                                 \
		}                                                        \
	} while (0)
#define FOUR(pg, what)  \
	what(pg);       \
	what((pg) + 1); \
	what((pg) + 2); \
	what((pg) + 3)
#define EIGHT(pg, what) \
	FOUR(pg, what); \
	FOUR((pg) + 4, what)

/* How many of the @nr frames that are left come before the next pause. */
static unsigned long stretch_of(unsigned long nr)
{
	return nr < XMEM_RELAX_FRAMES ? nr : XMEM_RELAX_FRAMES;
}

/* *@nr frames are left, @done are done. */
static void step(unsigned long *nr, unsigned long done)
{
	*nr -= done;
	if (done == XMEM_RELAX_FRAMES) {
		xmem_port_relax();
	}
}

/* ---- writing ---- */

/* The word of @nr frames becomes @word, and their owner @d. */
static void write_some(struct page_info *pg, unsigned long nr,
		       unsigned long word, struct domain *d)
{
#define WRITE(pg) xmem_word_write(pg, word, d)
	FOR_EACH(pg, nr, WRITE, EIGHT, 8);
#undef WRITE
}

static XMEM_COLD XMEM_NOINLINE void write_all(struct page_info *pg,
					      unsigned long nr,
					      unsigned long word,
					      struct domain *d)
{
	while (nr > 0) {
		unsigned long now = stretch_of(nr);

		write_some(pg, now, word, d);
		pg += now;
		step(&nr, now);
	}
}

/* The block becomes @mark, and keeps its live bits: those of each frame, or of
 * the first. */
static XMEM_COLD XMEM_NOINLINE void set_mark(struct page_info *pg,
					     unsigned long nr,
					     unsigned long mark,
					     struct domain *d)
{
	unsigned long live = HEAP_HAS_CACHES ? xmem_word_of(pg) & WORD_LIVE : 0;

	write_all(pg, nr, mark | (live & WORD_LIVE_FRAME), d);
	if (live == WORD_LIVE_SUPER) {
		xmem_word_write(pg, mark | live, d);
	}
}

XMEM_COLD void xmem_words_set_owner(struct page_info *pg, unsigned long nr,
				    struct domain *d, bool counted)
{
	set_mark(pg, nr, WORD_OWNED | (counted ? WORD_COUNTED : 0), d);
}

XMEM_COLD void xmem_words_set_xenheap(struct page_info *pg, unsigned long nr)
{
	set_mark(pg, nr, WORD_XEN, NULL);
}

XMEM_COLD void xmem_words_end(struct page_info *pg, unsigned long nr)
{
	write_all(pg, nr, 0, NULL);
}

void xmem_words_end_at_once(struct page_info *pg, unsigned long nr)
{
	write_some(pg, nr, 0, NULL);
}

/* ---- comparing ---- */

XMEM_MAY_RACE bool xmem_words_are_at_once(const struct page_info *pg,
					  unsigned long nr, unsigned long word,
					  const struct domain *d)
{
	unsigned long tags = 0;

#define SAME(pg)                        \
	if (xmem_word_of(pg) != word) { \
		return false;           \
	}                               \
	tags |= xmem_page_tag(pg) ^ XMEM_TAG_NONE
#define SAME_OWNER(pg)                                              \
	if (xmem_word_of(pg) != word || xmem_page_owner(pg) != d) { \
		return false;                                       \
	}
	if ((word & WORD_XEN) != 0) {
		FOR_EACH(pg, nr, SAME, FOUR, 4);
	} else {
		FOR_EACH(pg, nr, SAME_OWNER, FOUR, 4);
	}
	return tags == 0;
#undef SAME
#undef SAME_OWNER
}

XMEM_COLD bool xmem_words_are(const struct page_info *pg, unsigned long nr,
			      unsigned long word, const struct domain *d)
{
	while (nr > 0) {
		unsigned long now = stretch_of(nr);

		if (!xmem_words_are_at_once(pg, now, word, d)) {
			return false;
		}
		pg += now;
		step(&nr, now);
	}
	return true;
}

/* ---- telling ---- */

XMEM_COLD const char *xmem_words_held(const struct page_info *pg, bool xen)
{
	unsigned long word = xmem_word_of(pg);

	if (((word & WORD_XEN) != 0) != xen) {
		return xen ? "in use, but not as xenheap" : "a xenheap page";
	}
	if (xen && xmem_page_tag(pg) != XMEM_TAG_NONE) {
		return xmem_page_tag(pg) == XMEM_TAG_POOL
			       ? "a page of xmalloc's pool"
			       : "part of an object, for xfree()";
	}
	if ((word & WORD_REFS) != 0) {
		return xmem_page_is_vmalloc(pg) ? "memory of vmalloc"
						: "still referenced";
	}
	return NULL;
}
