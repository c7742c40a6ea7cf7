/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cached.h - blocks from the cache of this CPU, and back into it
 *
 * What comes out gets its live bits, and the port is told of it, before the CPU
 * leaves its cache; what goes in loses its mark and its live bits there. So
 * nobody ever finds a frame that is in a cache with live bits, but who frees it
 * a second time, at the same moment, on another CPU: that is found when the
 * frame is taken from a cache, or goes back to the heap, for the second time.
 *
 * For single frames there are two inline functions that try what is most often
 * possible, and leave all else to those that are not inline.
 */
#ifndef PAGE_CACHED_H
#define PAGE_CACHED_H

#include "heap/cache.h"
#include "lib/assert.h"
#include "lib/tell.h"
#include "page/mark.h"
#include "page/words.h"

/** Panic: the frame of @pg has come out of a cache and is not free. Return: for
 *  a caller who wants to end with this call. */
struct page_info *xmem_cached_refuse(const struct page_info *pg,
				     const void *caller);

/**
 * Take one frame from this CPU's cache, if there is one in it. @xen: for the
 * xenheap, and it becomes a page of it. Otherwise as xmem_cached_take(), which
 * also panics where this returns NULL as the frame is not as it should be.
 */
XMEM_UNLOCKED
static XMEM_ALWAYS_INLINE struct page_info *xmem_cached_take_hit(bool xen,
								 bool *dirty)
{
	xmem_preempt_t state;
	struct xmem_cache *c = xmem_cache_enter(&state);
	struct cache_look at;
	struct page_info *pg;

	if (!c) {
		return NULL;
	}
	pg = xmem_cache_top(c, xen, &at, dirty);
	if (XMEM_UNLIKELY(pg == NULL) || XMEM_UNLIKELY(xmem_word_of(pg) != 0)) {
		goto out_leave;
	}
	xmem_cache_drop(&at);
	xmem_word_begin(pg, WORD_LIVE_FRAME | (xen ? WORD_XEN : 0));
	if (XMEM_PORT_HEARS_FRAMES) {
		xmem_tell(mfn_x(page_to_mfn(pg)), 0, false);
	}
	xmem_cache_leave(c, &state);
	return pg;

out_leave:
	xmem_cache_leave(c, &state);
	return NULL;
}

/*
 * The way back of one frame is in three steps, as what it was is known only in
 * the middle, and each kind is to have a way of its own.
 */
struct cached_visit {
	struct xmem_cache *c;
	xmem_preempt_t state;
	struct cache_look at;
};

/** Enter this CPU's cache. Return: false: it cannot be. If so, cached_put() or
 *  xmem_cache_leave() must follow. */
XMEM_ENTERS_CACHE_IF_TRUE XMEM_UNLOCKED
	XMEM_UNCHECKED static XMEM_ALWAYS_INLINE bool
	cached_enter(struct cached_visit *v)
{
	v->c = xmem_cache_enter(&v->state);
	return v->c != NULL;
}

/** The word of the frame of @pg, any value at all, if the cache keeps it there;
 *  else 0. @xen: as a page of the xenheap. */
XMEM_IN_CACHE
static XMEM_ALWAYS_INLINE unsigned long cached_word_of(
	struct cached_visit *v, const struct page_info *pg, bool xen)
{
	return XMEM_LIKELY(xmem_cache_keeps(v->c, xen, pg, &v->at))
		       ? xmem_word_of(pg)
		       : 0;
}

/** Is it a frame with an owner, that came from a cache and may be freed? */
static XMEM_ALWAYS_INLINE bool cached_is_owned(unsigned long word)
{
	return (word & ~WORD_COUNTED) == (WORD_OWNED | WORD_LIVE_FRAME);
}

/** Give the frame of @pg, whose word is @word and allows it, and leave. */
XMEM_LEAVES_CACHE XMEM_UNLOCKED XMEM_UNCHECKED static XMEM_ALWAYS_INLINE void
cached_put(struct cached_visit *v, struct page_info *pg, unsigned long word)
{
	xmem_word_end(pg, word);
	if (XMEM_PORT_HEARS_FRAMES) {
		xmem_tell(mfn_x(page_to_mfn(pg)), 0, true);
	}
	xmem_cache_keep(v->c, &v->at, pg);
	xmem_cache_leave(v->c, &v->state);
}

