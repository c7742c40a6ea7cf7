/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_cpu.c - the TLB and the paging-structure caches of the model
 */
#include "fake_cpu.h"

#include <xmem/config.h>

#define CR3_PCID  0xfffULL
#define CR3_KEEP  ((uint64_t)1 << 63) /* of a write: forget nothing */
#define CR3_ROOT  0x5000ULL
#define NO_PAGE	  FAKE_PAGES
#define CR4_KNOWN (XMEM_CR4_PGE | XMEM_CR4_PCIDE)

struct fake_cpu fake_cpu;
#define cpu fake_cpu

static bool has(unsigned long bit)
{
	return (cpu.cr4 & bit) != 0;
}

unsigned int fake_pcid(void)
{
	return has(XMEM_CR4_PCIDE) ? (unsigned int)(cpu.cr3 & CR3_PCID) : 0;
}

/* ---- remembering ---- */

static bool is_mapped(unsigned long page)
{
	return page - cpu.pt.first >= cpu.pt.nr_unmapped;
}

/* The CPU walks the tables for every page. */
static void walk_all(void)
{
	unsigned int pcid = fake_pcid();
	int kind = cpu.pt.is_global && has(XMEM_CR4_PGE) ? FAKE_GLOBAL
							 : FAKE_LOCAL;

	for (unsigned long i = 0; i < FAKE_PAGES; i++) {
		bool *table = &cpu.table[pcid][i / FAKE_REGION];

		*table = *table || !cpu.pt.gone;
		if (*table && (cpu.pt.gone || is_mapped(i))) {
			cpu.tlb[pcid][i] |= (unsigned char)kind;
		}
	}
}

/* Before every instruction. */
static void step(void)
{
	void (*interrupt)(void) = cpu.interrupt;

	walk_all();
	if (interrupt != NULL && cpu.countdown-- == 0) {
		cpu.interrupt = NULL;
		interrupt();
		walk_all();
	}
}

/* ---- forgetting ---- */

/* In context @pcid: translations of @kinds of @page, or of all. */
static void forget(unsigned int pcid, unsigned int kinds, unsigned long page)
{
	for (unsigned long i = 0; i < FAKE_PAGES; i++) {
		if (page == NO_PAGE || i == page) {
			cpu.tlb[pcid][i] &= (unsigned char)~kinds;
		}
	}
}

static void forget_tables(unsigned int pcid)
{
	memset(cpu.table[pcid], 0, sizeof(cpu.table[pcid]));
}

/* "All TLB entries associated with the PCID except those for global pages",
 * and all its entries in all paging-structure caches. */
static void forget_context(unsigned int pcid)
{
	forget(pcid, FAKE_LOCAL, NO_PAGE);
	forget_tables(pcid);
}

static void forget_everything(void)
{
	memset(cpu.tlb, 0, sizeof(cpu.tlb));
	memset(cpu.table, 0, sizeof(cpu.table));
}

static unsigned long page_of(unsigned long va)
{
	unsigned long page = (va - FAKE_VA) >> PAGE_SHIFT;

	assert_true(page < FAKE_PAGES);
	return page;
}

/* ---- instructions ---- */

void xmem_cpu_invlpg(unsigned long va)
{
	unsigned long page = page_of(va);

	step();
	cpu.nr_invlpg++;
	for (unsigned int i = 0; i < FAKE_PCIDS; i++) {
		forget(i, FAKE_GLOBAL, page);
	}
	forget(fake_pcid(), FAKE_LOCAL, page);
	forget_tables(fake_pcid());
}

void fake_invpcid(unsigned int type, unsigned int pcid, unsigned long va)
{
	step();
	cpu.nr_invpcid++;
	if (!cpu.has_invpcid) {
		fail_msg("#UD: invpcid on a CPU without it");
	}
	if (type > 3 || (type < 2 && pcid != 0 && !has(XMEM_CR4_PCIDE))) {
		fail_msg("#GP: invpcid of type %u", type);
	}
	if (type == 0) {
		forget(pcid, FAKE_LOCAL, page_of(va));
		cpu.table[pcid][page_of(va) / FAKE_REGION] = false;
	} else if (type == 1) {
		forget_context(pcid);
	} else if (type == 2) {
		forget_everything();
	} else {
		for (unsigned int i = 0; i < FAKE_PCIDS; i++) {
			forget_context(i);
		}
	}
}

void xmem_cpu_invpcid_all(void)
{
	fake_invpcid(2, 0, 0);
}

bool xmem_cpu_has_invpcid(void)
{
	return cpu.has_invpcid;
}

unsigned long xmem_cpu_read_cr3(void)
{
	return (unsigned long)cpu.cr3;
}

static void write_cr3(uint64_t v)
{
	bool keep = (v & CR3_KEEP) != 0;

	step();
	cpu.nr_cr3++;
	if (keep && !has(XMEM_CR4_PCIDE)) {
		fail_msg("#GP: bit 63 of CR3 without CR4.PCIDE");
	}
	cpu.cr3 = v & ~CR3_KEEP; /* The bit is never read back. */
	if (!keep) {
		forget_context(fake_pcid());
	}
}

void xmem_cpu_write_cr3(unsigned long v)
{
	write_cr3(v);
}

unsigned long xmem_cpu_read_cr4(void)
{
	return (unsigned long)cpu.cr4;
}

void xmem_cpu_write_cr4(unsigned long v)
{
	uint64_t changed = cpu.cr4 ^ v;

	step();
	cpu.nr_cr4++;
	if ((v & ~CR4_KNOWN) != 0) {
		fail_msg("#GP: CR4 = %lx", v);
	}
	if ((changed & v & XMEM_CR4_PCIDE) != 0 && (cpu.cr3 & CR3_PCID) != 0) {
		fail_msg("#GP: CR4.PCIDE goes on in context %lx",
			 (unsigned long)(cpu.cr3 & CR3_PCID));
	}
	if ((changed & XMEM_CR4_PGE) != 0 ||
	    (changed & ~v & XMEM_CR4_PCIDE) != 0) {
		forget_everything();
	}
	cpu.cr4 = v;
}

/* ---- for tests ---- */

void fake_power_on(unsigned long cr4, bool has_invpcid)
{
	memset(&cpu, 0, sizeof(cpu));
	cpu.cr3 = CR3_ROOT;
	cpu.cr4 = cr4;
	cpu.has_invpcid = has_invpcid;
}

void fake_use_all(void)
{
	uint64_t cr3 = cpu.cr3;

	for (unsigned int i = 0; i < FAKE_PCIDS; i++) {
		if (has(XMEM_CR4_PCIDE)) {
			write_cr3(CR3_ROOT | i | CR3_KEEP);
		}
		walk_all();
	}
	if (has(XMEM_CR4_PCIDE)) {
		write_cr3(cr3 | CR3_KEEP);
	}
	cpu.nr_cr3 = 0;
}

unsigned long fake_nr_known(unsigned long first, unsigned long nr)
{
	unsigned long known = 0;

	for (unsigned int k = 0; k < FAKE_PCIDS; k++) {
		for (unsigned long i = first; i < first + nr; i++) {
			known += cpu.tlb[k][i] != 0;
		}
	}
	return known;
}

unsigned long fake_nr_tables(void)
{
	const bool *table = &cpu.table[0][0];
	unsigned long known = 0;

	for (unsigned long i = 0; i < FAKE_PCIDS * FAKE_REGIONS; i++) {
		known += table[i];
	}
	return known;
}
