/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arm_cpu.h - an arm64 CPU that uses freedoms the manual gives it
 *
 * The machine of tests/sim with entries read by DDI 0487, D8.3, and:
 *
 *  Walks	see an entry as it was until a DSB follows the write; those of
 *		hart 1 until it is one for all.
 *  The TLB	decides about rights by what it holds. An entry that is written
 *		over another, while a translation by the other one is known,
 *		ends the test (D8.16.1), but for what FEAT_BBM allows; so does a
 *		group with the contiguous hint whose entries do not agree, when
 *		it is used.
 *  Caches	What is written is in the data cache, and not in RAM before it
 *		is cleaned and a DSB SY has waited for that.
 *
 * EL1 or EL2 without VHE, lower half. Hart 1 hears of what is broadcast, and of
 * nothing else. Not modelled: caches of the tables above a
 * page, what a missing ISB leaves, the time between TLBI and DSB (test_tlb.c
 * has the order of these), and translations that are not in the TLB because
 * nobody used the page.
 */
#ifndef ARM_CPU_H
#define ARM_CPU_H

#include "../sim_machine.h"

/** Which CPU it is. */
struct arm_cpu {
	bool own_regime; /* EL2 without VHE; else EL1 */
	bool tlbi_range;
	unsigned int bbm_level;
};
/** Defined by the test. */
extern const struct arm_cpu arm_cpu;

/** While it is set, the CPU keeps account of what is in RAM and not only in
 *  caches: slow. */
extern bool arm_watch_caches;

/** The word at @pa as a guest reads it whose caches are off: what was cleaned
 *  while that was watched, else anything. */
uint64_t arm_guest_reads(uint64_t pa);

/** Registers as a port may have them wrong: what TCR says, what TTBR has
 *  beside the address of the root, MAIR, SCTLR.M. */
struct arm_registers {
	unsigned int va_bits, page_shift;
	uint64_t ttbr_more;
	uint32_t mair;
	bool mmu_is_off;
};
extern struct arm_registers arm_registers;

/** Instructions that flushed a range. */
extern unsigned long arm_nr_ranges;

/** Times all instruction caches were emptied; interrupts are masked. */
extern unsigned long arm_nr_ic_all;
extern bool arm_masked;

#endif /* ARM_CPU_H */
