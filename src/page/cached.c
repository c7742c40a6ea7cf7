/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cached.c - blocks from the cache of this CPU, or the heap, and back into the
 * cache (see cached.h)
 *
 * Preemption is off in the cache. So a marked superpage goes there in two
 * visits: in one its first frame loses its mark, which claims all of it
 * (mark.h); then the others lose theirs; then it is pushed in another visit.
 */
#include "page/cached.h"

#include "page/owner.h"

XMEM_COLD struct page_info *xmem_cached_refuse(const struct page_info *pg,
					       const void *caller)
{
	const char *text = xmem_words_held(pg, false);

	if (text == NULL) {
		text = xmem_page_owner(pg) != NULL ? "owned" : "in use";
	}
	xmem_port_panic("heap: frame %lx is in the cache of CPU %u and %s: two "
			"CPUs have freed it at once, caller %p\n",
			mfn_x(page_to_mfn(pg)), xmem_port_cpu(), text, caller);
	return NULL;
}

/* ---- taking ---- */

struct page_info *xmem_cached_take(struct xmem_cache *c,
				   const struct heap_request *req, bool *dirty,
				   xmem_preempt_t state, const void *caller)
{
	unsigned int order = req->order;
	struct page_info *pg = xmem_cache_pop(c, req->xen, order, dirty);

	if (pg != NULL) {
		for (unsigned long i = 0; i < cached_nr_live(order); i++) {
			if (XMEM_UNLIKELY(xmem_word_of(pg + i) != 0)) {
				(void)xmem_cached_refuse(pg + i, caller);
			}
			xmem_word_begin(pg + i, cached_live_of(order));
		}
		xmem_tell(mfn_x(page_to_mfn(pg)), order, false);
	}
	xmem_cache_leave(c, &state);
	return pg;
}

/* ---- giving ---- */

/* May a frame whose word is @word be freed, as it came from a cache? If @xen,
 * it is a page of the xenheap, and has @tag. */
static bool is_live(unsigned long word, bool xen, unsigned long tag)
{
	return xen ? word == (WORD_XEN | WORD_LIVE_FRAME) &&
			       tag == XMEM_TAG_NONE
		   : word == WORD_LIVE_FRAME || cached_is_owned(word);
}

bool xmem_cached_give_below(struct xmem_cache *c, struct page_info *pg,
			    bool xen, xmem_preempt_t state, const void *caller)
{
	unsigned long mfn = cached_frame_of(pg);
	struct domain *d = NULL;
	unsigned long word = 0;
	bool given = false;

	if (mfn != XMEM_NO_MFN && xmem_cache_owns(c, pg)) {
		word = xmem_word_of(pg);
		d = xmem_page_owner(pg);
		given = is_live(word, xen, xen ? xmem_page_tag(pg) : 0);
	}
	/* No owner any more: another CPU frees it just now. */
	if (!given || ((word & WORD_OWNED) != 0 && d == NULL)) {
		xmem_cache_leave(c, &state);
		return false;
	}
	cached_put_below(c, pg, mfn, word, state, caller);
	if ((word & WORD_COUNTED) != 0) {
		xmem_owner_release(d, 1);
	}
	return true;
}

/* What is done to a block in one visit. */
enum visit {
	CLAIM, /* what has live bits loses them, and its mark */
	KEEP,  /* a superpage is pushed, which has been claimed */
	BOTH,
};

/* Return: false, with nothing changed, if it cannot be done. @word: of the
 * first frame, as the checks saw it. */
static XMEM_COLD XMEM_NOINLINE bool visit(const struct marked_block *block,
					  unsigned long word, enum visit what)
{
	struct page_info *pg = block->pg;
	unsigned long nr = cached_nr_live(block->order);
	xmem_preempt_t state;
	struct xmem_cache *c = xmem_cache_enter(&state);
	bool done;

	if (!c) {
		return false;
	}
	done = xmem_cache_owns(c, pg) &&
	       (what == KEEP || xmem_words_are(pg, nr, word, block->d));
	if (done && what != KEEP) {
		/* The mark first, then the owner: another CPU that finds no
		 * owner must find no mark either. */
		for (unsigned long i = 0; i < nr; i++) {
			xmem_word_end(pg + i, block->word);
		}
		xmem_tell(block->mfn, block->order, true);
	}
	if (done && what != CLAIM) {
		xmem_cache_push(c, pg, (block->word & WORD_XEN) != 0,
				block->order, true, block->caller);
	}
	xmem_cache_leave(c, &state);
	return done;
}

XMEM_COLD bool xmem_cached_give(const struct marked_block *block,
				unsigned long word)
{
	bool claims = block->order == HEAP_SUPER_ORDER && block->word != 0;

	if (!xmem_cache_has_order(block->order) ||
	    (word & WORD_LIVE) != cached_live_of(block->order)) {
		return false;
	}
	/* Is all still what the check saw? */
	word = block->word | (word & (WORD_LIVE | WORD_COUNTED));
	if (!visit(block, word, claims ? CLAIM : BOTH)) {
		return false;
	}
	if (claims) {
		xmem_words_end(block->pg + 1, (1UL << HEAP_SUPER_ORDER) - 1);
		/* Perhaps into another cache, that this CPU has by now. */
		if (!visit(block, 0, KEEP)) {
			xmem_mark_release(block);
		}
	}
	return true;
}