/** The frame of RAM whose descriptor @pg is, any value at all; XMEM_NO_MFN: a
 *  quick look cannot tell. */
static XMEM_ALWAYS_INLINE unsigned long cached_frame_of(
	const struct page_info *pg)
{
#if defined(XMEM_PORT_PAGE_INFO) || !defined(XMEM_ARCH_QUICK_FRAME)
	(void)pg;
	return XMEM_NO_MFN;
#else
	return xmem_arch_quick_frame(
		cache_distance((uintptr_t)FRAMETABLE_VIRT_START, pg));
#endif
}

/** The descriptor of the page at @va; if @va, any value, is not in the direct
 * map, any pointer. */
static XMEM_ALWAYS_INLINE struct page_info *cached_page_at(const void *va)
{
#ifndef XMEM_ARCH_ANY_VIRT
	if (!xmem_arch_in_directmap(va)) {
		return NULL;
	}
#endif
	return virt_to_page(va);
}

/** In a visit to @c, which ends here: frame @mfn, whose descriptor is @pg,
 * which the cache owns and whose word is @word, goes back to the heap with
 * others. */
XMEM_LEAVES_CACHE XMEM_UNLOCKED XMEM_UNCHECKED static XMEM_ALWAYS_INLINE void
cached_put_below(struct xmem_cache *c, struct page_info *pg, unsigned long mfn,
		 unsigned long word, xmem_preempt_t state, const void *caller)
{
	xmem_word_end(pg, word);
	if (XMEM_PORT_HEARS_FRAMES) {
		xmem_tell(mfn, 0, true);
	}
	xmem_cache_give_frame(c, mfn, (word & WORD_XEN) != 0, true, caller);
	xmem_cache_leave(c, &state);
}

/**
 * In a visit to @c: give the frame of @pg, any value at all, which is not to be
 * kept, so that it goes back to the heap with others. @xen: as a page of the
 * xenheap. @state: of the visit, which ends here. Its owner, if it has one, has
 * it no more. Return: false, with nothing else changed, if it did not come from
 * a cache or must not be freed.
 */
XMEM_LEAVES_CACHE XMEM_UNLOCKED bool xmem_cached_give_below(
	struct xmem_cache *c, struct page_info *pg, bool xen,
	xmem_preempt_t state, const void *caller);

/* ---- blocks of nobody's, of orders that caches have, but not 0: inline where
 * @order is a constant ---- */

/** The live bits of the first frame of a block of @order. */
static XMEM_ALWAYS_INLINE unsigned long cached_live_of(unsigned int order)
{
	return order == HEAP_SUPER_ORDER ? WORD_LIVE_SUPER : WORD_LIVE_FRAME;
}

/** How many frames of a block of @order have live bits. */
static XMEM_ALWAYS_INLINE unsigned long cached_nr_live(unsigned int order)
{
	return order == HEAP_SUPER_ORDER ? 1 : 1UL << order;
}

/* Is @word that of @nr frames, of a block in a cache or from there? */
static XMEM_ALWAYS_INLINE bool cached_all_are(const struct page_info *pg,
					      unsigned long nr,
					      unsigned long word)
{
	for (unsigned long i = 0; i < nr; i++) {
		if (xmem_word_of(pg + i) != word) {
			return false;
		}
	}
	return true;
}

/* Let the frames of a block of @order that have live bits have the word @word,
 * live bits or 0. */
static XMEM_ALWAYS_INLINE void cached_set_all(struct page_info *pg,
					      unsigned int order,
					      unsigned long word)
{
	for (unsigned long i = 0; i < cached_nr_live(order); i++) {
		xmem_word_begin(pg + i, word);
	}
}

/** Take a block from this CPU's cache, for the domheap, if there is one in it;
 *  otherwise as xmem_cached_take_hit(). */
