/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arm_cpu.c - entries, barriers, TLB and caches of the CPU
 */
#define _GNU_SOURCE

#include "arm_cpu.h"

#include <sys/mman.h>
#include <unistd.h>

#include <arch/barrier.h>
#include <arch/cpu.h>
#include <arch/layout.h>
#include <arch/tlb.h>

#include <xmem/config.h>
#include <xmem/port.h>

#include "tlbi_op.h"

_Static_assert(SIM_SPACE_END <= 1UL << 38 || SIM_HAS_ASAN,
	       "all windows lie below 2^38, in the lower half of 39 bits");

#define BIT(n)	   ((uint64_t)1 << (n))
#define BITS(h, l) ((BIT((h) - (l) + 1) - 1) << (l))

/* DDI 0487, D8.3.1: the stage 1 descriptors. */
#define VALID	BIT(0)
#define TABLE	BIT(1) /* at level 0: page */
#define TYPE(e) ((unsigned int)((e) >> 2 & 7))
#define AP1	BIT(6)
#define RO	BIT(7)
#define SH	BITS(9, 8)
#define AF	BIT(10)
#define NG	BIT(11)
#define CONT	BIT(52)
#define PXN	BIT(53)
#define UXN	BIT(54) /* or XN */
#define OWN	BITS(58, 55)
#define RES0	(BITS(63, 59) | BITS(51, 48))
#define OA	(BITS(47, 0) & ~(uint64_t)(PAGE_SIZE - 1))

/* Table D8-20: granules, and how many entries the hint joins. */
#define GROUP (PAGE_SHIFT == 14 ? 128U : PAGE_SHIFT == 12 ? 16U : 32U)

/* ---- writes that walks do not see yet ---- */

#define PENDING_BITS 18U
#define NR_PENDING   (1UL << PENDING_BITS)

struct pending {
	uint64_t slot;
	uint64_t seen;	      /* instead of what is there */
	unsigned long period; /* that it was written in */
};

/* Those that the walker of a hart does not see. */
static struct unseen {
	struct pending write[NR_PENDING];
	unsigned long before; /* periods that have ended */
	unsigned long nr;
} unseen[SIM_NR_HARTS];

static unsigned long period_of(const struct unseen *u)
{
	return u->before + 1;
}

/* Where @slot is, or may be put. */
static struct pending *find(struct unseen *u, uint64_t slot)
{
	unsigned long i = sim_hash(slot, PENDING_BITS);

	while (u->write[i].period == period_of(u) && u->write[i].slot != slot) {
		i = (i + 1) % NR_PENDING;
	}
	return &u->write[i];
}

static void remember(struct unseen *u, uint64_t slot)
{
	struct pending *write = find(u, slot);

	if (write->period != period_of(u)) {
		u->nr++;
		sim_need(u->nr < NR_PENDING / 2,
			 "very many writes without a barrier");
		*write = (struct pending){slot, sim_peek(slot), period_of(u)};
	}
}

uint64_t sim_walker_reads(uint64_t slot)
{
	struct unseen *u = &unseen[sim_walker];
	const struct pending *write = find(u, slot);

	return write->period == period_of(u) ? write->seen : sim_peek(slot);
}

/* A barrier: hart 0, or all, see what was written before. */
static void publish(bool local)
{
	for (unsigned int i = 0; i < (local ? 1 : SIM_NR_HARTS); i++) {
		unseen[i].before++;
		unseen[i].nr = 0;
	}
}

/* ---- entries ---- */

/* All of the group say the same, and lead to consecutive frames. */
static void check_group(uint64_t slot, uint64_t e)
{
	unsigned long me = (unsigned long)(slot / 8) % GROUP;

	for (unsigned long i = 0; i < GROUP; i++) {
		uint64_t other = sim_walker_reads(slot - me * 8 + i * 8);

		sim_need((other & ~OA) == (e & ~OA) &&
				 (other & OA) ==
					 (e & OA) +
						 ((uint64_t)i << PAGE_SHIFT) -
						 ((uint64_t)me << PAGE_SHIFT),
			 "entries with the contiguous hint do not agree");
	}
	sim_need(((e & OA) >> PAGE_SHIFT) % GROUP == me,
		 "a group with the contiguous hint is not aligned");
}

