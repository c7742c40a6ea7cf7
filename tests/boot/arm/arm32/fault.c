/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fault.c - what the fault registers say, in the words of the contract
 *
 * PL1 has a status and an address register for data and for fetches, in the
 * format of the long descriptors; Hyp mode has one syndrome register for all.
 * Source: DDI 0406, B3.13, B4.1 (DFSR, IFSR, HSR).
 */
#include "boot.h"

#define CLASS_FETCH 0x21U /* prefetch abort, from Hyp mode */
#define CLASS_DATA  0x25U /* data abort, from Hyp mode */

/* Fault status codes, the level of the table in the low two bits. */
#define STATUS_LEVEL	   2U
#define STATUS_TRANSLATION 1U
#define STATUS_PERMISSION  3U

#define DFSR_WRITE (1UL << 11)
#define HSR_WRITE  (1UL << 6)

bool boot_can_recover(const struct boot_frame *frame)
{
	unsigned long top = boot_this_cpu()->trap_top;

	if (frame->kind != BOOT_KIND_FETCH && frame->kind != BOOT_KIND_DATA) {
		return false;
	}
	/* Not a fault of the handler itself: a mode of its own at PL1, the
	 * trap stack in Hyp mode. */
	return boot_has_own_regime()
		       ? frame->sp > top || frame->sp < top - BOOT_TRAP_STACK
		       : (frame->psr & BOOT_MODE_MASK) == BOOT_MODE_SVC;
}

static enum contract_cause cause_of(unsigned int status, bool fetch, bool write)
{
	if (status >> STATUS_LEVEL == STATUS_TRANSLATION) {
		return CAUSE_NOT_PRESENT;
	}
	if (status >> STATUS_LEVEL != STATUS_PERMISSION) {
		return CAUSE_OTHER;
	}
	if (fetch) {
		return CAUSE_NO_EXEC;
	}
	return write ? CAUSE_NO_WRITE : CAUSE_OTHER;
}

static void decode_hyp(struct contract_fault *fault)
{
	unsigned long hsr = BOOT_READ(4, 5, 2, 0);
	unsigned int class = (unsigned int)(hsr >> 26);
	bool fetch = class == CLASS_FETCH;

	fault->raw = hsr;
	fault->va = fetch ? BOOT_READ(4, 6, 0, 2) : BOOT_READ(4, 6, 0, 0);
	if (fetch || class == CLASS_DATA) {
		fault->cause =
			cause_of(hsr & 0x3f, fetch, (hsr & HSR_WRITE) != 0);
	}
}

static void decode_pl1(bool fetch, struct contract_fault *fault)
{
	unsigned long fsr =
		fetch ? BOOT_READ(0, 5, 0, 1) : BOOT_READ(0, 5, 0, 0);

	fault->raw = fsr;
	fault->va = fetch ? BOOT_READ(0, 6, 0, 2) : BOOT_READ(0, 6, 0, 0);
	fault->cause = cause_of(fsr & 0x3f, fetch, (fsr & DFSR_WRITE) != 0);
}

void boot_fault_decode(const struct boot_frame *frame,
		       struct contract_fault *fault)
{
	fault->cause = CAUSE_OTHER;
	fault->pc = frame->pc;
	if (frame->kind != BOOT_KIND_FETCH && frame->kind != BOOT_KIND_DATA) {
		return;
	}
	if (boot_has_own_regime()) {
		decode_hyp(fault);
	} else {
		decode_pl1(frame->kind == BOOT_KIND_FETCH, fault);
	}
}
