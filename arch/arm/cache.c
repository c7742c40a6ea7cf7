/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cache.c - frames cleaned to RAM, for those who run with caches off
 */
#include <arch/barrier.h>
#include <arch/cache.h>
#include <arch/cpu.h>

#include <xmem/map.h>
#include <xmem/port.h>

/* Frames between two calls of xmem_port_relax(): 256 KiB. */
#define FLUSH_BATCH ((256UL << 10) >> PAGE_SHIFT)

static void clean_frame(unsigned long mfn)
{
	char *page = map_domain_page(_mfn(mfn));
	unsigned long line = xmem_cpu_dcache_line();
	unsigned long va = (unsigned long)page;

	for (unsigned long i = 0; i < PAGE_SIZE; i += line) {
		xmem_cpu_dc_civac(va + i);
	}
	/* Complete for every observer of the system before the window, or
	 * the frame, goes to somebody else. */
	xmem_dsb_system();
	unmap_domain_page(page);
}

XMEM_API_MAPS void flush_page_to_ram(unsigned long mfn, bool sync_icache)
{
	clean_frame(mfn);
	if (sync_icache) {
		xmem_cpu_ic_all();
	}
}

XMEM_API_MAPS void xmem_arch_flush_to_ram(unsigned long mfn, unsigned long nr,
					  bool sync_icache)
{
	for (unsigned long i = 0; i < nr; i++) {
		clean_frame(mfn + i);
		if (i % FLUSH_BATCH == FLUSH_BATCH - 1) {
			xmem_port_relax();
		}
	}
	if (sync_icache) {
		xmem_cpu_ic_all();
	}
}
