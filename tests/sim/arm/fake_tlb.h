/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_tlb.h - what Arm's TLB instructions make a CPU forget, as a model
 *
 * Notes the pages that each instruction names and the order of instructions
 * and barriers.
 */
#ifndef FAKE_TLB_H
#define FAKE_TLB_H

#include <arch/barrier.h>
#include <arch/cpu.h>

#include "test.h"
#include "tlbi_op.h"

#define FAKE_TLB_MOST 80U

struct fake_tlb {
	struct tlbi_span forgotten[FAKE_TLB_MOST];
	unsigned int nr;	/* of these */
	unsigned int nr_ranges; /* from instructions for ranges */
	bool everything;	/* was forgotten */
	bool local;		/* instructions and barriers: of this CPU */
	/* A letter each: writes waited for (w), TLBI (t), DSB (d), ISB (i). */
	char order[FAKE_TLB_MOST + 8];
};
extern struct fake_tlb fake_tlb;

/** Nothing has been done yet. */
void fake_tlb_reset(void);

#endif /* FAKE_TLB_H */
