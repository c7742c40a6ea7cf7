/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domheap.c - allocate and free frames for domains: what happens most often
 *
 * One frame, from this CPU's cache or back into it, is a matter of a few
 * instructions, without a call. All else is in domheap_block.c.
 */
#include "page/domheap.h"

#include "page/cached.h"
#include "page/owner.h"

static XMEM_NOINLINE struct page_info *alloc_owned(struct domain *d,
						   unsigned int memflags,
						   const void *caller)
{
	bool counted = (memflags & MEMF_no_refcount) == 0;
	struct page_info *pg;
	bool dirty;

	if (counted && !xmem_owner_reserve(d, 1)) {
		return NULL;
	}
	pg = xmem_cached_take_hit(false, &dirty);
	if (XMEM_UNLIKELY(pg == NULL)) {
		return xmem_domheap_alloc_reserved(d, 0, memflags, caller);
	}
	pg = domheap_hand_out(pg, 0, dirty, memflags);
	xmem_page_set_owner(pg, d, counted);
	return pg;
}

XMEM_API_PAGES struct page_info *alloc_domheap_pages(struct domain *d,
						     unsigned int order,
						     unsigned int memflags)
{
	struct page_info *pg;
	bool dirty;

	if (xmem_port_alloc_fails()) {
		return NULL;
	}
	if (!HEAP_HAS_CACHES || order != 0 || !xmem_cache_serves(memflags)) {
		return xmem_domheap_alloc(d, order, memflags, XMEM_CALLER());
	}
	if (d != NULL && (memflags & MEMF_no_owner) == 0) {
		return alloc_owned(d, memflags, XMEM_CALLER());
	}
	pg = xmem_cached_take_hit(false, &dirty);
	if (XMEM_UNLIKELY(pg == NULL)) {
		return xmem_domheap_alloc(d, order, memflags, XMEM_CALLER());
	}
	return domheap_hand_out(pg, 0, dirty, memflags);
}

/* In a visit to @c: the frame of @pg is not kept in it. */
XMEM_LEAVES_CACHE XMEM_UNLOCKED static XMEM_NOINLINE void free_below(
	struct xmem_cache *c, struct page_info *pg, xmem_preempt_t state,
	const void *caller)
{
	unsigned long mfn = cached_frame_of(pg);

	if (XMEM_LIKELY(mfn != XMEM_NO_MFN) &&
	    XMEM_LIKELY(xmem_word_of(pg) == WORD_LIVE_FRAME) &&
	    xmem_cache_owns(c, pg)) {
		cached_put_below(c, pg, mfn, WORD_LIVE_FRAME, state, caller);
		return;
	}
	if (!xmem_cached_give_below(c, pg, false, state, caller)) {
		xmem_domheap_free(pg, 0, caller);
	}
}

XMEM_API_PAGES void free_domheap_pages(struct page_info *pg, unsigned int order)
{
	struct cached_visit v;
	struct domain *d;
	unsigned long word;

	if (!HEAP_HAS_CACHES || order != 0 || !cached_enter(&v)) {
		goto out_block;
	}
	word = cached_word_of(&v, pg, false);
	if (XMEM_LIKELY(word == WORD_LIVE_FRAME)) {
		cached_put(&v, pg, WORD_LIVE_FRAME);
		return;
	}
	if (!cached_is_owned(word)) {
		goto out_below;
	}
	d = xmem_page_owner(pg);
	if (XMEM_UNLIKELY(d == NULL)) { /* Another CPU frees it just now. */
		goto out_below;
	}
	cached_put(&v, pg, word);
	if ((word & WORD_COUNTED) != 0) {
		xmem_owner_release(d, 1);
	}
	return;

out_below:
	free_below(v.c, pg, v.state, XMEM_CALLER());
	return;
out_block:
	xmem_domheap_free(pg, order, XMEM_CALLER());
}
