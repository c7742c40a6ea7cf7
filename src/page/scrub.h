/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scrub.h - zero dirty frames
 */
#ifndef PAGE_SCRUB_H
#define PAGE_SCRUB_H

/** Zero @nr frames from @mfn on. No lock is held. Calls xmem_port_relax(). */
void xmem_scrub_frames(unsigned long mfn, unsigned long nr);

#endif /* PAGE_SCRUB_H */
