/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stage1.c - what is Arm's own about page tables: the regime, and breaking
 *
 * Regime      EL1 and EL2 with VHE have an EL0 beneath: execute-never is PXN,
 *             UXN is set always, and AP[1] is not. EL2 without VHE and Hyp
 *             mode have none: execute-never is bit 54 and AP[1] must be set.
 *             In arm32 bit 54 is execute-never for PL1 as well.
 * Breaking    Between begin and end the range is unmapped for all CPUs, this
 *             one included, so interrupts are masked. If the table that is
 *             written lies in the range itself - a block of the direct map
 *             with a table in it - it is reached through a page of its own
 *             meanwhile, the alias. The entry of the alias may lie in the
 *             range as well: it is written before the break begins, and
 *             after it has ended. Stack, variables and code are in the image
 *             or in a vmap window: a port must not run on a stack in the
 *             direct map while it changes the direct map.
 * Others      A CPU that touches the range meanwhile faults; its handler
 *             asks xmem_mmu_spurious_fault(), waits, and tries again. A fault
 *             is real if nothing is there and no break of another CPU was
 *             under way at that time: none that had begun before the look
 *             at the address has not ended, and none has begun since. A CPU
 *             may fault in a break of its own (its table lies in the range
 *             that another one breaks): that one does not count.
 * Locking     One alias: only changes of the direct map need it, and these
 *             are made under the page-table lock. `begun` and `ended`
 *             count, atomically, as ranges of vmap are broken without it.
 */
#include <arch/barrier.h>
#include <arch/cpu.h>
#include <arch/layout.h>
#include <arch/mmu.h>
#include <arch/pte.h>
#include <arch/tlb.h>

#include <xmem/map.h>
#include <xmem/port.h>
#include <xmem/vmap.h>

#include "lib/assert.h"

_Static_assert(PAGE_SHIFT == 12 || PAGE_SHIFT == 14 || PAGE_SHIFT == 16,
	       "Arm has granules of 4, 16 and 64 KiB: PAGE_SHIFT=12, 14, 16");

/* Address bits of a table base in TTBR: above are the ASID, below CnP. A root
 * of few entries need not begin a page for the CPU, but for the library. */
#define TTBR_BASE    ((((uint64_t)1 << PADDR_BITS) - 1) & ~(uint64_t)1)
#define TTBR_IN_PAGE (TTBR_BASE & (PAGE_SIZE - 1))

struct xmem_mmu xmem_mmu;

/* The entry of the page at CPU_ALIAS_VIRT. NULL: not yet. (C) after boot. */
static xmem_pte_t *alias;

/* (A) Breaks of all CPUs. */
static unsigned int begun;
static unsigned int ended;

/* The port's TCR is what the tables are made for. */
static void check_tcr(void)
{
	unsigned int bits = xmem_cpu_va_bits(ARCH_VA_UPPER);
	unsigned int shift = xmem_cpu_page_shift(ARCH_VA_UPPER);

	XMEM_PANIC_IF(bits != ARCH_VA_BITS || shift != PAGE_SHIFT,
		      "mmu: TCR says addresses of %u bits and pages of 2^%u "
		      "bytes; the library is built for %u and 2^%u\n",
		      bits, shift, ARCH_VA_BITS, PAGE_SHIFT);
}

/* Types of memory, as entries say them, and that entries count at all. */
static void check_memory_types(void)
{
	uint32_t mair = xmem_cpu_read_mair();

	XMEM_PANIC_IF(!xmem_cpu_mmu_is_on(),
		      "mmu: the MMU is off: turn it on before "
		      "arch_init_directmap()\n");
	XMEM_PANIC_IF(mair != ARCH_MAIR,
		      "mmu: MAIR has types %x, the library is built for %lx "
		      "(ARCH_MAIR)\n",
		      mair, ARCH_MAIR);
}

void xmem_arch_mmu_init(void)
{
	bool own = xmem_cpu_has_own_regime();
	uint64_t ttbr = xmem_cpu_read_ttbr(ARCH_VA_UPPER);

	XMEM_PANIC_IF(ARCH_VA_UPPER && own,
		      "mmu: built for the upper half of addresses "
		      "(ARCH_VA_UPPER), but EL2 without VHE has none\n");
	check_tcr();
	check_memory_types();
	xmem_mmu.leaf_bits = XMEM_PTE_AF | XMEM_PTE_INNER;
	xmem_mmu.no_exec = XMEM_PTE_UXN;
	if (own) {
		xmem_mmu.leaf_bits |= XMEM_PTE_AP1;
	} else if (XMEM_CPU_HAS_UXN) {
		xmem_mmu.leaf_bits |= XMEM_PTE_UXN;
		xmem_mmu.no_exec = XMEM_PTE_PXN;
	}
	xmem_mmu.may_resize =
		XMEM_PORT_BBM_NO_ABORT && xmem_cpu_bbm_level() >= 2;
	xmem_mmu.tlbi_range = XMEM_PORT_TLBI_RANGE && xmem_cpu_has_tlbi_range();
	XMEM_PANIC_IF((ttbr & TTBR_IN_PAGE) != 0,
		      "mmu: the root table at %llx does not begin a page\n",
		      (unsigned long long)(ttbr & TTBR_BASE));
	xmem_mmu.root = (unsigned long)((ttbr & TTBR_BASE) >> PAGE_SHIFT);
}

