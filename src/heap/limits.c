/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * limits.c - keep the frame at which the xenheap ends (partial layout)
 */
#include <xmem/admin.h>

#include "heap/heap.h"
#include "lib/assert.h"
#include "lib/phase.h"

XMEM_API_PAGES void xenheap_max_mfn(unsigned long mfn)
{
	xmem_phase_check(XMEM_PHASE_LIMIT, XMEM_CALLER());
	xmem_heap_xen_end = mfn != ~0UL ? mfn + 1 : mfn;
}

XMEM_API_PAGES unsigned long xmem_xenheap_limit(void)
{
	return heap_xen_limit();
}
