/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_cpu.h - what an x86-64 CPU remembers of the page tables, as a model
 *
 * The CPU keeps translations of FAKE_PAGES pages from FAKE_VA on, for
 * FAKE_PCIDS process contexts, and, in its paging-structure caches, where the
 * tables are: one for FAKE_REGION pages. What an instruction makes it forget
 * is the least that the Intel SDM, vol. 3A, 4.10.4.1 promises, never more.
 *
 * The CPU is hostile: before each instruction it walks the tables on its own
 * for every page, in the context that it is in, and remembers what it finds.
 * Where a table is gone but still known to it, it finds garbage. An interrupt
 * may come before any instruction, once.
 *
 * What the manual answers with an exception fails the test.
 */
#ifndef FAKE_CPU_H
#define FAKE_CPU_H

#include <arch/cpu.h>

#include "test.h"

#define FAKE_PCIDS   3U
#define FAKE_PAGES   160UL
#define FAKE_REGION  64UL
#define FAKE_REGIONS ((FAKE_PAGES + FAKE_REGION - 1) / FAKE_REGION)
#define FAKE_VA	     0x10000000UL

/* Kinds of translation of a page in a context, as bits. */
enum { FAKE_LOCAL = 1, FAKE_GLOBAL = 2 };

/* What the page tables say, in all contexts. */
struct fake_tables {
	bool gone;	/* freed, and used for something else */
	bool is_global; /* bit G of the leaves */
	unsigned long first, nr_unmapped; /* these pages are not mapped */
};

struct fake_cpu {
	struct fake_tables pt;
	uint64_t cr3, cr4;
	bool has_invpcid;
	unsigned char tlb[FAKE_PCIDS][FAKE_PAGES];
	bool table[FAKE_PCIDS][FAKE_REGIONS];
	/* Instructions so far. */
	unsigned int nr_invlpg, nr_invpcid, nr_cr3, nr_cr4;
	/* Runs before the instruction after the next @countdown. */
	void (*interrupt)(void);
	unsigned int countdown;
};
extern struct fake_cpu fake_cpu;

/** A CPU that remembers nothing, in context 0, with these bits of CR4. */
void fake_power_on(unsigned long cr4, bool has_invpcid);

/** Remember all that the tables say, in every context that there can be. */
void fake_use_all(void);

/** The context that the CPU is in. */
unsigned int fake_pcid(void);

/** Translations of pages [first, first + nr), of any context; tables known. */
unsigned long fake_nr_known(unsigned long first, unsigned long nr);
unsigned long fake_nr_tables(void);

/** All four types of the instruction; the library uses type 2 alone. */
void fake_invpcid(unsigned int type, unsigned int pcid, unsigned long va);

#endif /* FAKE_CPU_H */
