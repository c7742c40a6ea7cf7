/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * words.c - write and compare the descriptors of a block (see words.h)
 *
 * Model       A loop goes over at most XMEM_RELAX_FRAMES descriptors, four at a
 *             time, without a branch but its end. To compare, it sums up: if
 *             the OR and the AND of some words are the same value, each of them
 *             has it.
 */
#include "page/words.h"

#include "lib/relax.h"

/* Do @what to the descriptors from @pg on, which is left behind the last one;
 * there are @nr. */
#define FOR_EACH(pg, nr, what)                                \
	do {                                                  \
		unsigned long left_ = (nr);                   \
		for (; left_ >= 4; left_ -= 4, (pg) += 4) {   \
			what((pg));                           \
			what((pg) + 1);                       \
			what((pg) + 2);                       \
			what((pg) + 3);                       \
		}                                             \
		for (; left_ > 0; left_--, (pg)++) {          \
			what((pg));                           \
		}                                             \
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

void xmem_words_set_owner(struct page_info *pg, unsigned long nr,
			  struct domain *d, bool counted)
{
#define SET_OWNER(pg) xmem_page_set_owner(pg, d, counted)
	while (nr > 0) {
		unsigned long now = stretch_of(nr);

		FOR_EACH(pg, now, SET_OWNER);
		step(&nr, now);
	}
#undef SET_OWNER
}

static XMEM_ALWAYS_INLINE void set_xenheap(struct page_info *pg)
{
#ifdef XMEM_PORT_PAGE_INFO
	xmem_page_set_xenheap(pg);
#else
	pg->count_info |= WORD_XEN;
#endif
}

void xmem_words_set_xenheap(struct page_info *pg, unsigned long nr)
{
	while (nr > 0) {
		unsigned long now = stretch_of(nr);

		FOR_EACH(pg, now, set_xenheap);
		step(&nr, now);
	}
}

/* The same loop twice: with and without owners. */
static struct page_info *end_some(struct page_info *pg, unsigned long nr,
				  unsigned long word)
{
#define END(pg)	      xmem_word_end(pg, WORD_XEN)
#define END_OWNED(pg) xmem_word_end(pg, WORD_OWNED)
	if ((word & WORD_OWNED) != 0) {
		FOR_EACH(pg, nr, END_OWNED);
	} else {
		FOR_EACH(pg, nr, END);
	}
	return pg;
#undef END
#undef END_OWNED
}

void xmem_words_end(struct page_info *pg, unsigned long nr, unsigned long word)
{
	while (nr > 0) {
		unsigned long now = stretch_of(nr);

		pg = end_some(pg, now, word);
		step(&nr, now);
	}
}

/* ---- comparing ---- */

/* Of some descriptors: the OR and the AND of all words, and of something else
 * that should be the same in all of them. */
struct sums {
	unsigned long any, all;
	unsigned long any_other, all_other;
};

XMEM_MAY_RACE static struct sums sum_words(const struct page_info *pg,
					   unsigned long nr)
{
	struct sums s = {0, ~0UL, 0, 0};

#define SUM(pg)                         \
	s.any |= xmem_word_of(pg);      \
	s.all &= xmem_word_of(pg)
	FOR_EACH(pg, nr, SUM);
#undef SUM
	return s;
}

XMEM_MAY_RACE static struct sums sum_owners(const struct page_info *pg,
					    unsigned long nr)
{
	struct sums s = {0, ~0UL, 0, ~0UL};

#define SUM(pg)                                            \
	s.any |= xmem_word_of(pg);                         \
	s.all &= xmem_word_of(pg);                         \
	s.any_other |= (unsigned long)xmem_page_owner(pg); \
	s.all_other &= (unsigned long)xmem_page_owner(pg)
	FOR_EACH(pg, nr, SUM);
#undef SUM
	return s;
}

XMEM_MAY_RACE static struct sums sum_tags(const struct page_info *pg,
					  unsigned long nr)
{
	struct sums s = {0, ~0UL, 0, 0};

#define SUM(pg)                    \
	s.any |= xmem_word_of(pg); \
	s.all &= xmem_word_of(pg); \
	s.any_other |= xmem_page_tag(pg) ^ XMEM_TAG_NONE
	FOR_EACH(pg, nr, SUM);
#undef SUM
	return s;
}

static bool some_are(const struct page_info *pg, unsigned long nr,
		     unsigned long word, unsigned long ignored,
		     const struct domain *d)
{
	unsigned long other = 0;
	struct sums s;

	if ((word & WORD_OWNED) != 0) {
		s = sum_owners(pg, nr);
		other = (unsigned long)d;
	} else if ((word & WORD_XEN) != 0) {
		s = sum_tags(pg, nr);
	} else {
		s = sum_words(pg, nr);
	}
	return (s.any & ~ignored) == word && (s.all & ~ignored) == word &&
	       s.any_other == other && s.all_other == other;
}

bool xmem_words_are(const struct page_info *pg, unsigned long nr,
		    unsigned long word, unsigned long ignored,
		    const struct domain *d)
{
	while (nr > 0) {
		unsigned long now = stretch_of(nr);

		if (!some_are(pg, now, word, ignored, d)) {
			return false;
		}
		pg += now;
		step(&nr, now);
	}
	return true;
}
