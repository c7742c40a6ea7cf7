/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scrub.h - zero dirty frames
 */
#ifndef PAGE_SCRUB_H
#define PAGE_SCRUB_H

#include <xmem/pages.h>
#include <xmem/port.h>

/** Zero @nr frames from @mfn on. No lock is held. Calls xmem_port_relax(). */
void xmem_scrub_frames(unsigned long mfn, unsigned long nr);

/** Frames [@mfn, @mfn + @nr) have been allocated with @memflags and are about
 *  to be handed out: zero them if any is @dirty, and let RAM see that. No lock
 *  is held. */
static inline void xmem_scrub_handed_out(unsigned long mfn, unsigned long nr,
					 bool dirty, unsigned int memflags)
{
	if (dirty && (memflags & MEMF_no_scrub) == 0) {
		xmem_scrub_frames(mfn, nr);
	}
	xmem_port_flush_to_ram(mfn, nr, (memflags & MEMF_no_icache_flush) == 0);
}

#endif /* PAGE_SCRUB_H */
