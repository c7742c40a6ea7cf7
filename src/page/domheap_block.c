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

/* Take a block, from this CPU's cache or from the heap. @described: it will get
 * an owner. */
static struct page_info *take(unsigned int order, unsigned int memflags,
			      bool described, bool *dirty, const void *caller)
{
	struct heap_request req = {
		.order = order, .memflags = memflags, .described = described};
	struct page_info *pg = NULL;
	unsigned long mfn;

	if (HEAP_HAS_CACHES) {
		pg = xmem_cached_take(false, order, memflags, dirty, caller);
	}
	if (pg != NULL) {
		return pg;
	}
	mfn = xmem_mark_take(&req, dirty);
	return mfn != XMEM_NO_MFN ? mfn_to_page(_mfn(mfn)) : NULL;
}

struct page_info *xmem_domheap_scrub(struct page_info *pg, unsigned int order,
				     unsigned int memflags)
{
	xmem_scrub_handed_out(mfn_x(page_to_mfn(pg)), 1UL << order, true,
			      memflags);
	return pg;
}

static struct page_info *alloc_owned(struct domain *d, unsigned int order,
				     unsigned int memflags, const void *caller)
{
	bool counted = (memflags & MEMF_no_refcount) == 0;
	bool dirty = false;
	struct page_info *pg;

	if (counted && !xmem_owner_reserve(d, 1UL << order)) {
		return NULL;
	}
	pg = take(order, memflags, true, &dirty, caller);
	if (pg == NULL) {
		goto out_owner_release;
	}
	pg = domheap_hand_out(pg, order, dirty, memflags);
	xmem_words_set_owner(pg, 1UL << order, d, counted);
	return pg;

out_owner_release:
	if (counted) {
		xmem_owner_release(d, 1UL << order);
	}
	return NULL;
}

static XMEM_NOINLINE struct page_info *alloc_block(struct domain *d,
						   unsigned int order,
						   unsigned int memflags,
						   const void *caller)
{
	bool dirty = false;
	struct page_info *pg;

	if (order > MAX_ORDER) {
		return NULL;
	}
	if (d != NULL && (memflags & MEMF_no_owner) == 0) {
		return alloc_owned(d, order, memflags, caller);
	}
	pg = take(order, memflags, false, &dirty, caller);
	return pg != NULL ? domheap_hand_out(pg, order, dirty, memflags) : NULL;
}

/* Superpages of nobody's have a hit path, too. */
struct page_info *xmem_domheap_alloc(struct domain *d, unsigned int order,
				     unsigned int memflags, const void *caller)
{
	struct page_info *pg;
	bool dirty;

	if (HEAP_HAS_CACHES && order == HEAP_SUPER_ORDER && d == NULL &&
	    xmem_cache_serves(memflags)) {
		pg = cached_take_block(HEAP_SUPER_ORDER, &dirty);
		if (XMEM_LIKELY(pg != NULL)) {
			return domheap_hand_out(pg, order, dirty, memflags);
		}
	}
	return alloc_block(d, order, memflags, caller);
}

/* Check pointer, order and frames, before any descriptor is read. Return: the
 * first frame. */
static unsigned long check_block(const struct page_info *pg, unsigned int order,
				 const void *caller)
{
	unsigned long mfn = mfn_x(page_to_mfn(pg));

	XMEM_PANIC_IF(!mark_is_descriptor(pg, mfn),
		      "free_domheap_pages: %p is no page descriptor, caller "
		      "%p\n",
		      (const void *)pg, caller);
	XMEM_PANIC_IF(order > MAX_ORDER || !xmem_is_aligned(mfn, 1UL << order),
		      "free_domheap_pages: frame %lx is not aligned to order "
		      "%u, caller %p\n",
		      mfn, order, caller);
	XMEM_PANIC_IF(order > 0 && !xmem_mark_is_ram(mfn, 1UL << order),
		      "free_domheap_pages: frame %lx order %u: no such RAM, "
		      "caller %p\n",
		      mfn, order, caller);
	return mfn;
}

