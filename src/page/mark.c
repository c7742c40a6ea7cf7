/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mark.c - take blocks, and free marked ones (see mark.h)
 */
#include "page/mark.h"

#include "heap/take.h"
#include "lib/relax.h"
#include "page/cached.h"
#include "page/owner.h"

/* ---- taking ---- */

static XMEM_ALWAYS_INLINE struct page_info *take_from_cache(
	const struct heap_request *req, bool *dirty, const void *caller)
{
	xmem_preempt_t state;
	struct xmem_cache *c;

	if (!HEAP_HAS_CACHES || !xmem_cache_has_order(req->order) ||
	    !xmem_cache_serves(req->memflags)) {
		return NULL;
	}
	c = xmem_cache_enter(&state);
	if (!c) {
		return NULL;
	}
	return xmem_cached_take(c, req, dirty, state, caller);
}

XMEM_COLD struct page_info *xmem_mark_take(const struct heap_request *req,
					   bool *dirty, const void *caller)
{
	struct page_info *pg;
	unsigned long mfn;

	if (req->order > MAX_ORDER) {
		return NULL;
	}
	pg = take_from_cache(req, dirty, caller);
	if (pg != NULL) {
		return pg;
	}
	mfn = xmem_heap_take_asked(req, dirty);
	if (XMEM_UNLIKELY(mfn == XMEM_NO_MFN)) {
		return NULL;
	}
	xmem_tell(mfn, req->order, false);
	return mfn_to_page(_mfn(mfn));
}

/* ---- freeing ---- */

XMEM_COLD void xmem_mark_give(const struct marked_block *block)
{
	if (block->word == 0) {
		xmem_nobody_free(block);
		return;
	}
	if (!XMEM_PORT_HEARS_FRAMES &&
	    1UL << block->order <= XMEM_RELAX_FRAMES &&
	    xmem_mark_try(block, true) == 0) {
		return;
	}
	xmem_mark_claim(block);
	xmem_tell(block->mfn, block->order, true);
	xmem_mark_release(block);
}

XMEM_COLD void xmem_mark_free(struct page_info *pg, unsigned int order,
			      bool xen, const void *caller)
{
	struct domain *d = xmem_page_owner(pg);
	unsigned long word = xmem_word_of(pg);
	struct marked_block block;
	unsigned long counted;

	__asm__("" : "+r"(d), "+r"(word)); /* Another free may change them. */
	block.pg = pg;
	block.mfn = mfn_x(page_to_mfn(pg));
	block.order = order;
	block.word = xen ? WORD_XEN : d != NULL ? WORD_OWNED : 0;
	block.d = d;
	block.told = false;
	block.caller = caller;
	counted = xmem_mark_check(&block, word);
	if (!mark_into_cache(&block, word)) {
		xmem_mark_give(&block);
	}
	if (counted > 0) {
		xmem_owner_release(d, counted);
	}
}
