/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domheap.h - the hit path of the domheap (domheap.c), and all else
 * (domheap_block.c)
 *
 * The functions that do all else have the arguments of the public ones, in the
 * same registers, and the caller of those, for messages.
 */
#ifndef PAGE_DOMHEAP_H
#define PAGE_DOMHEAP_H

#include <xmem/pages.h>

#include "page/scrub.h"

/** alloc_domheap_pages(), after xmem_port_alloc_fails(). */
struct page_info *xmem_domheap_alloc(struct domain *d, unsigned int order,
				     unsigned int memflags, const void *caller);

/** The same for a block of any order that may be allocated, for an owner in
 *  whose quota it is reserved, if it is counted. If there is no memory, it is
 *  reserved no more. */
struct page_info *xmem_domheap_alloc_reserved(struct domain *d,
					      unsigned int order,
					      unsigned int memflags,
					      const void *caller);

/** free_domheap_pages(). */
void xmem_domheap_free(struct page_info *pg, unsigned int order,
		       const void *caller);

/** The block at @pg is about to be handed out: scrub it. Return: @pg. */
struct page_info *xmem_domheap_scrub(struct page_info *pg, unsigned int order,
				     unsigned int memflags);

/** The same, if it is @dirty and @memflags do not forbid it. */
static inline struct page_info *domheap_hand_out(struct page_info *pg,
						 unsigned int order, bool dirty,
						 unsigned int memflags)
{
	if ((memflags & MEMF_no_scrub) == 0 && dirty) {
		return xmem_domheap_scrub(pg, order, memflags);
	}
	xmem_scrub_handed_out(mfn_x(page_to_mfn(pg)), 1UL << order, false,
			      memflags);
	return pg;
}

#endif /* PAGE_DOMHEAP_H */
