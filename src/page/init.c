/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * init.c - check the frames that a caller adds, then give them to the heap
 *
 * Whether all are RAM is checked exactly, range by range. Whether nobody owns
 * them is checked by two descriptors of every 512.
 */
#include <xmem/pages.h>

#include "heap/heap.h"
#include "heap/mapped.h"
#include "lib/align.h"
#include "lib/assert.h"
#include "lib/phase.h"

/* Of so many frames, the descriptors of the first and the last are read. */
#define LOOK_EVERY 512UL

/* Panic if frame @mfn has a mark. */
static void check_unmarked(unsigned long mfn, const void *caller)
{
	const struct page_info *pg = mfn_to_page(_mfn(mfn));
	const char *found = is_xen_heap_page(pg)	  ? "a xenheap page"
			    : xmem_page_refs(pg) != 0	  ? "referenced"
			    : xmem_page_owner(pg) != NULL ? "owned"
							  : NULL;

	XMEM_PANIC_IF(found != NULL,
		      "heap: init of frame %lx, which is %s, caller %p\n", mfn,
		      found, caller);
}

/* Panic unless all of [@smfn, @emfn) is RAM and no frame that is looked at has
 * a mark. */
static void check_frames(unsigned long smfn, unsigned long emfn,
			 const void *caller)
{
	unsigned long next;

	for (unsigned long mfn = smfn; mfn < emfn; mfn = next) {
		next = xmem_arch_ram_end(mfn);
		XMEM_PANIC_IF(next <= mfn,
			      "heap: init of frame %lx, which is no RAM, "
			      "caller %p\n",
			      mfn, caller);
	}
	for (unsigned long mfn = smfn; mfn < emfn; mfn = next) {
		next = (mfn | (LOOK_EVERY - 1)) + 1;
		next = next < emfn ? next : emfn;
		check_unmarked(mfn, caller);
		check_unmarked(next - 1, caller);
		xmem_port_relax();
	}
}

static void init_pages(paddr_t ps, paddr_t pe, bool xen, const void *caller)
{
	paddr_t first = (ps >> PAGE_SHIFT) + ((ps & (PAGE_SIZE - 1)) != 0);
	unsigned long smfn = xmem_frame_number(first != 0 ? first : 1);
	unsigned long emfn = xmem_frame_number(pe >> PAGE_SHIFT);

	if (smfn < emfn) {
		check_frames(smfn, emfn, caller);
		XMEM_PANIC_IF(xen && XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE &&
				      !heap_is_mapped(smfn, emfn - smfn),
			      "heap: init of frames %lx..%lx as xenheap: not "
			      "all are mapped, caller %p\n",
			      smfn, emfn - 1, caller);
		xmem_heap_init_frames(smfn, emfn, xen);
	}
}

XMEM_API_PAGES void init_domheap_pages(paddr_t ps, paddr_t pe)
{
	xmem_phase_check(XMEM_PHASE_DOMHEAP, XMEM_CALLER());
	init_pages(ps, pe, false, XMEM_CALLER());
}

XMEM_API_PAGES void init_xenheap_pages(paddr_t ps, paddr_t pe)
{
	xmem_phase_check(XMEM_PHASE_XENHEAP, XMEM_CALLER());
	init_pages(ps, pe, true, XMEM_CALLER());
}
