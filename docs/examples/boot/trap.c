/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trap.c - handle traps: interrupts, and faults that a test expects
 *
 * Decide: may a CPU fault on a mapped address (ARCH_HAS_SPURIOUS_FAULTS)? Then
 * call xmem_mmu_spurious_fault() first, and run the instruction again if it
 * returns true (tests/boot/arm/trap.c).
 */
#include "boot.h"

static enum contract_cause cause_of(const struct boot_frame *frame)
{
	if (frame->kind == BOOT_TRAP_STACK ||
	    (frame->kind == BOOT_TRAP_PAGE && boot_is_in_guard(frame->va))) {
		return CAUSE_STACK;
	}
	if (frame->kind != BOOT_TRAP_PAGE) {
		return CAUSE_OTHER;
	}
	if ((frame->reason & SKEL_REASON_PRESENT) == 0) {
		return CAUSE_NOT_PRESENT;
	}
	if ((frame->reason & SKEL_REASON_FETCH) != 0) {
		return CAUSE_NO_EXEC;
	}
	return (frame->reason & SKEL_REASON_WRITE) != 0 ? CAUSE_NO_WRITE
							: CAUSE_OTHER;
}

XMEM_NORETURN static void stop(const struct boot_frame *frame)
{
	struct contract_fault *fault = boot_catcher();

	if (fault == NULL) {
		boot_bail_out("trap %lu, reason %lx, pc %lx, va %lx",
			      frame->kind, frame->reason, frame->pc, frame->va);
	}
	fault->cause = cause_of(frame);
	fault->va = frame->va;
	fault->pc = frame->pc;
	fault->raw = frame->reason;
	boot_recover();
}

void boot_trap(const struct boot_frame *frame)
{
	switch (frame->kind) {
	case BOOT_TRAP_WAKE: /* boot_ap_main() looks */
		return;
	case BOOT_TRAP_FLUSH:
		boot_answer_flush();
		return;
	default:
		stop(frame);
	}
}
