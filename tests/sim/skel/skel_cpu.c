/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * skel_cpu.c - a CPU of the architecture of docs/examples/arch
 */
#include <arch/cpu.h>
#include <arch/page.h>
#include <arch/tlb.h>

#include <xmem/config.h>
#include <xmem/port.h>

#include "../sim_machine.h"

_Static_assert(SIM_SPACE_END <= 1UL << 38 || SIM_HAS_ASAN,
	       "all windows lie below 2^38, in the lower half of Sv39");

/* The entries, as the hardware reads them. */
#define PTE_P	    ((uint64_t)1 << 0)
#define PTE_LEAF    ((uint64_t)1 << 1)
#define PTE_W	    ((uint64_t)1 << 2)
#define PTE_X	    ((uint64_t)1 << 3)
#define PTE_TYPE(e) ((unsigned int)((e) >> 4 & 3))
#define PA_BITS	    48U

struct sim_entry sim_decode(uint64_t slot, uint64_t e, unsigned int level)
{
	struct sim_entry entry = {
		.pa = e & ((1ULL << PA_BITS) - 1) & ~(uint64_t)(PAGE_SIZE - 1),
		.can_write = (e & PTE_W) != 0,
		.can_exec = (e & PTE_X) != 0,
		.type = PTE_TYPE(e),
	};

	(void)slot;
	(void)level;
	if ((e & PTE_P) != 0) {
		entry.kind = (e & PTE_LEAF) != 0 ? SIM_LEAF : SIM_TABLE;
	}
	return entry;
}

const bool sim_walks_again = false;

bool sim_is_va(unsigned long va)
{
	return va >> SIM_VA_BITS == 0;
}

unsigned int sim_largest_order(void)
{
	return PAGE_SHIFT == 12 ? 18 : PAGE_SHIFT - 3;
}

uint64_t sim_walker_reads(uint64_t slot)
{
	return sim_peek(slot);
}

uint64_t sim_boot_table(uint64_t pa)
{
	return pa | PTE_P;
}

uint64_t sim_boot_leaf(uint64_t pa, unsigned int level)
{
	(void)level;
	return pa | PTE_P | PTE_LEAF | PTE_W;
}

/* ---- the instructions of arch/cpu.h ---- */

uint64_t skel_read_root(void)
{
	return sim_root;
}

void skel_drop_page(unsigned long va)
{
	sim_need(sim_is_va(va), "a page that the root does not translate");
	sim_drop(va, 1);
}

void skel_drop_all(void)
{
	sim_drop_all();
}

void skel_order_walks(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* ---- the port ---- */

const struct sim_boot sim_boot = {SIM_BOOT_VIRT, SIM_RAM_START, 0};

void xmem_port_tlb_flush(unsigned long va, unsigned long nr_pages)
{
	sim_on_all(xmem_tlb_flush_local, va, nr_pages);
}
