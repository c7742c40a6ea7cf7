/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vmap.c - map the caller's frames contiguously
 *
 * The work is done in area.c, the search of an address in window.c.
 */
#include <xmem/vmap.h>

#include <xmem/page_info.h>

#include "lib/assert.h"
#include "vmap/vmap_priv.h"

XMEM_API_MAPS void *__vmap(const mfn_t *mfn, unsigned int granularity,
			   unsigned int nr, unsigned int align,
			   unsigned int flags, enum vmap_region type)
{
	return xmem_area_map(mfn, granularity, nr, align, flags, type);
}

XMEM_API_MAPS void *vmap(const mfn_t *mfn, unsigned int nr)
{
	return xmem_area_map(mfn, 1, nr, 1, PAGE_HYPERVISOR, VMAP_DEFAULT);
}

XMEM_API_MAPS void *vmap_contig(mfn_t mfn, unsigned int nr)
{
	return xmem_area_map(&mfn, nr, 1, 1, PAGE_HYPERVISOR, VMAP_DEFAULT);
}

XMEM_API_MAPS void vunmap(const void *va)
{
	if (va != NULL) {
		xmem_area_unmap(va, "vunmap", XMEM_CALLER());
	}
}

static mfn_t find_frame(const void *va)
{
	return xmem_window_holds(va) ? _mfn(xmem_map_lookup((unsigned long)va))
				     : INVALID_MFN;
}

XMEM_API_MAPS mfn_t vmap_to_mfn(const void *va)
{
	return find_frame(va);
}

XMEM_API_MAPS struct page_info *vmap_to_page(const void *va)
{
	mfn_t mfn = find_frame(va);

	return mfn_valid(mfn) ? mfn_to_page(mfn) : NULL;
}
