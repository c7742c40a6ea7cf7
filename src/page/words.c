/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * words.c - write and compare the descriptors of a block (see words.h)
 *
 * Model       A loop goes over at most XMEM_RELAX_FRAMES descriptors, four at a
 *             time, without a branch but its end. To compare, it collects in
 *             which bits any word differs from what it should be.
 */
#include "page/words.h"

#include "lib/relax.h"

/* Do @what to the descriptors from @pg on, which is left behind the last one;
 * there are @nr. */
#define FOR_EACH(pg, nr, what)                              \
	do {                                                \
		unsigned long left_ = (nr);                 \
		for (; left_ >= 4; left_ -= 4, (pg) += 4) { \
			what((pg));                         \
			what((pg) + 1);                     \
			what((pg) + 2);                     \
			what((pg) + 3);                     \
		}                                           \
		for (; left_ > 0; left_--, (pg)++) {        \
			what((pg));                         \
		}                                           \
	} while (0)

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

/* The word of all frames but the first, of a block of which that has the live
 * bits @live, and which becomes @mark. */
static unsigned long word_behind(unsigned long live, unsigned long mark)
{
	return mark | (live & WORD_LIVE_FRAME);
}

/* The first frame had the live bits @live before its word was written. */
static void keep_live(struct page_info *first, unsigned long live)
{
	if ((live & WORD_LIVE_SUPER) != 0) {
		xmem_page_set_live(first, XMEM_LIVE_SUPER);
	}
}

/* The same loop twice: owned frames, and pages of the xenheap. */
static struct page_info *set_some(struct page_info *pg, unsigned long nr,
				  struct domain *d, unsigned long word)
{
#define SET_OWNER(pg)	xmem_word_set_owner(pg, d, word)
#define SET_XENHEAP(pg) xmem_word_set_xenheap(pg, word)
	if ((word & WORD_OWNED) != 0) {
		FOR_EACH(pg, nr, SET_OWNER);
	} else {
		FOR_EACH(pg, nr, SET_XENHEAP);
	}
	return pg;
#undef SET_OWNER
#undef SET_XENHEAP
}

static void set_mark(struct page_info *pg, unsigned long nr, struct domain *d,
		     unsigned long mark)
{
	struct page_info *first = pg;
	unsigned long live = xmem_word_of(pg) & WORD_LIVE;
	unsigned long word = word_behind(live, mark);

	while (nr > 0) {
		unsigned long now = stretch_of(nr);

		pg = set_some(pg, now, d, word);
		step(&nr, now);
	}
	keep_live(first, live);
}

void xmem_words_set_owner(struct page_info *pg, unsigned long nr,
			  struct domain *d, bool counted)
{
	set_mark(pg, nr, d, WORD_OWNED | (counted ? WORD_COUNTED : 0));
}

void xmem_words_set_xenheap(struct page_info *pg, unsigned long nr)
{
	set_mark(pg, nr, NULL, WORD_XEN);
}

/* The same loop twice: with and without owners. */
XMEM_NOINLINE void xmem_words_end_few(struct page_info *pg, unsigned long nr,
				      unsigned long word)
{
#define END(pg)	      xmem_word_end(pg, WORD_XEN)
#define END_OWNED(pg) xmem_word_end(pg, WORD_OWNED)
	if ((word & WORD_OWNED) != 0) {
		FOR_EACH(pg, nr, END_OWNED);
	} else {
		FOR_EACH(pg, nr, END);
	}
#undef END
#undef END_OWNED
}

void xmem_words_end(struct page_info *pg, unsigned long nr, unsigned long word)
{
	while (nr > 0) {
		unsigned long now = stretch_of(nr);

		xmem_words_end_few(pg, now, word);
		pg += now;
		step(&nr, now);
	}
}

/* ---- comparing ---- */

/* In which bits do words of @nr frames differ from @word? Of owned and xenheap
 * frames: *@other is not 0 if one has another owner than @d, or a tag. */
XMEM_MAY_RACE static unsigned long differ(const struct page_info *pg,
					  unsigned long nr, unsigned long word)
{
	unsigned long bits = 0;

#define ADD(pg) bits |= xmem_word_of(pg) ^ word
	FOR_EACH(pg, nr, ADD);
#undef ADD
	return bits;
}

XMEM_MAY_RACE static unsigned long differ_owned(const struct page_info *pg,
						unsigned long nr,
						unsigned long word,
						const struct domain *d,
						unsigned long *other)
{
	unsigned long bits = 0;
	unsigned long owners = 0;

#define ADD(pg)                          \
	bits |= xmem_word_of(pg) ^ word; \
	owners |= (unsigned long)xmem_page_owner(pg) ^ (unsigned long)d
	FOR_EACH(pg, nr, ADD);
#undef ADD
	*other = owners;
	return bits;
}

XMEM_MAY_RACE static unsigned long differ_xenheap(const struct page_info *pg,
						  unsigned long nr,
						  unsigned long word,
						  unsigned long *other)
{
	unsigned long bits = 0;
	unsigned long tags = 0;

#define ADD(pg)                          \
	bits |= xmem_word_of(pg) ^ word; \
	tags |= xmem_page_tag(pg) ^ XMEM_TAG_NONE
	FOR_EACH(pg, nr, ADD);
#undef ADD
	*other = tags;
	return bits;
}

XMEM_NOINLINE bool xmem_words_few_are(const struct page_info *pg,
				      unsigned long nr, unsigned long word,
				      unsigned long ignored,
				      const struct domain *d)
{
	unsigned long other = 0;
	unsigned long bits;

	if ((word & WORD_OWNED) != 0) {
		bits = differ_owned(pg, nr, word, d, &other);
	} else if ((word & WORD_XEN) != 0) {
		bits = differ_xenheap(pg, nr, word, &other);
	} else {
		bits = differ(pg, nr, word);
	}
	return ((bits & ~ignored) | other) == 0;
}

bool xmem_words_are(const struct page_info *pg, unsigned long nr,
		    unsigned long word, unsigned long ignored,
		    const struct domain *d)
{
	while (nr > 0) {
		unsigned long now = stretch_of(nr);

		if (!xmem_words_few_are(pg, now, word, ignored, d)) {
			return false;
		}
		pg += now;
		step(&nr, now);
	}
	return true;
}
