/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cache.h - what a guest sees that runs with its caches off
 *
 * A guest starts with its MMU and caches off and reads RAM itself: what the
 * hypervisor wrote last, the zeroes of scrubbing, may still be in a cache
 * only; and what is in a cache may later be written over what the guest has
 * stored. So frames are cleaned to RAM, and their cache lines dropped, before
 * they are handed out. alloc_domheap_pages() does it, after scrubbing; a port
 * opts out by defining xmem_port_flush_to_ram() (see <xmem/port.h>), a call
 * by MEMF_no_icache_flush for the instruction side.
 */
#ifndef ARCH_CACHE_H
#define ARCH_CACHE_H

#include <xmem/types.h>

/**
 * flush_page_to_ram - clean and invalidate the data cache of one frame.
 * @mfn: RAM. @sync_icache: instructions may be fetched from it: forget what
 * the instruction caches have, of all CPUs.
 *
 * Any CPU, no lock needed; uses a window of map_domain_page().
 */
void flush_page_to_ram(unsigned long mfn, bool sync_icache);

/* xmem_arch_flush_to_ram(), the same for many frames, is declared by
 * <xmem/port.h>, where it is the default. */

#endif /* ARCH_CACHE_H */
