/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domheap.c - allocate and free frames for domains, mapped or not
 *
 * Checks the arguments, counts the owner's frames, writes the descriptors and
 * zeroes dirty frames. An allocation first reserves room in the owner's quota
 * and releases it if there are no frames, so that the limit is exact on any
 * number of CPUs. Descriptors are written outside the heap's lock, and only
 * if there is an owner to record.
 */
#include <xmem/pages.h>

#include "lib/align.h"
#include "lib/assert.h"
#include "lib/relax.h"
#include "page/mark.h"
#include "page/owner.h"
#include "page/scrub.h"

static void set_owner(struct page_info *pg, unsigned int order,
		      struct domain *d, bool counted)
{
	for (unsigned long i = 0; i < 1UL << order; i++) {
		xmem_page_set_owner(pg + i, d, counted);
		xmem_relax_after(i);
	}
}

XMEM_API_PAGES struct page_info *alloc_domheap_pages(struct domain *d,
						     unsigned int order,
						     unsigned int memflags)
{
	struct heap_request req = {.order = order, .memflags = memflags};
	bool owned = d != NULL && (memflags & MEMF_no_owner) == 0;
	bool counted = owned && (memflags & MEMF_no_refcount) == 0;
	struct page_info *pg;
	bool dirty = false;
	unsigned long mfn;

	if (order > MAX_ORDER ||
	    (counted && !xmem_owner_reserve(d, 1UL << order))) {
		return NULL;
	}
	mfn = xmem_mark_take(&req, owned, &dirty);
	if (mfn == XMEM_NO_MFN) {
		goto out_owner_release;
	}
	xmem_scrub_handed_out(mfn, 1UL << order, dirty, memflags);
	pg = mfn_to_page(_mfn(mfn));
	if (owned) {
		set_owner(pg, order, d, counted);
	}
	return pg;

out_owner_release:
	if (counted) {
		xmem_owner_release(d, 1UL << order);
	}
	return NULL;
}

/* Is @pg the address of the descriptor of frame @mfn? Without the asm the
 * compiler would assume so, since @mfn was calculated from @pg. */
static bool is_descriptor(const struct page_info *pg, unsigned long mfn)
{
	__asm__("" : "+r"(mfn));
	return mfn_valid(_mfn(mfn)) && mfn_to_page(_mfn(mfn)) == pg;
}

/* Check pointer, order and frames, before any descriptor is read. Return: the
 * first frame. */
static unsigned long check_block(const struct page_info *pg, unsigned int order,
				 const void *caller)
{
	unsigned long mfn = mfn_x(page_to_mfn(pg));

	XMEM_PANIC_IF(!is_descriptor(pg, mfn),
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

/* Check every frame of the block, with nothing changed. Return: how many of
 * them are counted. */
static unsigned long check_frames(const struct page_info *pg,
				  unsigned int order, const struct domain *d,
				  const void *caller)
{
	unsigned long counted = 0;

	for (unsigned long i = 0; i < 1UL << order; i++) {
		const char *text = obstacle(pg + i, d);

		XMEM_PANIC_IF(text != NULL,
			      "free_domheap_pages: frame %lx order %u: frame "
			      "%lx is %s, caller %p\n",
			      mfn_x(page_to_mfn(pg)), order,
			      mfn_x(page_to_mfn(pg + i)), text, caller);
		counted += xmem_page_is_counted(pg + i);
		xmem_relax_after(i);
	}
	return counted;
}

XMEM_API_PAGES void free_domheap_pages(struct page_info *pg, unsigned int order)
{
	struct marked_block block = {.order = order, .caller = XMEM_CALLER()};
	struct domain *d;
	unsigned long counted;

	block.mfn = check_block(pg, order, block.caller);
	d = xmem_page_owner(pg);
	__asm__("" : "+r"(d)); /* Read it once: another free may change it. */
	counted = check_frames(pg, order, d, block.caller);
	block.d = d;
	xmem_mark_free(&block);
	if (counted > 0) {
		xmem_owner_release(d, counted);
	}
}
