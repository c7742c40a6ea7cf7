/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xenheap.c - allocate and free pages of the hypervisor's own memory
 *
 * They are always mapped: callers get addresses in the direct map. Every frame
 * of a block gets the mark of the xenheap, since a caller may free any part of
 * the block, and since any frame must say that it is the hypervisor's. Pages
 * are not zeroed when they are allocated, and are dirty when they are freed.
 */
#include <xmem/admin.h>
#include <xmem/pages.h>

#include "lib/align.h"
#include "lib/assert.h"
#include "lib/relax.h"
#include "page/cached.h"
#include "page/mark.h"

static XMEM_COLD XMEM_NOINLINE void *alloc_block(unsigned int order,
				       unsigned int memflags,
				       const void *caller)
{
	struct heap_request req = {.xen = true,
				   .order = order,
				   .memflags = memflags,
				   .described = true};
	struct page_info *pg;
	bool dirty;

	pg = xmem_mark_take(&req, &dirty, caller);
	if (pg == NULL) {
		return NULL;
	}
	xmem_words_set_xenheap(pg, 1UL << order);
	return page_to_virt(pg);
}

/* The first half is what happens most often. */
XMEM_API_PAGES void *alloc_xenheap_pages(unsigned int order,
					 unsigned int memflags)
{
	struct page_info *pg;
	bool dirty;

	if (xmem_port_alloc_fails()) {
		return NULL;
	}
	if (HEAP_HAS_CACHES && order == 0 && xmem_cache_serves(memflags)) {
		pg = xmem_cached_take_hit(true, &dirty);
		if (!XMEM_UNLIKELY(pg == NULL)) {
			return page_to_virt(pg);
		}
	}
	return alloc_block(order, memflags, XMEM_CALLER());
}

/* Why the frame of @pg must not be freed; NULL if it may. */
static XMEM_COLD const char *find_obstacle(const struct page_info *pg)
{
	if (!is_xen_heap_page(pg)) {
		return xmem_heap_state_text(mfn_x(page_to_mfn(pg)),
					    "in use, but not as xenheap");
	}
	if (xmem_page_tag(pg) != XMEM_TAG_NONE) {
		return xmem_page_tag(pg) == XMEM_TAG_POOL
			       ? "a page of xmalloc's pool"
			       : "part of an object, for xfree()";
	}
	return xmem_page_refs(pg) != 0 ? "still referenced" : NULL;
}

static XMEM_COLD void refuse_pointer(const void *va, const void *caller)
{
	xmem_port_panic("free_xenheap_pages: %p is not a xenheap address, "
			"caller %p\n",
			va, caller);
}

static XMEM_COLD void refuse_block(const void *va, bool aligned,
				   unsigned int order, const void *caller)
{
	xmem_port_panic("free_xenheap_pages: %p%s order %u%s, caller %p\n", va,
			aligned ? "" : " is not aligned to", order,
			aligned ? ": reaches beyond RAM" : "", caller);
}

/* Panic: say which frame of @block, at @va, must not be freed. There is none if
 * another CPU has changed what was seen. */
static XMEM_COLD void refuse(const void *va, const struct marked_block *block)
{
	for (unsigned long i = 0; i < 1UL << block->order; i++) {
		const char *text = find_obstacle(block->pg + i);

		XMEM_PANIC_IF(text != NULL,
			      "free_xenheap_pages: %p order %u: frame %lx is "
			      "%s, caller %p\n",
			      va, block->order, block->mfn + i, text,
			      block->caller);
		xmem_relax_after(i);
	}
}

/* May all @nr pages from @pg on be freed, as they look like the first one, whose
 * word is @word? */
static bool are_alike(const struct page_info *pg, unsigned long nr,
		      unsigned long word)
{
	return (word & ~WORD_LIVE) == WORD_XEN &&
	       xmem_page_tag(pg) == XMEM_TAG_NONE &&
	       (nr == 1 || xmem_words_like_first(pg, nr, word, NULL));
}

static XMEM_COLD XMEM_NOINLINE void free_block(void *va, unsigned int order,
				     const void *caller)
{
	struct marked_block block = {
		.order = order, .word = WORD_XEN, .caller = caller};
	unsigned long word;

	if (XMEM_UNLIKELY(!xmem_arch_in_directmap(va))) {
		refuse_pointer(va, caller);
	}
	block.mfn = virt_to_mfn(va);
	if (XMEM_UNLIKELY(!xmem_is_aligned((unsigned long)va, PAGE_SIZE)) ||
	    (order != 0 &&
	     XMEM_UNLIKELY(!xmem_mark_is_block(block.mfn, order)))) {
		refuse_block(va,
			     xmem_is_aligned((unsigned long)va, PAGE_SIZE) &&
				     mark_is_aligned(block.mfn, order),
			     order, caller);
	}
	block.pg = virt_to_page(va);
	word = xmem_word_of(block.pg);
	if (XMEM_UNLIKELY(!are_alike(block.pg, 1UL << order, word))) {
		refuse(va, &block);
	}
	if (!mark_into_cache(&block, word)) {
		xmem_mark_free(&block);
	}
}

/* In a visit to @c: the page at @va, any value, is not kept in it. */
XMEM_LEAVES_CACHE XMEM_UNLOCKED static XMEM_NOINLINE void free_below(
	struct xmem_cache *c, void *va, xmem_preempt_t state,
	const void *caller)
{
	if (!xmem_cached_give_below(c, cached_page_at(va), true, state) &&
	    va != NULL) {
		free_block(va, 0, caller);
	}
}

/* The first half is what happens most often. */
XMEM_API_PAGES void free_xenheap_pages(void *va, unsigned int order)
{
	struct cached_visit v;
	struct page_info *pg;

	if (!HEAP_HAS_CACHES || order != 0 ||
	    !xmem_is_aligned((unsigned long)va, PAGE_SIZE) ||
	    !cached_enter(&v)) {
		goto out_block;
	}
	pg = cached_page_at(va);
	if (XMEM_LIKELY(cached_word_of(&v, pg, true) ==
			(WORD_XEN | WORD_LIVE_FRAME)) &&
	    XMEM_LIKELY(xmem_page_tag(pg) == XMEM_TAG_NONE)) {
		cached_put(&v, pg, WORD_XEN | WORD_LIVE_FRAME);
		return;
	}
	free_below(v.c, va, v.state, XMEM_CALLER());
	return;

out_block:
	if (va != NULL) {
		free_block(va, order, XMEM_CALLER());
	}
}

XMEM_API_PAGES unsigned long xmem_xenheap_tag(const void *va)
{
	const struct page_info *pg;

	if (!xmem_arch_in_directmap(va)) {
		return XMEM_TAG_NONE;
	}
	pg = virt_to_page(va);
	return is_xen_heap_page(pg) ? xmem_page_tag(pg) : XMEM_TAG_NONE;
}

XMEM_API_PAGES void xmem_xenheap_set_tag(void *va, unsigned long tag)
{
	XMEM_ASSERT(is_xen_heap_page(virt_to_page(va)));
	xmem_page_set_tag(virt_to_page(va), tag);
}
