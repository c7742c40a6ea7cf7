/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * limits.c - keep the frame at which the xenheap ends (partial layout)
 */
#include <xmem/admin.h>

#include "heap/heap_priv.h"
#include "lib/phase.h"

unsigned long xmem_heap_xen_end = ~0UL;

XMEM_API_PAGES void xenheap_max_mfn(unsigned long mfn)
{
	xmem_phase_check(XMEM_PHASE_LIMIT, XMEM_CALLER());
	xmem_heap_xen_end = mfn != ~0UL ? mfn + 1 : mfn;
}

XMEM_API_PAGES unsigned long xmem_xenheap_limit(void)
{
	if (XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE) {
		return 0;
	}
	return XMEM_LAYOUT == XMEM_LAYOUT_PARTIAL ? xmem_heap_xen_end : ~0UL;
}
