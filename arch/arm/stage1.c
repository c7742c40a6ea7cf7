/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stage1.c - Arm's translation regimes, and break-before-make
 *
 * Regime      EL1 and EL2 with VHE share their tables with an EL0: there
 *             execute-never is PXN, UXN is always set, and AP[1] never. EL2
 *             without VHE and Hyp mode have no EL0: there execute-never is
 *             bit 54, and AP[1] must be set. In arm32 bit 54 is execute-never
 *             for PL1 as well.
 * Breaking    Between begin and end the range is unmapped for all CPUs, this
 *             one included, so interrupts are masked. Nobody preempts this
 *             code then either: a bit of `breaking` is one CPU's. The table
 *             that is written may lie in the range itself: in a block of the
 *             direct map. Then it is reached through a page of its own, the
 *             alias.
 *             The entry of the alias may lie in the range as well, so it is
 *             written before the break begins and after it has ended. Stack,
 *             variables and code are in the image or in a vmap window: a port
 *             must not run on a stack in the direct map while it changes the
 *             direct map.
 * Other CPUs  A CPU that accesses the range meanwhile faults. Its handler calls
 *             xmem_mmu_spurious_fault(), which waits, and tries again. The
 *             fault is real if the address cannot be read and no other CPU
 *             was breaking anything then: every break that had begun before
 *             the look at the address had ended, and none has begun since. A
 *             CPU may fault in a break of its own, if its table lies in a
 *             range that another CPU breaks: that break does not count.
 * Locking     There is one alias: only changes of the direct map need it, and
 *             they are made under the lock of the page tables. `begun`,
 *             `ended` and `breaking` are atomic, as ranges of vmap are broken
 *             without a lock.
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
static xmem_pte_t *alias_entry;

/* (A) Breaks of all CPUs. */
static unsigned int begun;
static unsigned int ended;

/* Panic unless TCR has the address width and page size of the library. */
static void check_tcr(void)
{
	unsigned int bits = xmem_cpu_va_bits(ARCH_VA_UPPER);
	unsigned int shift = xmem_cpu_page_shift(ARCH_VA_UPPER);

	XMEM_PANIC_IF(bits != ARCH_VA_BITS || shift != PAGE_SHIFT,
		      "mmu: TCR says addresses of %u bits and pages of 2^%u "
		      "bytes; the library is built for %u and 2^%u\n",
		      bits, shift, ARCH_VA_BITS, PAGE_SHIFT);
}

/* Panic unless the MMU is on and MAIR has the memory types of pte.h. */
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

#define WORD_BITS (sizeof(long) * 8)

/* (A) CPUs between begin and end of a break, a bit each. */
static unsigned long breaking[(NR_CPUS + WORD_BITS - 1) / WORD_BITS];

/* Note whether this CPU, which cannot change meanwhile, is breaking. */
static void set_breaking(bool is_breaking)
{
	unsigned int cpu = xmem_port_cpu();
	unsigned long *word = &breaking[cpu / WORD_BITS];
	unsigned long bit = 1UL << cpu % WORD_BITS;

	if (is_breaking) {
		__atomic_fetch_or(word, bit, __ATOMIC_RELAXED);
	} else {
		__atomic_fetch_and(word, ~bit, __ATOMIC_RELAXED);
	}
}

void xmem_arch_break_flush(unsigned long va, unsigned long nr)
{
	xmem_tlb_flush_range(va, nr);
}

void xmem_arch_set_alias(xmem_pte_t *entry)
{
	alias_entry = entry;
}

/* The table of @slot, frame @table, at an address outside the direct map. */
static xmem_pte_t *open_alias(const xmem_pte_t *slot, unsigned long table)
{
	unsigned long offset = (unsigned long)slot & (PAGE_SIZE - 1);

	XMEM_PANIC_IF(alias_entry == NULL,
		      "mmu: table %lx lies in what is to be broken: call "
		      "arch_init_frametable() first\n",
		      table);
	xmem_pte_write(alias_entry,
		       xmem_pte_leaf(table, PAGE_HYPERVISOR_RW, 0));
	xmem_arch_pt_made(CPU_ALIAS_VIRT, 1, false);
	return (xmem_pte_t *)(CPU_ALIAS_VIRT + offset);
}

static void close_alias(void)
{
	xmem_pte_write(alias_entry, xmem_pte_none());
	xmem_arch_break_flush(CPU_ALIAS_VIRT, 1);
}

/* Panic if the stack or the code in use is in the range: once it is broken, no
 * message could be printed. */
XMEM_PORT_CALLBACK static void check_not_in_use(unsigned long va,
						unsigned long nr)
{
	unsigned long bytes = nr << PAGE_SHIFT;

	XMEM_PANIC_IF((unsigned long)__builtin_frame_address(0) - va < bytes ||
			      (unsigned long)check_not_in_use - va < bytes,
		      "mmu: %lu pages at %lx are to be broken and hold the "
		      "stack or the code in use: map these by pages\n",
		      nr, va);
}

xmem_pte_t *xmem_stage1_break_begin(struct xmem_arch_break *brk,
				    xmem_pte_t *slot, unsigned long table,
				    unsigned long va, unsigned long nr)
{
	check_not_in_use(va, nr);
	brk->irq_flags = xmem_cpu_irq_save();
	brk->aliased = (unsigned long)slot - va < nr << PAGE_SHIFT;
	if (brk->aliased) {
		slot = open_alias(slot, table);
	}
	set_breaking(true);
	__atomic_fetch_add(&begun, 1, __ATOMIC_RELAXED);
	/* A CPU that finds an entry gone must find the count changed. The
	 * atomic operation alone does not order the writes that follow. */
	xmem_dsb_writes(false);
	return slot;
}

void xmem_arch_break_end(const struct xmem_arch_break *brk)
{
	/* All table walkers see the new entries, this CPU's, too. */
	xmem_dsb_writes(false);
	xmem_isb();
	__atomic_fetch_add(&ended, 1, __ATOMIC_RELEASE);
	set_breaking(false);
	if (brk->aliased) {
		close_alias();
	}
	xmem_cpu_irq_restore(brk->irq_flags);
}

/* Return: 1 if this CPU is between begin and end of a break, else 0. */
static unsigned int nr_own(void)
{
	unsigned long flags = xmem_cpu_irq_save();
	unsigned int cpu = xmem_port_cpu();
	unsigned long word =
		__atomic_load_n(&breaking[cpu / WORD_BITS], __ATOMIC_RELAXED);

	xmem_cpu_irq_restore(flags);
	return word >> cpu % WORD_BITS & 1;
}

XMEM_API_MAPS bool xmem_mmu_spurious_fault(unsigned long va)
{
	unsigned int own = nr_own();

	for (;;) {
		unsigned int nr = __atomic_load_n(&begun, __ATOMIC_ACQUIRE);
		unsigned int over = __atomic_load_n(&ended, __ATOMIC_ACQUIRE);

		/* The counts must be read before the look at the address. */
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
