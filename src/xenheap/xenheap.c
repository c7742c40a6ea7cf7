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

static XMEM_COLD void refuse_pointer(const void *va, const void *caller)
{
	xmem_port_panic("free_xenheap_pages: %p is not %s, caller %p\n", va,
			xmem_arch_in_directmap(va) ? "aligned to order 0"
						   : "a xenheap address",
			caller);
}

static XMEM_NOINLINE void free_block(void *va, unsigned int order,
				     const void *caller)
{
	if (!xmem_arch_in_directmap(va) ||
	    !xmem_is_aligned((unsigned long)va, PAGE_SIZE)) {
		refuse_pointer(va, caller);
	}
	xmem_mark_free(virt_to_page(va), order, true, caller);
}

/* In a visit to @c: the page at @va, any value, is not kept in it. */
XMEM_LEAVES_CACHE XMEM_UNLOCKED static XMEM_NOINLINE void free_below(
	struct xmem_cache *c, void *va, xmem_preempt_t state,
	const void *caller)
{
	if (!xmem_cached_give_below(c, cached_page_at(va), true, state,
				    caller) &&
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
