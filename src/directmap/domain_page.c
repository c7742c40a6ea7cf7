/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domain_page.c - map any frame of RAM for a moment: map_domain_page()
 *
 * If the direct map covers the frame, its address there is the answer. Else
 * each CPU has a few slots, pages of address space, used as a stack: the newest
 * is unmapped first. Their tables are built at boot, so nothing can fail; the
 * entries also tell how many slots are used. No other CPU uses them, so there
 * is no lock, and unmapping flushes one page from the TLB of this CPU alone.
 * The entries are written by pt_leaf.c. map.c cannot be used: the frames of its
 * tables are scrubbed through these slots.
 *
 * Context: the caller stays on its CPU from map to unmap: it holds preemption
 * off. An interrupt handler may map and unmap in between, as it leaves the
 * stack as it was.
 */
#include <arch/layout.h>
#include <arch/pte.h>
#include <arch/tlb.h>

#include <xmem/map.h>
#include <xmem/page_info.h>
#include <xmem/port.h>

#include "directmap/directmap_priv.h"
#include "lib/align.h"
#include "lib/assert.h"
#include "lib/attr.h"
#include "lib/bits.h"
#include "pt/pt.h"

static unsigned long slot_address(unsigned int cpu, unsigned int i)
{
	return CPU_WINDOWS_VIRT + ((cpu * XMEM_CPU_WINDOWS + i) << PAGE_SHIFT);
}

/* Has slot @i of @cpu a page, perhaps parked by who is about to unmap it? */
static bool is_used(const struct xmem_pt *pt, unsigned int cpu, unsigned int i)
{
	unsigned long page = slot_address(cpu, i) >> PAGE_SHIFT;
	struct xmem_pt_at at = xmem_pt_walk(pt, page, 0);

	return !xmem_pte_is_none(at.pte);
}

/* How many slots of @cpu are used: the first ones. */
static unsigned int count_used(const struct xmem_pt *pt, unsigned int cpu)
{
	unsigned int nr = 0;

	while (nr < XMEM_CPU_WINDOWS && is_used(pt, cpu, nr)) {
		nr++;
	}
	return nr;
}

static XMEM_NOINLINE void *map_slot(mfn_t mfn, const void *caller)
{
	const struct xmem_pt pt = {xmem_arch_root()};
	struct xmem_pt_req req = {
		.flags = PAGE_HYPERVISOR_RW, .nr = 1, .mfn = mfn_x(mfn)};
	unsigned int cpu = xmem_port_cpu();
	unsigned int nr_used = count_used(&pt, cpu);

	XMEM_PANIC_IF(!mfn_valid(mfn),
		      "map_domain_page: frame %lx is not RAM, caller %p\n",
		      mfn_x(mfn), caller);
	XMEM_PANIC_IF(nr_used == XMEM_CPU_WINDOWS,
		      "map_domain_page: CPU %u has %u pages mapped, no more "
		      "slots, caller %p\n",
		      cpu, nr_used, caller);
	req.va = slot_address(cpu, nr_used);
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
	return map_slot(mfn, XMEM_CALLER());
}

static XMEM_NOINLINE void unmap_slot(const void *va, const void *caller)
{
	const struct xmem_pt pt = {xmem_arch_root()};
	unsigned int cpu = xmem_port_cpu();
	unsigned int nr_used = count_used(&pt, cpu);
	unsigned long page = xmem_align_down((unsigned long)va, PAGE_SIZE);
	struct xmem_run run;
	struct xmem_pt_runs runs = {&run, 1, 0};

	XMEM_PANIC_IF(nr_used == 0 || page != slot_address(cpu, nr_used - 1),
		      "unmap_domain_page: %p is not the newest slot of CPU "
		      "%u, caller %p\n",
		      va, cpu, caller);
	xmem_pt_park(&pt, page, 1);
	xmem_arch_pt_changed(page, 1);
	xmem_tlb_flush_local(page, 1);
	(void)xmem_pt_collect(&pt, page, 1, &runs);
}

XMEM_API_MAPS void unmap_domain_page(const void *va)
{
	if (XMEM_LAYOUT != XMEM_LAYOUT_FULL && !xmem_arch_in_directmap(va)) {
		unmap_slot(va, XMEM_CALLER());
	}
}