/* Why the frame of @pg, in a block of @d, must not be freed; NULL if it may. */
static const char *obstacle(const struct page_info *pg, const struct domain *d)
{
	if (is_xen_heap_page(pg)) {
		return "a xenheap page";
	}
	if (xmem_page_refs(pg) != 0) {
		return xmem_page_is_vmalloc(pg) ? "memory of vmalloc"
						: "still referenced";
	}
	if (xmem_page_owner(pg) != d) {
		return xmem_heap_state_text(
			mfn_x(page_to_mfn(pg)),
			"not of the owner of the first frame");
	}
	return NULL;
}

/* Check @nr frames of @block, one by one. Return: how many of them are
 * counted. */
static unsigned long check_each(const struct marked_block *block,
				unsigned long nr)
{
	const struct page_info *pg = mfn_to_page(_mfn(block->mfn));
	unsigned long counted = 0;

	for (unsigned long i = 0; i < nr; i++) {
		const char *text = obstacle(pg + i, block->d);

		XMEM_PANIC_IF(text != NULL,
			      "free_domheap_pages: frame %lx order %u: frame "
			      "%lx is %s, caller %p\n",
			      block->mfn, block->order, block->mfn + i, text,
			      block->caller);
		counted += xmem_page_is_counted(pg + i);
		xmem_relax_after(i);
	}
	return counted;
}

/* Free @block, which has an owner if the first frame does not lie. @word: of
 * that frame. */
static void free_owned(const struct marked_block *block, struct domain *d,
		       unsigned long word)
{
	unsigned long nr = 1UL << block->order;
	unsigned long counted = (word & WORD_COUNTED) != 0 ? nr : 0;

	if (XMEM_UNLIKELY(!xmem_words_are(mfn_to_page(_mfn(block->mfn)), nr,
					  word & ~WORD_LIVE, WORD_LIVE, d))) {
		counted = check_each(block, nr);
	}
	if (!HEAP_HAS_CACHES || !xmem_cached_give(block, word)) {
		xmem_mark_free(block);
	}
	if (counted > 0) {
		xmem_owner_release(d, counted);
	}
}

/* Free @block, which is nobody's if the first frame does not lie. The
 * descriptors of a small block are all looked at; of a large one the heap knows
 * that it is plain. @word: of the first frame. */
static void free_nobodys(const struct marked_block *block, unsigned long word)
{
	unsigned long nr = block->order < LOOK_ORDER ? 1UL << block->order : 1;

	if (XMEM_UNLIKELY(!xmem_words_are(mfn_to_page(_mfn(block->mfn)), nr,
					  word & ~WORD_LIVE, WORD_LIVE, NULL) ||
			  (word & ~WORD_LIVE) != 0)) {
		(void)check_each(block, nr);
	}
	if (!HEAP_HAS_CACHES || !xmem_cached_give(block, word)) {
		xmem_nobody_free(block);
	}
}

static XMEM_NOINLINE void free_block(struct page_info *pg, unsigned int order,
				     const void *caller)
{
	struct marked_block block = {.order = order, .caller = caller};
	struct domain *d;
	unsigned long word;

	block.mfn = check_block(pg, order, caller);
	d = xmem_page_owner(pg);
	word = xmem_word_of(pg);
	__asm__("" : "+r"(d), "+r"(word)); /* Another free may change them. */
	block.d = d;
	if (d != NULL) {
		block.word = WORD_OWNED;
		free_owned(&block, d, word);
	} else {
		free_nobodys(&block, word);
	}
}

void xmem_domheap_free(struct page_info *pg, unsigned int order,
		       const void *caller)
{
	if (HEAP_HAS_CACHES && order == HEAP_SUPER_ORDER &&
	    cached_give_block(pg, HEAP_SUPER_ORDER)) {
		return;
	}
	free_block(pg, order, caller);
}
