/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scrub.c - zero dirty frames
 *
 * Frames are zeroed when they are allocated without MEMF_no_scrub, outside
 * every lock, one page at a time as contents.h reaches it, with calls of
 * xmem_port_relax() in between.
 */
#include "page/scrub.h"

#include "lib/mem.h"
#include "lib/relax.h"
#include "page/contents.h"

static void scrub_frame(unsigned long mfn)
{
	xmem_preempt_t preempt;
	void *page = xmem_contents_open(mfn, &preempt);

	memset(page, 0, PAGE_SIZE);
	xmem_contents_close(page, preempt);
}

void xmem_scrub_frames(unsigned long mfn, unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++) {
		scrub_frame(mfn + i);
		xmem_relax_every(XMEM_RELAX_CONTENTS, i);
	}
}
