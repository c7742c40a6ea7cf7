/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scrub.c - zero dirty frames
 *
 * Frames are zeroed when they are allocated without MEMF_no_scrub, outside
 * every lock, one page at a time through map_domain_page(), with calls of
 * xmem_port_relax() in between.
 */
#include "page/scrub.h"

#include <xmem/map.h>
#include <xmem/port.h>

#include "lib/mem.h"
#include "lib/relax.h"

void xmem_scrub_frames(unsigned long mfn, unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++) {
		void *va = map_domain_page(_mfn(mfn + i));

		memset(va, 0, PAGE_SIZE);
		unmap_domain_page(va);
		xmem_relax_every(XMEM_RELAX_CONTENTS, i);
	}
}
