/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flush.c - frames cleaned to RAM, for those who run with caches off
 *
 * What a port gets that does not define xmem_port_flush_to_ram(), on an
 * architecture that says ARCH_FLUSH_TO_RAM. Outside every lock, a page at a
 * time through a window of map_domain_page(), with pauses, as in scrub.c.
 */
#include <xmem/map.h>
#include <xmem/port.h>

#include "page/page_arch.h"

/* Pages between two calls of xmem_port_relax(): 256 KiB. */
#define FLUSH_BATCH ((256UL << 10) >> PAGE_SHIFT)

static void clean_frame(unsigned long mfn)
{
	void *page = map_domain_page(_mfn(mfn));

	xmem_arch_clean_page(page);
	unmap_domain_page(page);
}

XMEM_API_MAPS void xmem_arch_flush_to_ram(unsigned long mfn, unsigned long nr,
					  bool icache)
{
	if (!XMEM_CLEANS_RAM) {
		return; /* Never called, so let it be no code. */
	}
	for (unsigned long i = 0; i < nr; i++) {
		clean_frame(mfn + i);
		if (i % FLUSH_BATCH == FLUSH_BATCH - 1) {
			xmem_port_relax();
		}
	}
	if (icache) {
		xmem_arch_forget_code();
	}
}
