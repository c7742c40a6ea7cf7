/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fault.c - what the syndrome register says, in the words of the contract
 *
 * Source: DDI 0487, ESR_ELx, and the fault status codes of D17.
 */
#include "boot.h"

#define EC_FETCH 0x21U /* instruction abort, from the level we run at */
#define EC_DATA	 0x25U /* data abort, from the level we run at */

/* Fault status codes, the level of the table in the low two bits. */
#define FSC_LEVEL	2U
#define FSC_TRANSLATION 1U
#define FSC_PERMISSION	3U

#define ISS_WRITE  (1UL << 6)
#define ISS_NO_FAR (1UL << 10)

/* Synchronous, from the level that we run at, on the ordinary stack: the
 * first of the vectors. */
bool boot_can_recover(const struct boot_frame *frame)
{
	return frame->kind == 0;
}

static enum contract_cause cause_of(unsigned long esr)
{
	unsigned int class = (unsigned int)(esr >> 26) & 0x3f;
	unsigned int fsc = (unsigned int)(esr & 0x3f) >> FSC_LEVEL;

	if ((class != EC_FETCH && class != EC_DATA) ||
	    (esr & ISS_NO_FAR) != 0) {
		return CAUSE_OTHER;
	}
	if (fsc == FSC_TRANSLATION) {
		return CAUSE_NOT_PRESENT;
	}
	if (fsc != FSC_PERMISSION) {
		return CAUSE_OTHER;
	}
	if (class == EC_FETCH) {
		return CAUSE_NO_EXEC;
	}
	return (esr & ISS_WRITE) != 0 ? CAUSE_NO_WRITE : CAUSE_OTHER;
}

void boot_fault_decode(const struct boot_frame *frame,
		       struct contract_fault *fault)
{
	unsigned long esr = boot_read_esr();

	fault->cause = boot_can_recover(frame) ? cause_of(esr) : CAUSE_OTHER;
	fault->va = boot_read_far();
	fault->pc = frame->pc;
	fault->raw = esr;
}
