/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cached.h - blocks from the cache of this CPU, and back into it
 *
 * What comes out gets its live bits, and the port is told of it, before the CPU
 * leaves its cache; what goes in loses its mark and its live bits there. So
 * nobody ever finds a frame that is in a cache with live bits, but who frees it
 * a second time, at the same moment, on another CPU: that is found when the
 * frame is taken from a cache for the second time.
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

/** Panic: the frame of @pg has come out of a cache and is not free. */
XMEM_NORETURN void xmem_cached_refuse(const struct page_info *pg,
				      const void *caller);

/**
 * Take one frame from this CPU's cache, if there is one in it. @xen: for the
 * xenheap, and it becomes a page of it. Otherwise as xmem_cached_take().
 */
XMEM_UNLOCKED
static XMEM_ALWAYS_INLINE struct page_info *xmem_cached_take_hit(bool xen,
								 bool *dirty)
{
	xmem_preempt_t state;
	struct xmem_cache *c = xmem_cache_enter(&state);
	struct page_info *pg;

	if (!c) {
		return NULL;
	}
	pg = xmem_cache_pop_hit(c, xen, 0, dirty);
	if (XMEM_UNLIKELY(pg == NULL)) {
		goto out_leave;
	}
	if (XMEM_UNLIKELY(xmem_word_of(pg) != 0)) {
		xmem_cached_refuse(pg, XMEM_CALLER());
	}
	xmem_word_begin(pg, WORD_LIVE_FRAME | (xen ? WORD_XEN : 0));
	if (XMEM_PORT_HEARS_FRAMES) {
		xmem_tell(mfn_x(page_to_mfn(pg)), 0, false);
	}
out_leave:
	xmem_cache_leave(c, &state);
	return pg;
}

/**
 * Give the frame of @pg, whose word is @word, with WORD_LIVE_FRAME, to this
 * CPU's cache, if that keeps it. The caller has checked it. Return: false, with
 * nothing changed, if not.
 */
XMEM_UNLOCKED
static XMEM_ALWAYS_INLINE bool xmem_cached_give_hit(struct page_info *pg,
						    unsigned long word)
{
	xmem_preempt_t state;
	struct xmem_cache *c = xmem_cache_enter(&state);
	bool kept;

	if (!c) {
		return false;
	}
	kept = xmem_cache_owns(c, pg) &&
	       xmem_cache_push_hit(c, pg, (word & WORD_XEN) != 0, 0, true);
	if (kept) {
		xmem_word_end(pg, word);
		if (XMEM_PORT_HEARS_FRAMES) {
			xmem_tell(mfn_x(page_to_mfn(pg)), 0, true);
		}
	}
	xmem_cache_leave(c, &state);
	return kept;
}

/**
 * Take a block of @order, any value, from this CPU's cache, which is filled
 * first if it must be. @xen: for the xenheap. *@dirty: was any of its frames
 * dirty? Return: the first descriptor; it has live bits, and no mark. NULL:
 * from the heap, as @memflags want what is not in a cache, or there is none.
 */
XMEM_UNLOCKED
struct page_info *xmem_cached_take(bool xen, unsigned int order,
				   unsigned int memflags, bool *dirty,
				   const void *caller);

/**
 * Give @block to this CPU's cache, if it came from one; it has passed the
 * checks. @word: of its first frame, as they saw it. Return: false, and the
 * first frame is as before, if it cannot be.
 */
XMEM_UNLOCKED
bool xmem_cached_give(const struct marked_block *block, unsigned long word);

#endif /* PAGE_CACHED_H */
