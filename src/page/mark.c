/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mark.c - take blocks, claim and release marked ones (see mark.h)
 */
#include "page/mark.h"

#include "heap/super.h"
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

static XMEM_COLD XMEM_NOINLINE void must(int rc,
					 const struct marked_block *block)
{
	xmem_heap_refuse(rc, block->mfn, block->order, block->caller);
}

/* In one lock hold: take the mark of the first frame of @block, if all are in
 * use; or, if @all, take all marks and give it. Return: 0, or, with nothing
 * changed, an error as of xmem_heap_give(). A part of a superpage that is whole
 * is in use for certain, so breaking that comes first. */
static XMEM_COLD int claim(const struct marked_block *block, bool all)
{
	struct heap_node *node = xmem_heap_lock_of(block->mfn);
	unsigned int order = block->order;
	int rc = -XMEM_EBUSY; /* Meanwhile freed, and perhaps allocated. */

	if (xmem_mark_is(block->pg, block)) {
		if (order < HEAP_SUPER_ORDER) {
			xmem_heap_break_super(node, block->mfn);
		}
		rc = all ? xmem_heap_give_used(node, block->mfn, order)
			 : xmem_heap_all_used(node, block->mfn, order);
		if (rc == 0) {
			xmem_words_end_at_once(block->pg,
					       all ? 1UL << order : 1);
		}
	}
	heap_node_unlock(node);
	return rc;
}

XMEM_COLD void xmem_mark_claim(const struct marked_block *block)
{
	must(claim(block, false), block);
}

/* A block that is partly plain and partly described goes in parts, each as
 * large as its place allows at first. */
XMEM_COLD void xmem_mark_release(const struct marked_block *block)
{
	unsigned long end = block->mfn + (1UL << block->order);
	unsigned int order = block->order;

	xmem_words_end(block->pg, 1UL << order);
	for (unsigned long mfn = block->mfn; mfn < end;) {
		struct heap_node *node = xmem_heap_lock_of(mfn);
		int rc = xmem_heap_give_used(node, mfn, order);

		heap_node_unlock(node);
		if (rc == -XMEM_EEXIST) {
			order--;
			xmem_port_relax();
			continue;
		}
		must(rc, block);
		mfn += 1UL << order;
		order = xmem_ffs64(mfn);
	}
}

XMEM_COLD void xmem_mark_give(const struct marked_block *block)
{
	if (block->word == 0) {
		xmem_nobody_free(block);
		return;
	}
	if (!XMEM_PORT_HEARS_FRAMES &&
	    1UL << block->order <= XMEM_RELAX_FRAMES &&
	    claim(block, true) == 0) {
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