XMEM_UNLOCKED
static XMEM_ALWAYS_INLINE struct page_info *cached_take_block(
	unsigned int order, bool *dirty)
{
	xmem_preempt_t state;
	struct xmem_cache *c = xmem_cache_enter(&state);
	struct cache_blocks *b;
	struct page_info *pg = NULL;

	if (!c) {
		return NULL;
	}
	b = cache_blocks_of(cache_kind_of(c, false), order);
	if (XMEM_LIKELY(b->nr != 0)) {
		uintptr_t slot = b->slot[b->nr - 1];

		pg = (struct page_info *)(slot & ~(uintptr_t)1);
		*dirty = (slot & 1) != 0;
		if (XMEM_UNLIKELY(
			    !cached_all_are(pg, cached_nr_live(order), 0))) {
			pg = NULL;
			goto out_leave;
		}
		__atomic_store_n(&b->nr, b->nr - 1, __ATOMIC_RELAXED);
		cached_set_all(pg, order, cached_live_of(order));
		if (XMEM_PORT_HEARS_FRAMES) {
			xmem_tell(mfn_x(page_to_mfn(pg)), order, false);
		}
	}
out_leave:
	xmem_cache_leave(c, &state);
	return pg;
}

/* May the block of @order at @pg, any value at all, go into @b, as it came from
 * a cache? */
static XMEM_ALWAYS_INLINE bool cached_keeps(const struct cache_blocks *b,
					    const struct page_info *pg,
					    unsigned int order)
{
	uintptr_t at = cache_distance(b->frontier, pg);

	return at < b->reach && (at & ((1UL << order) - 1)) == 0 &&
	       b->nr != cache_room(order) &&
	       cached_all_are(pg, cached_nr_live(order), cached_live_of(order));
}

/** Give the block at @pg, any value at all, to this CPU's cache, if it came
 * from one, may be freed, and is kept. Return: false, with nothing changed, if
 * not.
 */
XMEM_UNLOCKED
static XMEM_ALWAYS_INLINE bool cached_give_block(struct page_info *pg,
						 unsigned int order)
{
	xmem_preempt_t state;
	struct xmem_cache *c;
	struct cache_blocks *b;
	bool given;

	c = xmem_cache_enter(&state);
	if (!c) {
		return false;
	}
	b = cache_blocks_of(cache_kind_of(c, false), order);
	given = cached_keeps(b, pg, order);
	if (XMEM_LIKELY(given)) {
		cached_set_all(pg, order, 0);
		if (XMEM_PORT_HEARS_FRAMES) {
			xmem_tell(mfn_x(page_to_mfn(pg)), order, true);
		}
		__atomic_store_n(&b->slot[b->nr], (uintptr_t)pg + 1,
				 __ATOMIC_RELAXED);
		__atomic_store_n(&b->nr, b->nr + 1, __ATOMIC_RELEASE);
		cache_count_push(c);
	}
	xmem_cache_leave(c, &state);
	return given;
}

/* ---- all else (cached.c) ---- */

/**
 * In a visit to @c, which ends here: take a block for @req, which a cache can
 * serve; the cache is filled first if it must be. *@dirty: was any of its
 * frames dirty? @state: of the visit. Return: the first descriptor; it has live
 * bits, and no mark. NULL: there is none for this cache.
 */
XMEM_LEAVES_CACHE XMEM_UNLOCKED struct page_info *xmem_cached_take(
	struct xmem_cache *c, const struct heap_request *req, bool *dirty,
	xmem_preempt_t state, const void *caller);

/**
 * Give @block to this CPU's cache, if it came from one; it has passed the
 * checks. @word: of its first frame, as they saw it. Return: false, and the
 * first frame is as before, if it cannot be.
 */
XMEM_UNLOCKED
bool xmem_cached_give(const struct marked_block *block, unsigned long word);

/** The same, where it may have come from one. */
static inline bool mark_into_cache(const struct marked_block *block,
				   unsigned long word)
{
	return HEAP_HAS_CACHES && (word & WORD_LIVE) != 0 &&
	       xmem_cached_give(block, word);
}

#endif /* PAGE_CACHED_H */
