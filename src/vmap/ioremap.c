/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ioremap.c - map devices, by physical address
 */
#include <xmem/vmap.h>

#include <xmem/frames.h>

#include <arch/layout.h>

#include "lib/align.h"
#include "lib/assert.h"
#include "lib/map_request.h"
#include "lib/relax.h"
#include "vmap/vmap_priv.h"

/* RAM is mapped write-back elsewhere, now or later, and data written through
 * mappings of two memory types may get lost. */
static bool is_ram_of_two_types(mfn_t mfn, unsigned long nr, unsigned int flags)
{
	if ((flags & XMEM_MAP_TYPE_MASK) == XMEM_MAP_WB) {
		return false;
	}
	for (unsigned long i = 0; i < nr; i++) {
		if (mfn_valid(mfn_add(mfn, i))) {
			return true;
		}
		xmem_relax_after(i);
	}
	return false;
}

static void __iomem *map_device(paddr_t pa, size_t len, unsigned int flags)
{
	unsigned long offset = (unsigned long)pa & (PAGE_SIZE - 1);
	paddr_t first = pa >> PAGE_SHIFT;
	mfn_t mfn = _mfn((unsigned long)first);
	unsigned long bytes;
	unsigned long nr;
	char *va;

	if (len == 0 || first >> XMEM_FRAME_BITS != 0 ||
	    !xmem_checked_add(len, offset, &bytes)) {
		return NULL;
	}
	nr = xmem_pages_for(bytes);
	if ((unsigned int)nr != nr ||
	    !xmem_map_frames_are_valid(mfn_x(mfn), nr) ||
	    is_ram_of_two_types(mfn, nr, flags)) {
		return NULL;
	}
	va = xmem_area_map(&mfn, (unsigned int)nr, 1, 1, flags, VMAP_DEFAULT);
	return va != NULL ? va + offset : NULL;
}

XMEM_API_MAPS void __iomem *ioremap_attr(paddr_t pa, size_t len,
					 unsigned int flags)
{
	return map_device(pa, len, flags);
}

XMEM_API_MAPS void __iomem *ioremap(paddr_t pa, size_t len)
{
	return map_device(pa, len, PAGE_HYPERVISOR_UC);
}

XMEM_API_MAPS void iounmap(const void __iomem *va)
{
	unsigned long start = xmem_align_down((unsigned long)va, PAGE_SIZE);

	if (va != NULL) {
		xmem_area_unmap((const void *)start, "iounmap", XMEM_CALLER());
	}
}
