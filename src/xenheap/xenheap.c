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
#include "page/mark.h"

XMEM_API_PAGES void *alloc_xenheap_pages(unsigned int order,
					 unsigned int memflags)
{
	struct heap_request req = {.xen = true,
				   .order = order,
				   .memflags = memflags,
				   .described = true};
	unsigned long mfn;
	bool dirty;

	if (order > MAX_ORDER || xmem_port_alloc_fails()) {
		return NULL;
	}
	mfn = xmem_mark_take(&req, &dirty);
	if (mfn == XMEM_NO_MFN) {
		return NULL;
	}
	xmem_words_set_xenheap(mfn_to_page(_mfn(mfn)), 1UL << order);
	return mfn_to_virt(mfn);
}

/* Why the frame of @pg must not be freed; NULL if it may. */
static const char *find_obstacle(const struct page_info *pg)
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

/* Check that @va can be the address of a block. Return: its first frame. */
static unsigned long check_address(const void *va, unsigned int order,
				   const void *caller)
{
	unsigned long mfn;

	XMEM_PANIC_IF(!xmem_arch_in_directmap(va),
		      "free_xenheap_pages: %p is not a xenheap address, caller "
		      "%p\n",
		      va, caller);
	mfn = virt_to_mfn(va);
	XMEM_PANIC_IF(order > MAX_ORDER ||
			      !xmem_is_aligned((unsigned long)va, PAGE_SIZE) ||
			      !xmem_is_aligned(mfn, 1UL << order),
		      "free_xenheap_pages: %p is not aligned to order %u, "
		      "caller %p\n",
		      va, order, caller);
	return mfn;
}

/* Panic: say which frame of @block, at @va, must not be freed. There is none if
 * another CPU has changed what was seen. */
static XMEM_COLD void refuse(const void *va, const struct marked_block *block)
{
	const struct page_info *pg = mfn_to_page(_mfn(block->mfn));

	for (unsigned long i = 0; i < 1UL << block->order; i++) {
		const char *text = find_obstacle(pg + i);

		XMEM_PANIC_IF(text != NULL,
			      "free_xenheap_pages: %p order %u: frame %lx is "
			      "%s, caller %p\n",
			      va, block->order, block->mfn + i, text,
			      block->caller);
		xmem_relax_after(i);
	}
}

/* Panic if @block, at @va, must not be freed; nothing has changed then. */
static void check_pages(const void *va, const struct marked_block *block)
{
	unsigned int order = block->order;

	XMEM_PANIC_IF(order > 0 && !xmem_mark_is_ram(block->mfn, 1UL << order),
		      "free_xenheap_pages: %p order %u: reaches beyond RAM, "
		      "caller %p\n",
		      va, order, block->caller);
	if (XMEM_UNLIKELY(!xmem_words_are(mfn_to_page(_mfn(block->mfn)),
					  1UL << order, WORD_XEN, WORD_LIVE,
					  NULL))) {
		refuse(va, block);
	}
}

XMEM_API_PAGES void free_xenheap_pages(void *va, unsigned int order)
{
	struct marked_block block = {
		.order = order, .word = WORD_XEN, .caller = XMEM_CALLER()};

	if (va == NULL) {
		return;
	}
	block.mfn = check_address(va, order, block.caller);
	check_pages(va, &block);
	xmem_mark_free(&block);
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
