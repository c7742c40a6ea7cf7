/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * x86_cpu.c - entries, and the instructions that flush
 */
#include "x86_cpu.h"

#include <arch/cpu.h>
#include <arch/layout.h>
#include <arch/tlb.h>

#include <xmem/config.h>
#include <xmem/port.h>

#define BIT(n)	   ((uint64_t)1 << (n))
#define BITS(h, l) ((BIT((h) - (l) + 1) - 1) << (l))

/* SDM 3A, tables 4-15 to 4-20. */
#define PRESENT	 BIT(0)
#define WRITE	 BIT(1)
#define USER	 BIT(2)
#define TYPE(e)	 ((unsigned int)((e) >> 3 & 3)) /* PWT, PCD */
#define ACCESSED BIT(5)
#define DIRTY	 BIT(6)
#define BLOCK	 BIT(7) /* at level 0: PAT */
#define GLOBAL	 BIT(8)
#define IGNORED	 BITS(62, 52)
#define NX	 BIT(63)
#define FRAME	 BITS(51, 12)

static void check_leaf(uint64_t e, unsigned int level)
{
	bool is_write = (e & WRITE) != 0;
	bool is_dirty = (e & DIRTY) != 0;

	sim_need(level < 2 || (level == 2 && x86_cpu.has_1g),
		 "a block too large");
	sim_need(level > 0 || (e & BLOCK) == 0, "the PAT index of a page");
	sim_need(level == 0 || (e & BIT(12)) == 0, "the PAT index of a block");
	sim_need((e & (USER | IGNORED)) == 0, "bits that are not used");
	sim_need((e & GLOBAL) != 0, "a leaf of one context alone");
	sim_need((e & ACCESSED) != 0, "the CPU would set accessed");
	sim_need(!is_write || is_dirty, "the CPU would set dirty");
	sim_need(is_write || !is_dirty, "a page of a shadow stack");
}

struct sim_entry sim_decode(uint64_t slot, uint64_t e, unsigned int level)
{
	struct sim_entry entry = {
		.pa = e & FRAME,
		.can_write = (e & WRITE) != 0,
		.can_exec = (e & NX) == 0,
		.type = TYPE(e),
	};

	(void)slot;
	if ((e & PRESENT) == 0) {
		sim_need(e == 0 || !sim_is_ram(e & FRAME),
			 "an entry that is not present and leads to RAM");
		return entry;
	}
	if (level > 0 && (e & BLOCK) == 0) {
		sim_need((e & ~FRAME) == (PRESENT | WRITE | ACCESSED),
			 "a table with other rights than all");
		entry.kind = SIM_TABLE;
		return entry;
	}
	check_leaf(e, level);
	entry.kind = SIM_LEAF;
	return entry;
}

unsigned int sim_largest_order(void)
{
	return x86_cpu.has_1g ? 18 : 9;
}

uint64_t sim_walker_reads(uint64_t slot)
{
	return sim_peek(slot);
}

/* SDM 3A, 4.10.4.3: a page fault drops the translation that led to it. */
const bool sim_walks_again = true;

/* Canonical: bits from the last one translated on are the same. */
bool sim_is_va(unsigned long va)
{
	unsigned long high = va >> (SIM_VA_BITS - 1);

	return high == 0 || high == ~0UL >> (SIM_VA_BITS - 1);
}

uint64_t sim_boot_table(uint64_t pa)
{
	return pa | PRESENT | WRITE | ACCESSED;
}

uint64_t sim_boot_leaf(uint64_t pa, unsigned int level)
{
	return pa | (level > 0 ? BLOCK : 0) | PRESENT | WRITE | ACCESSED |
	       DIRTY | GLOBAL | NX;
}

/* ---- instructions ---- */

bool xmem_cpu_has_1g(void)
{
	return x86_cpu.has_1g;
}

unsigned long xmem_cpu_read_root(void)
{
	return (unsigned long)(sim_root >> PAGE_SHIFT);
}

/* SDM 3A, table 11-11: entries 4 to 7 of PAT are the same again. */
struct x86_registers x86_registers = {
	.cr0 = 1UL << 31 | 1UL << 16 | 1, /* PG, WP, PE */
	.efer = 1 << 11 | 1 << 8,	  /* NXE, LME */
	.pat = 0x0001040600010406,
};

unsigned long xmem_cpu_read_cr0(void)
{
	return x86_registers.cr0;
}

uint64_t xmem_cpu_rdmsr(uint32_t msr)
{
	sim_need(msr == 0x277 || msr == 0xc0000080, "another MSR");
	return msr == 0x277 ? x86_registers.pat : x86_registers.efer;
}

bool xmem_cpu_has_invpcid(void)
{
	return false;
}

void xmem_cpu_invpcid_all(void)
{
	sim_need(false, "no such instruction");
}

void xmem_cpu_invlpg(unsigned long va)
{
	sim_drop(va, 1);
}

unsigned long xmem_cpu_read_cr3(void)
{
	return (unsigned long)sim_root;
}

/* Global translations stay, if there are such. */
void xmem_cpu_write_cr3(unsigned long v)
{
	sim_need(v == sim_root, "another root");
	if ((xmem_cpu_read_cr4() & XMEM_CR4_PGE) == 0) {
		sim_drop_all();
	}
}

/* PGE, the one bit that changes, is the other way. */
static bool is_flipped;

unsigned long xmem_cpu_read_cr4(void)
{
	return is_flipped ? x86_cpu.cr4 ^ XMEM_CR4_PGE : x86_cpu.cr4;
}

/* A change of PGE drops everything, nothing else does. */
void xmem_cpu_write_cr4(unsigned long v)
{
	unsigned long change = v ^ xmem_cpu_read_cr4();

	sim_need((change & ~XMEM_CR4_PGE) == 0, "other bits of CR4");
	if (change != 0) {
		is_flipped = !is_flipped;
		sim_drop_all();
	}
}

/* ---- the port ---- */

const struct sim_boot sim_boot = {DIRECTMAP_VIRT_START, 0, 1};

void xmem_port_tlb_flush(unsigned long va, unsigned long nr_pages)
{
	sim_on_all(xmem_tlb_flush_local, va, nr_pages);
}
