/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domain_page.c - any frame of RAM, for a moment: map_domain_page()
 *
 * Where the direct map covers the frame its address is there. Else each CPU
 * has a few pages of address space, a stack: the newest goes first. Their
 * tables are built at boot, so nothing can fail; nobody else uses them, so
 * there is no lock, and one translation forgotten on this CPU alone is all
 * that unmapping takes. The entries are those of pt_leaf.c: going through
 * map.c would be a way up, as its tables come from frames that are scrubbed
 * through these windows.
 *
 * Context: the caller stays on its CPU in between; an interrupt may come and
 * do the same, since it leaves the stack as it found it.
 */
#include <arch/layout.h>
#include <arch/pte.h>
#include <arch/tlb.h>

#include <xmem/map.h>
#include <xmem/page_info.h>
#include <xmem/port.h>

#include "lib/assert.h"
#include "lib/attr.h"
#include "lib/bits.h"
#include "pt/pt.h"

static unsigned int nr_open[NR_CPUS];

static unsigned long address_of(unsigned int cpu, unsigned int i)
{
	return CPU_WINDOWS_VIRT + ((cpu * XMEM_CPU_WINDOWS + i) << PAGE_SHIFT);
}

static XMEM_NOINLINE void *open_window(mfn_t mfn, const void *caller)
{
	const struct xmem_pt pt = {xmem_arch_root()};
	struct xmem_pt_req req = {
		.flags = PAGE_HYPERVISOR_RW, .nr = 1, .mfn = mfn_x(mfn)};
	unsigned int cpu = xmem_port_cpu();

	XMEM_PANIC_IF(!mfn_valid(mfn),
		      "map_domain_page: frame %lx is not RAM, caller %p\n",
		      mfn_x(mfn), caller);
	XMEM_PANIC_IF(nr_open[cpu] == XMEM_CPU_WINDOWS,
		      "map_domain_page: CPU %u has %u pages mapped, no more "
		      "windows, caller %p\n",
		      cpu, nr_open[cpu], caller);
	req.va = address_of(cpu, nr_open[cpu]++);
	xmem_pt_commit(&pt, &req);
	xmem_arch_pt_made(req.va, 1, false);
	return (void *)req.va;
}

XMEM_API_MAPS void *map_domain_page(mfn_t mfn)
{
	if (XMEM_LAYOUT == XMEM_LAYOUT_FULL ||
	    xmem_arch_mfn_mapped(mfn_x(mfn))) {
		XMEM_ASSERT(xmem_arch_mfn_mapped(mfn_x(mfn)));
		return xmem_arch_mfn_to_virt(mfn_x(mfn));
	}
	return open_window(mfn, XMEM_CALLER());
}

static XMEM_NOINLINE void close_window(const void *va, const void *caller)
{
	const struct xmem_pt pt = {xmem_arch_root()};
	unsigned int cpu = xmem_port_cpu();
	unsigned long page = (unsigned long)va & PAGE_MASK;
	struct xmem_run run;
	struct xmem_pt_runs runs = {&run, 1, 0};

	XMEM_PANIC_IF(nr_open[cpu] == 0 ||
			      page != address_of(cpu, nr_open[cpu] - 1),
		      "unmap_domain_page: %p is not the newest window of CPU "
		      "%u, caller %p\n",
		      va, cpu, caller);
	xmem_pt_park(&pt, page, 1);
	xmem_arch_pt_changed(page, 1);
	xmem_tlb_flush_local(page, 1);
	(void)xmem_pt_collect(&pt, page, 1, &runs);
	nr_open[cpu]--;
}

XMEM_API_MAPS void unmap_domain_page(const void *va)
{
	if (XMEM_LAYOUT != XMEM_LAYOUT_FULL && !xmem_arch_in_directmap(va)) {
		close_window(va, XMEM_CALLER());
	}
}
