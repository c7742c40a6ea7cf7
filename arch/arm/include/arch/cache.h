/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cache.h - clean frames to RAM, for guests that run with caches off
 *
 * A guest starts with its MMU and caches off, so it reads RAM directly. What
 * the hypervisor wrote last, such as the zeroes of scrubbing, may be only in a
 * cache; and a cache line may be written back later, over what the guest has
 * stored. So alloc_domheap_pages(), after scrubbing, writes the cache lines of
 * frames back and drops them before it hands the frames out. A port that does
 * not need that defines xmem_port_flush_to_ram() (see <xmem/port.h>); a caller
 * that will run no code from the frames uses MEMF_no_icache_flush.
 */
#ifndef ARCH_CACHE_H
#define ARCH_CACHE_H

#include <arch/barrier.h>
#include <arch/cpu.h>
#include <xmem/config.h>
#include <xmem/port.h>
#include <xmem/types.h>

/** Write the data cache lines of the page at @page to RAM and drop them, for
 *  every observer of the system. */
static inline void xmem_arch_clean_page(const void *page)
{
	unsigned long line = xmem_cpu_dcache_line();
	unsigned long va = (unsigned long)page;

	for (unsigned long i = 0; i < PAGE_SIZE; i += line) {
		xmem_cpu_dc_civac(va + i);
	}
	xmem_dsb_system();
}

/** Invalidate the instruction caches of all CPUs. */
static inline void xmem_arch_forget_code(void)
{
	xmem_cpu_ic_all();
}

/**
 * flush_page_to_ram - clean and invalidate the data cache of one frame.
 * @mfn:         a frame of RAM.
 * @sync_icache: invalidate the instruction caches of all CPUs, too.
 *
 * Any CPU, no lock needed; uses map_domain_page(). For many frames there is
 * xmem_arch_flush_to_ram() in <xmem/port.h>.
 */
static inline void flush_page_to_ram(unsigned long mfn, bool sync_icache)
{
	xmem_arch_flush_to_ram(mfn, 1, sync_icache);
}

#endif /* ARCH_CACHE_H */