XMEM_API_MAPS void *arch_vmap_virt_end(void)
{
	return (void *)(VMAP_VIRT_START + VMAP_VIRT_SIZE);
}

/* ---- break-before-make ---- */

/* Of the CPU that breaks; restored at the end by the same. */
static struct {
	unsigned long flags;
	bool aliased;
	bool active; /* between begin and end */
} pause[NR_CPUS];

void xmem_arch_break_flush(unsigned long va, unsigned long nr)
{
	xmem_tlb_flush_range(va, nr);
}

void xmem_arch_set_alias(xmem_pte_t *entry)
{
	alias = entry;
}

/* The table of @slot, frame @table, at an address outside the direct map. */
static xmem_pte_t *open_alias(const xmem_pte_t *slot, unsigned long table)
{
	unsigned long offset = (unsigned long)slot & (PAGE_SIZE - 1);

	XMEM_PANIC_IF(alias == NULL,
		      "mmu: table %lx lies in what is to be broken: call "
		      "arch_init_frametable() first\n",
		      table);
	xmem_pte_write(alias, xmem_pte_leaf(table, PAGE_HYPERVISOR_RW, 0));
	xmem_arch_pt_made(CPU_ALIAS_VIRT, 1, false);
	return (xmem_pte_t *)(CPU_ALIAS_VIRT + offset);
}

static void close_alias(void)
{
	xmem_pte_write(alias, xmem_pte_none());
	xmem_arch_break_flush(CPU_ALIAS_VIRT, 1);
}

/* What this CPU runs on would be gone with the range: say so while it can be
 * said. */
static void check_not_in_use(unsigned long va, unsigned long nr)
{
	unsigned long bytes = nr << PAGE_SHIFT;

	XMEM_PANIC_IF((unsigned long)__builtin_frame_address(0) - va < bytes ||
			      (unsigned long)check_not_in_use - va < bytes,
		      "mmu: %lu pages at %lx are to be broken and hold the "
		      "stack or the code in use: map these by pages\n",
		      nr, va);
}

xmem_pte_t *xmem_stage1_break_begin(xmem_pte_t *slot, unsigned long table,
				    unsigned long va, unsigned long nr)
{
	unsigned long flags;
	unsigned int cpu;

	check_not_in_use(va, nr);
	flags = xmem_cpu_irq_save();
	cpu = xmem_port_cpu();
	pause[cpu].flags = flags;
	pause[cpu].aliased = (unsigned long)slot - va < nr << PAGE_SHIFT;
	if (pause[cpu].aliased) {
		slot = open_alias(slot, table);
	}
	pause[cpu].active = true;
	__atomic_fetch_add(&begun, 1, __ATOMIC_RELAXED);
	/* Who finds an entry gone finds the count changed: no atomic operation
	 * keeps the writes behind it from being seen first. */
	xmem_dsb_writes(false);
	return slot;
}

void xmem_arch_break_end(void)
{
	unsigned int cpu = xmem_port_cpu();

	/* The new entries are there for all walkers, this CPU's too. */
	xmem_dsb_writes(false);
	xmem_isb();
	__atomic_fetch_add(&ended, 1, __ATOMIC_RELEASE);
	pause[cpu].active = false;
	if (pause[cpu].aliased) {
		close_alias();
	}
	xmem_cpu_irq_restore(pause[cpu].flags);
}

/* Breaks under way that are this CPU's: 0 or 1. */
static unsigned int nr_own(void)
{
	unsigned long flags = xmem_cpu_irq_save();
	bool active = pause[xmem_port_cpu()].active;

	xmem_cpu_irq_restore(flags);
	return active;
}

XMEM_API_MAPS bool xmem_mmu_spurious_fault(unsigned long va)
{
	unsigned int own = nr_own();

	for (;;) {
		unsigned int nr = __atomic_load_n(&begun, __ATOMIC_ACQUIRE);
		unsigned int over = __atomic_load_n(&ended, __ATOMIC_ACQUIRE);

		/* The counts were read before the look at the address. */
		xmem_dsb(false);
		xmem_isb();
		if (xmem_cpu_can_read(va)) {
			return true;
		}
		if (nr - over == own &&
		    nr == __atomic_load_n(&begun, __ATOMIC_ACQUIRE)) {
			return false;
		}
		xmem_port_cpu_pause();
	}
}