static void check_leaf(uint64_t slot, uint64_t e, unsigned int level)
{
	bool page = (e & TABLE) != 0;

	sim_need(page == (level == 0), "a reserved kind of entry");
	sim_need(level < (PAGE_SHIFT == 12 ? 3U : 2U), "a block too large");
	sim_need((e & (RES0 | OWN | NG)) == 0, "bits that are not used");
	sim_need((e & SH) == SH, "memory that is not inner shareable");
	if (arm_cpu.own_regime) {
		sim_need((e & (AP1 | PXN)) == AP1, "bits that EL2 has not");
	} else {
		sim_need((e & (AP1 | UXN)) == UXN, "memory for EL0");
	}
	if ((e & CONT) != 0) {
		sim_need(level == 0, "the hint above pages");
		check_group(slot, e);
	}
}

struct sim_entry sim_decode(uint64_t slot, uint64_t e, unsigned int level)
{
	struct sim_entry entry = {.pa = e & OA};

	if ((e & VALID) == 0) {
		return entry;
	}
	if (level > 0 && (e & TABLE) != 0) {
		sim_need((e & ~OA) == (VALID | TABLE), "a table with rights");
		entry.kind = SIM_TABLE;
		return entry;
	}
	check_leaf(slot, e, level);
	entry.kind = (e & AF) != 0 ? SIM_LEAF : SIM_NONE;
	entry.can_write = (e & RO) == 0;
	entry.can_exec = (e & (arm_cpu.own_regime ? UXN : PXN)) == 0;
	entry.type = TYPE(e);
	return entry;
}

unsigned int sim_largest_order(void)
{
	return PAGE_SHIFT == 12 ? 18 : PAGE_SHIFT - 3;
}

const bool sim_walks_again = false;

bool sim_is_va(unsigned long va)
{
	return va >> SIM_VA_BITS == 0;
}

uint64_t sim_boot_table(uint64_t pa)
{
	return pa | VALID | TABLE;
}

uint64_t sim_boot_leaf(uint64_t pa, unsigned int level)
{
	return pa | VALID | (level == 0 ? TABLE : 0) | SH | AF | UXN |
	       (arm_cpu.own_regime ? AP1 : PXN);
}

/* ---- break before make: D8.16.1 ---- */

/* FEAT_BBM, level 2. */
static bool may_resize(void)
{
	return XMEM_PORT_BBM_NO_ABORT && arm_cpu.bbm_level >= 2;
}

/* Does the first entry of @table, of level @level - 1, begin what @block is? */
static bool same_memory(uint64_t block, uint64_t table)
{
	uint64_t first = sim_peek(table & OA);

	return (first & OA) == (block & OA) &&
	       ((first ^ block) & ~(OA | TABLE | CONT)) == 0;
}

/* May @to be written over @from, both present? */
static bool may_replace(uint64_t from, uint64_t to)
{
	uint64_t change = from ^ to;

	if ((change & TABLE) != 0) {
		return may_resize() &&
		       ((from & TABLE) != 0 ? same_memory(to, from)
					    : same_memory(from, to));
	}
	if (((from | to) & CONT) != 0) {
		return may_resize() && change == CONT;
	}
	return (change & ~(RO | PXN | UXN)) == 0;
}

/* May @to be written while the TLB knows @from? What is allowed step by step
 * may have been done in two steps without a flush. */
static bool may_follow(uint64_t from, uint64_t to)
{
	if (may_resize() && ((from ^ to) & TABLE) != 0) {
		return true;
	}
	if (may_resize() && (to & CONT) == 0) {
		from &= ~CONT;
	}
	return may_replace(from, to);
}

static uint64_t pa_of(unsigned long va)
{
	struct sim_translation t;

	sim_need(sim_translate(va, &t), "an access to what is not mapped");
	return t.pa;
}

uint64_t xmem_cpu_read64(const uint64_t *p)
{
	return *(const volatile uint64_t *)p;
}

void xmem_cpu_write64(uint64_t *p, uint64_t v)
{
	uint64_t slot = pa_of((unsigned long)p);
	uint64_t known = sim_known_by(slot, v);
	uint64_t old = sim_peek(slot);

	if ((v & VALID) != 0 && known != v) {
		sim_need(may_follow(known, v) &&
				 ((old & VALID) == 0 || old == v ||
				  may_replace(old, v)),
			 "an entry is made before the old one is broken");
	}
	for (unsigned int i = 0; i < SIM_NR_HARTS; i++) {
		remember(&unseen[i], slot);
	}
	*(volatile uint64_t *)p = v;
}

/* ---- barriers ---- */

void xmem_dsb_writes(bool local)
{
	publish(local);
}

void xmem_dsb(bool local)
{
	publish(local);
}

