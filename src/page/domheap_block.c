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

#include "lib/align.h"
#include "lib/assert.h"
#include "lib/relax.h"
#include "page/cached.h"
#include "page/mark.h"
#include "page/owner.h"
#include "page/scrub.h"

/* Of blocks of nobody's below this order all descriptors are looked at. */
#define LOOK_ORDER 4U

/* ---- allocating ---- */

XMEM_COLD struct page_info *xmem_domheap_scrub(struct page_info *pg, unsigned int order,
				     unsigned int memflags)
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

static XMEM_COLD struct page_info *alloc_owned(struct domain *d,
						   unsigned int order,
						   unsigned int memflags,
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

static XMEM_COLD void refuse_block(unsigned long mfn, unsigned int order,
				   const void *caller)
{
	bool aligned = mark_is_aligned(mfn, order);

	xmem_port_panic("free_domheap_pages: frame %lx%s order %u%s, caller "
			"%p\n",
			mfn, aligned ? "" : " is not aligned to", order,
			aligned ? ": no such RAM" : "", caller);
}

/* Look at @nr frames of @block, one by one. Return: how many of them are
 * counted. */
static XMEM_COLD unsigned long check_each(const struct marked_block *block,
					  unsigned long nr)
{
	unsigned long counted = 0;

	for (unsigned long i = 0; i < nr; i++) {
		const struct page_info *pg = block->pg + i;
		const char *text = xmem_mark_obstacle(pg, block->d);

		XMEM_PANIC_IF(text != NULL,
			      "free_domheap_pages: frame %lx order %u: frame "
			      "%lx is %s, caller %p\n",
			      block->mfn, block->order, block->mfn + i,
			      xmem_heap_state_text(block->mfn + i, text),
			      block->caller);
		counted += xmem_page_is_counted(pg);
		xmem_relax_after(i);
	}
	return counted;
}

/* Do the @nr frames of @block look as its first one, whose word is @word, and
 * may that be freed? */
static XMEM_ALWAYS_INLINE bool are_alike(const struct marked_block *block,
					 unsigned long nr, unsigned long word)
{
	unsigned long ignored =
		block->d != NULL ? WORD_LIVE | WORD_COUNTED : WORD_LIVE;

	return (word & ~ignored) == block->word &&
	       (nr == 1 ||
		xmem_words_like_first(block->pg, nr, word, block->d));
}

/* All but what is straight. The descriptors of an owner's block are all looked
 * at, and of a small one of nobody's. */
static XMEM_COLD XMEM_NOINLINE void free_block(struct page_info *pg,
					       unsigned long mfn,
					       unsigned int order,
					       const void *caller)
{
	struct marked_block block;
	unsigned long counted = 0;
	unsigned long nr = 1;
	unsigned long word;
	struct domain *d;

	if (order != 0 && XMEM_UNLIKELY(!xmem_mark_is_block(mfn, order))) {
		refuse_block(mfn, order, caller);
	}
	d = xmem_page_owner(pg);
	word = xmem_word_of(pg);
	__asm__("" : "+r"(d), "+r"(word)); /* Another free may change them. */
	block.pg = pg;
	block.mfn = mfn;
	block.order = order;
	block.word = d != NULL ? WORD_OWNED : 0;
	block.d = d;
	block.told = false;
	block.caller = caller;
	if (d != NULL || order < LOOK_ORDER) {
		nr = 1UL << order;
	}
	if (XMEM_UNLIKELY(!are_alike(&block, nr, word))) {
		counted = check_each(&block, nr);
	} else if ((word & WORD_COUNTED) != 0) {
		counted = nr;
	}
	if (mark_into_cache(&block, word)) {
		/* That was all. */
	} else if (d != NULL) {
		xmem_mark_free(&block);
	} else {
		xmem_nobody_free(&block);
	}
	if (counted > 0) {
		xmem_owner_release(d, counted);
	}
}

/* Where the first frame has no mark and is not live, one look of the heap tells
 * that all of a block is plain, except for small blocks. */
void xmem_domheap_free(struct page_info *pg, unsigned int order,
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
	if (XMEM_PORT_HEARS_FRAMES || order - 1 < LOOK_ORDER - 1 ||
	    order > MAX_ORDER || xmem_word_of(pg) != 0 ||
	    xmem_nobody_give(pg, mfn, order) != 0) {
		free_block(pg, mfn, order, caller);
	}
}
