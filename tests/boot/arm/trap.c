/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trap.c - what a fault means, and where it leads
 *
 * The handler runs on the trap stack of its CPU, which lies in the image: so
 * a fault of the ordinary stack is like any other, and nothing that the
 * library unmaps for a moment is needed to handle a fault. boot_longjmp()
 * leaves the trap stack empty again.
 */
#include <arch/pte.h>

#include "boot.h"

extern char boot_vectors[];

extern unsigned char boot_trap_stacks[NR_CPUS][BOOT_TRAP_STACK];
unsigned char boot_trap_stacks[NR_CPUS][BOOT_TRAP_STACK]
	__attribute__((aligned(16)));

unsigned int boot_nr_retries;

void boot_trap_init(void)
{
	boot_write_vbar((unsigned long)boot_vectors);
}

XMEM_NORETURN static void die(const struct boot_frame *frame,
			      const struct contract_fault *fault)
{
	boot_bail_out("exception %lu, syndrome %lx, pc %lx, address %lx, "
		      "sp %lx, lr %lx",
		      frame->kind, fault->raw, frame->pc, fault->va, frame->sp,
		      boot_link_register(frame));
}

void boot_trap(const struct boot_frame *frame);

void boot_trap(const struct boot_frame *frame)
{
	struct contract_fault *catcher = boot_catcher();
	struct contract_fault fault = {.cause = CAUSE_OTHER};

	boot_fault_decode(frame, &fault);
	if (fault.cause == CAUSE_NOT_PRESENT &&
	    xmem_mmu_spurious_fault(fault.va)) {
		/* Once more: a mapping was being made anew. */
		__atomic_fetch_add(&boot_nr_retries, 1, __ATOMIC_RELAXED);
		return;
	}
	if (fault.cause == CAUSE_NOT_PRESENT && boot_is_in_guard(fault.va)) {
		fault.cause = CAUSE_STACK;
	}
	if (catcher == NULL || !boot_can_recover(frame)) {
		die(frame, &fault);
	}
	catcher->cause = fault.cause;
	catcher->va = fault.va;
	catcher->pc = fault.pc;
	catcher->raw = fault.raw;
	boot_recover();
}
