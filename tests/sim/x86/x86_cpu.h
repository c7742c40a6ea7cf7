/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * x86_cpu.h - an x86-64 CPU that speculates
 *
 * The machine of tests/sim with entries read by the SDM, vol. 3A, 4.5:
 * what is reserved or must not be set ends the test, and so does an entry that
 * is not present, but leads to RAM, where a CPU may go on speculating (L1
 * terminal fault). It would write to an entry whose accessed or dirty bit it
 * misses: also an error, as the library promises that no CPU ever does.
 *
 * Hart 1 flushes in the handler of the port's interrupt, and not otherwise.
 *
 * Not modelled: caches of the tables above a page, contexts (test_tlb.c has
 * both).
 */
#ifndef X86_CPU_H
#define X86_CPU_H

#include "../sim_machine.h"

/** Which CPU it is: CR4, and blocks of 1 GiB. */
struct x86_cpu {
	unsigned long cr4;
	bool has_1g;
};
/** Defined by the test. */
extern const struct x86_cpu x86_cpu;

/** Registers as a port may have them wrong. */
struct x86_registers {
	unsigned long cr0;
	uint64_t efer, pat;
};
extern struct x86_registers x86_registers;

#endif /* X86_CPU_H */
