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

#include <arch/barrier.h>
#include <arch/cpu.h>
#include <xmem/config.h>
#include <xmem/port.h>
#include <xmem/types.h>

/** The data cache lines of the page at @page are in RAM alone when this
 *  returns, for every observer of the system. */
static inline void xmem_arch_clean_page(const void *page)
{
	unsigned long line = xmem_cpu_dcache_line();
	unsigned long va = (unsigned long)page;

	for (unsigned long i = 0; i < PAGE_SIZE; i += line) {
		xmem_cpu_dc_civac(va + i);
	}
	xmem_dsb_system();
}

/** The instruction caches of all CPUs forget what they have. */
static inline void xmem_arch_forget_code(void)
{
	xmem_cpu_ic_all();
}

/**
 * flush_page_to_ram - clean and invalidate the data cache of one frame.
 * @mfn: RAM. @sync_icache: instructions may be fetched from it: forget what
 * the instruction caches have, of all CPUs.
 *
 * Any CPU, no lock needed; uses a window of map_domain_page(). For many frames
 * there is xmem_arch_flush_to_ram(), of <xmem/port.h>.
 */
static inline void flush_page_to_ram(unsigned long mfn, bool sync_icache)
{
	xmem_arch_flush_to_ram(mfn, 1, sync_icache);
}

#endif /* ARCH_CACHE_H */
