/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flush.c - write frames back from the caches to RAM
 *
 * The default of xmem_port_flush_to_ram() on an architecture that defines
 * ARCH_FLUSH_TO_RAM, as domains may run with their caches off there. Works as
 * scrub.c does: outside every lock, one page at a time as contents.h reaches
 * it, with calls of xmem_port_relax() in between.
 */
#include <xmem/port.h>

#include "lib/relax.h"
#include "page/contents.h"
#include "page/page_arch.h"

static void clean_frame(unsigned long mfn)
{
	xmem_preempt_t preempt;
	void *page = xmem_contents_open(mfn, &preempt);

	xmem_arch_clean_page(page);
	xmem_contents_close(page, preempt);
}

XMEM_API_MAPS void xmem_arch_flush_to_ram(unsigned long mfn, unsigned long nr,
					  bool icache)
{
	if (!XMEM_CLEANS_RAM) {
		return; /* Never called, so let it be no code. */
	}
	for (unsigned long i = 0; i < nr; i++) {
		clean_frame(mfn + i);
		xmem_relax_every(XMEM_RELAX_CONTENTS, i);
	}
	if (icache) {
		xmem_arch_forget_code();
	}
}