void xmem_isb(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/* ---- the TLB ---- */

static void drop(unsigned long va, unsigned long nr, bool local)
{
	if (local) {
		sim_drop(va, nr);
	} else {
		sim_on_all(sim_drop, va, nr);
	}
}

void xmem_cpu_tlbi_all(bool local)
{
	drop(0, ~0UL, local);
}

void xmem_cpu_tlbi_page(unsigned long va, bool local)
{
	drop(va, 1, local);
}

bool xmem_cpu_has_tlbi_range(void)
{
	return arm_cpu.tlbi_range;
}

unsigned long arm_nr_ranges;

void xmem_cpu_tlbi_range(uint64_t op, bool local)
{
	struct tlbi_span span = tlbi_read_op(op);

	sim_need(arm_cpu.tlbi_range && XMEM_PORT_TLBI_RANGE,
		 "an instruction that not all CPUs have");
	arm_nr_ranges++;
	drop((unsigned long)span.first << PAGE_SHIFT, (unsigned long)span.nr,
	     local);
}

bool xmem_cpu_can_read(unsigned long va)
{
	struct sim_translation t;

	return sim_translate(va, &t);
}

/* ---- caches ---- */

#define LINE	 64UL
#define NR_LINES (PAGE_SIZE / LINE)

unsigned long arm_nr_ic_all;
bool arm_watch_caches;

static int behind = -1; /* RAM, behind the caches, each word ^ NOT_CLEANED */
#define NOT_CLEANED ((uint64_t)0xdeadULL)
static uint64_t cleaned[NR_LINES];
static unsigned long nr_cleaned;

unsigned long xmem_cpu_dcache_line(void)
{
	return LINE;
}

void xmem_cpu_dc_civac(unsigned long va)
{
	if (arm_watch_caches) {
		sim_need(nr_cleaned < NR_LINES,
			 "very many lines without a barrier");
		cleaned[nr_cleaned++] = pa_of(va) & ~(uint64_t)(LINE - 1);
	}
}

void xmem_cpu_ic_all(void)
{
	arm_nr_ic_all++;
}

static void open_behind(void)
{
	if (behind < 0) {
		behind = memfd_create("behind", 0);
		sim_need(behind >= 0, "memfd_create");
	}
}

void xmem_dsb_system(void)
{
	open_behind();
	publish(false);
	for (unsigned long i = 0; i < nr_cleaned; i++) {
		for (uint64_t at = 0; at < LINE; at += 8) {
			uint64_t word = sim_peek(cleaned[i] + at);

			word ^= NOT_CLEANED;
			sim_need(pwrite(behind, &word, 8,
					(off_t)(cleaned[i] + at)) == 8,
				 "pwrite");
		}
	}
	nr_cleaned = 0;
}

/* Where nothing was written, the file is zeroes or ends. */
uint64_t arm_guest_reads(uint64_t pa)
{
	uint64_t word = 0;

	open_behind();
	sim_need(pread(behind, &word, 8, (off_t)pa) >= 0, "pread");
	return word ^ NOT_CLEANED;
}

/* ---- registers ---- */

bool arm_masked;
/* Types 0 to 3: write-back, write-through, non-cacheable, device nGnRE. */
struct arm_registers arm_registers = {48, PAGE_SHIFT, 0, 0x0444bbff, false};

bool xmem_cpu_has_own_regime(void)
{
	return arm_cpu.own_regime;
}

uint64_t xmem_cpu_read_ttbr(bool upper)
{
	sim_need(!upper, "the upper half is not that of a process");
	return sim_root | arm_registers.ttbr_more;
}

unsigned int xmem_cpu_va_bits(bool upper)
{
	(void)upper;
	return arm_registers.va_bits;
}

unsigned int xmem_cpu_page_shift(bool upper)
{
	(void)upper;
	return arm_registers.page_shift;
}

uint32_t xmem_cpu_read_mair(void)
{
	return arm_registers.mair;
}

bool xmem_cpu_mmu_is_on(void)
{
	return !arm_registers.mmu_is_off;
}

unsigned int xmem_cpu_bbm_level(void)
{
	return arm_cpu.bbm_level;
}

unsigned long xmem_cpu_irq_save(void)
{
	unsigned long flags = arm_masked;

	arm_masked = true;
	return flags;
}

void xmem_cpu_irq_restore(unsigned long flags)
{
	arm_masked = flags != 0;
}

/* ---- the port ---- */

const struct sim_boot sim_boot = {SIM_BOOT_VIRT, SIM_RAM_START, 0};

void xmem_port_tlb_flush(unsigned long va, unsigned long nr_pages)
{
	xmem_tlb_flush_range(va, nr_pages);
}
