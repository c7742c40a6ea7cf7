/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lookup.c - what vmap says of an address: vmap_contains(), vmap_size()
 *
 * Apart from vmap.c, as xvmalloc asks and maps nothing.
 */
#include <xmem/vmap.h>

#include "vmap/vmap_priv.h"

XMEM_API_MAPS bool vmap_contains(const void *va)
{
	return xmem_window_holds(va);
}

XMEM_API_MAPS unsigned int vmap_size(const void *va)
{
	unsigned int tag;
	unsigned int nr = xmem_window_find(va, &tag);

	return tag == AREA_DYING ? 0 : nr;
}
