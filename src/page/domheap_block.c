/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domheap_block.c - allocate and free frames for domains: all but the hit path
 *
 * Checks the arguments, counts the owner's frames, writes the descriptors and
 * zeroes dirty frames. An allocation first reserves room in the owner's quota
 * and releases it if there are no frames, so that the limit is exact on any
 * number of CPUs. Descriptors are written outside the heap's lock, and only
 * if there is an owner to record. Protocol: mark.h.
 */
#include "page/domheap.h"

#include "lib/assert.h"
#include "page/cached.h"
#include "page/mark.h"
#include "page/owner.h"
#include "page/scrub.h"

/* ---- allocating ---- */

XMEM_COLD XMEM_NOINLINE struct page_info *xmem_domheap_scrub(
	struct page_info *pg, unsigned int order, unsigned int memflags)
{
	xmem_scrub_handed_out(mfn_x(page_to_mfn(pg)), 1UL << order, true,
			      memflags);
	return pg;
}

/* Take a block, and zero it if it must be. @described: it will get an owner. */
static XMEM_NOINLINE struct page_info *take(unsigned int order,
					    unsigned int memflags,
					    bool described, const void *caller)
{
	struct heap_request req = {
		.order = order, .memflags = memflags, .described = described};
	bool dirty;
	struct page_info *pg = xmem_mark_take(&req, &dirty, caller);

	return XMEM_LIKELY(pg != NULL)
		       ? domheap_hand_out(pg, order, dirty, memflags)
		       : NULL;
}

XMEM_COLD struct page_info *xmem_domheap_alloc_reserved(struct domain *d,
							unsigned int order,
							unsigned int memflags,
							const void *caller)
{
	bool counted = (memflags & MEMF_no_refcount) == 0;
	struct page_info *pg = take(order, memflags, true, caller);

	if (pg != NULL) {
		xmem_words_set_owner(pg, 1UL << order, d, counted);
	} else if (counted) {
		xmem_owner_release(d, 1UL << order);
	}
	return pg;
}

static XMEM_COLD XMEM_NOINLINE struct page_info *alloc_owned(
	struct domain *d, unsigned int order, unsigned int memflags,
	const void *caller)
{
	if (order > MAX_ORDER || ((memflags & MEMF_no_refcount) == 0 &&
				  !xmem_owner_reserve(d, 1UL << order))) {
		return NULL;
	}
	return xmem_domheap_alloc_reserved(d, order, memflags, caller);
}

/* Superpages of nobody's have a hit path, too. */
struct page_info *xmem_domheap_alloc(struct domain *d, unsigned int order,
				     unsigned int memflags, const void *caller)
{
	struct page_info *pg;
	bool dirty;

	if (d != NULL && (memflags & MEMF_no_owner) == 0) {
		return alloc_owned(d, order, memflags, caller);
	}
	if (HEAP_HAS_CACHES && order == HEAP_SUPER_ORDER &&
	    xmem_cache_serves(memflags)) {
		pg = cached_take_block(HEAP_SUPER_ORDER, &dirty);
		if (XMEM_LIKELY(pg != NULL)) {
			return domheap_hand_out(pg, order, dirty, memflags);
		}
	}
	return take(order, memflags, false, caller);
}

/* ---- freeing ---- */

static XMEM_COLD void refuse_pointer(const struct page_info *pg,
				     const void *caller)
{
	xmem_port_panic("free_domheap_pages: %p is no page descriptor, caller "
			"%p\n",
			(const void *)pg, caller);
}

/* Where the first frame has no mark and is not live, one look of the heap tells
 * that all of a block is plain, except for small blocks. */
XMEM_COLD void xmem_domheap_free(struct page_info *pg, unsigned int order,
				 const void *caller)
{
	unsigned long mfn;

	if (HEAP_HAS_CACHES && order == HEAP_SUPER_ORDER &&
	    cached_give_block(pg, HEAP_SUPER_ORDER)) {
		return;
	}
	mfn = mfn_x(page_to_mfn(pg));
	if (XMEM_UNLIKELY(!mark_is_descriptor(pg, mfn))) {
		refuse_pointer(pg, caller);
	}
	if (XMEM_PORT_HEARS_FRAMES || order - 1 < MARK_LOOK_ORDER - 1 ||
	    order > MAX_ORDER || xmem_word_of(pg) != 0 ||
	    xmem_nobody_give(pg, mfn, order) != 0) {
		xmem_mark_free(pg, order, false, caller);
	}
}
