/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * words.h - what descriptors say as one word a frame, and of blocks at once
 *
 * Whose a frame is, and what it is, is one word, WORD_* below. The library's
 * own descriptors have that word: count_info. From those of a host
 * (XMEM_PORT_PAGE_INFO) it is put together by the host's inlines. All frames of
 * a block have the same word most often: so a free compares words first, and
 * only if that fails asks of each frame if it may be freed.
 *
 * A frame that is free, lies in a cache, or is nobody's without having come
 * from one has the word 0, and no owner.
 */
#ifndef PAGE_WORDS_H
#define PAGE_WORDS_H

#include <xmem/page_info.h>

#include "lib/attr.h"

#ifdef XMEM_PORT_PAGE_INFO
#define WORD_OWNED	(1UL << 0)
#define WORD_XEN	(1UL << 1)
#define WORD_COUNTED	(1UL << 2)
#define WORD_REFS	(1UL << 3) /* references, or vmalloc's */
#define WORD_LIVE_SHIFT 4U
#else
#define WORD_OWNED	PGC_allocated
#define WORD_XEN	PGC_xen_heap
#define WORD_COUNTED	PGC_counted
#define WORD_REFS	(PGC_count_mask | PGC_vmalloc)
#define WORD_LIVE_SHIFT PGC_live_shift
#endif
#define WORD_LIVE_FRAME ((unsigned long)XMEM_LIVE_FRAME << WORD_LIVE_SHIFT)
#define WORD_LIVE_SUPER ((unsigned long)XMEM_LIVE_SUPER << WORD_LIVE_SHIFT)
#define WORD_LIVE	(3UL << WORD_LIVE_SHIFT)

/** The word of the frame of @pg. Another CPU may change it meanwhile. */
XMEM_MAY_RACE static inline unsigned long xmem_word_of(
	const struct page_info *pg)
{
#ifdef XMEM_PORT_PAGE_INFO
	return (xmem_page_refs(pg) != 0 ? WORD_REFS : 0) |
	       (is_xen_heap_page(pg) ? WORD_XEN : 0) |
	       (xmem_page_owner(pg) != NULL ? WORD_OWNED : 0) |
	       (xmem_page_is_counted(pg) ? WORD_COUNTED : 0) |
	       (unsigned long)xmem_page_live(pg) << WORD_LIVE_SHIFT;
#else
	return pg->count_info;
#endif
}

/** The frame of @pg, whose word is 0, comes from a cache: @word is one of
 *  WORD_LIVE_*, and WORD_XEN if it becomes a page of the xenheap. Or its live
 *  bits are all that it has, and it loses them: then @word is 0. */
static inline void xmem_word_begin(struct page_info *pg, unsigned long word)
{
#ifdef XMEM_PORT_PAGE_INFO
	xmem_page_set_live(pg, (unsigned int)(word >> WORD_LIVE_SHIFT));
	if ((word & WORD_XEN) != 0) {
		xmem_page_set_xenheap(pg);
	}
#else
	/* Another CPU may free the frame at this moment, by mistake. */
	__atomic_store_n(&pg->count_info, word, __ATOMIC_RELAXED);
#endif
}

/** The frame of @pg, whose word is @word, has no mark any more: the word
 *  becomes 0. */
static inline void xmem_word_end(struct page_info *pg, unsigned long word)
{
#ifdef XMEM_PORT_PAGE_INFO
	if ((word & (WORD_XEN | WORD_OWNED)) != 0) {
		xmem_page_release(pg);
	}
	xmem_page_set_live(pg, XMEM_LIVE_NONE);
#else
	/* Another CPU may free the frame at this moment, by mistake. */
	__atomic_store_n(&pg->count_info, 0, __ATOMIC_RELAXED);
	if ((word & WORD_OWNED) != 0) {
		__atomic_store_n(&pg->owner, NULL, __ATOMIC_RELAXED);
	}
#endif
}

/** The frame of @pg, which had no mark, gets that of @word and the owner @d:
 *  @word has its live bits, too, which a host's own descriptor keeps by itself.
 *  Or it has had one, and loses it: then @word is 0, and @d NULL. */
static XMEM_ALWAYS_INLINE void xmem_word_write(struct page_info *pg,
					       unsigned long word,
					       struct domain *d)
{
#ifdef XMEM_PORT_PAGE_INFO
	if ((word & WORD_OWNED) != 0) {
		xmem_page_set_owner(pg, d, (word & WORD_COUNTED) != 0);
	} else if ((word & WORD_XEN) != 0) {
		xmem_page_set_xenheap(pg);
	} else {
		xmem_word_end(pg, WORD_OWNED);
	}
#else
	/* Another CPU may free the frame at this moment, by mistake. */
	__atomic_store_n(&pg->owner, d, __ATOMIC_RELAXED);
	__atomic_store_n(&pg->count_info, word, __ATOMIC_RELEASE);
#endif
}

/* ---- blocks (words.c): xmem_port_relax() is called, so no lock is held ----
 */

/* The word of a block's first frame has live bits, or it is 0; those of the
 * others are the same (WORD_LIVE_FRAME), or 0. */

/** Set the owner of @nr frames: xmem_page_set_owner(). */
void xmem_words_set_owner(struct page_info *pg, unsigned long nr,
			  struct domain *d, bool counted);

/** Make @nr frames xenheap pages: xmem_page_set_xenheap(). */
void xmem_words_set_xenheap(struct page_info *pg, unsigned long nr);

/** xmem_word_end() for @nr frames, which all have a mark. */
void xmem_words_end(struct page_info *pg, unsigned long nr);

/** The same without a pause, for XMEM_RELAX_FRAMES at most: also under a lock.
 */
void xmem_words_end_at_once(struct page_info *pg, unsigned long nr);

/** Is @word the word of all @nr frames? And have they no tag, if it has
 *  WORD_XEN, or else the owner @d? */
XMEM_MUST_CHECK bool xmem_words_are(const struct page_info *pg,
				    unsigned long nr, unsigned long word,
				    const struct domain *d);

/** The same without a pause. */
XMEM_MUST_CHECK bool xmem_words_are_at_once(const struct page_info *pg,
					    unsigned long nr,
					    unsigned long word,
					    const struct domain *d);

/** xmem_words_are() for a block of @nr frames whose first frame has the word
 * @word: only that one has WORD_LIVE_SUPER, if it has. */
static inline bool xmem_words_like_first(const struct page_info *pg,
					 unsigned long nr, unsigned long word,
					 const struct domain *d)
{
	unsigned long seen = (word & WORD_LIVE_SUPER) != 0;

	return xmem_words_are(pg + seen, nr - seen, word & ~WORD_LIVE_SUPER, d);
}

/** Why the frame of @pg, whoever owns it, must not be freed, by what its
 *  descriptor says: as a page of the xenheap if @xen, else as a frame of a
 *  domain's or nobody's. NULL: it may be. */
const char *xmem_words_held(const struct page_info *pg, bool xen);

#endif /* PAGE_WORDS_H */
