/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flush.c - xmem_port_tlb_flush() of machines that flush by interrupt, and
 * barriers on all CPUs
 *
 * One request at a time: the range is published, every other CPU gets an
 * interrupt, flushes, and counts itself off. Who waits, for the request too,
 * has interrupts on: so two CPUs that flush at the same time serve each other.
 * A barrier is a flush of no pages: the interrupt stands anywhere in the
 * program of a CPU, and the fence of its handler behind all that the CPU has
 * written before, and before all that it reads after.
 */
#include <arch/tlb.h>

#include "common.h"

static struct {
	unsigned int busy;
	unsigned int waiting; /* CPUs that have not flushed yet */
	unsigned long va;
	unsigned long nr;
} shoot;

void boot_answer_flush(void)
{
	if (shoot.nr != 0) {
		xmem_tlb_flush_local(shoot.va, shoot.nr);
	}
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	__atomic_fetch_sub(&shoot.waiting, 1, __ATOMIC_ACQ_REL);
}

/* Ask all others for @nr pages from @va on. */
static void ask(unsigned long va, unsigned long nr, unsigned int others,
		void (*send)(void))
{
	while (__atomic_exchange_n(&shoot.busy, 1, __ATOMIC_ACQUIRE)) {
		xmem_port_cpu_pause();
	}
	shoot.va = va;
	shoot.nr = nr;
	/* What this CPU has written comes before the interrupts. */
	__atomic_store_n(&shoot.waiting, others, __ATOMIC_SEQ_CST);
	send();
	while (__atomic_load_n(&shoot.waiting, __ATOMIC_ACQUIRE) != 0) {
		xmem_port_cpu_pause();
	}
	__atomic_store_n(&shoot.busy, 0, __ATOMIC_RELEASE);
}

void boot_barrier_by_interrupt(void (*send)(void))
{
	unsigned int others = contract_nr_cpus() - 1;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (others != 0) {
		ask(0, 0, others, send);
	}
}

void boot_flush_by_interrupt(unsigned long va, unsigned long nr_pages,
			     bool irq_is_on, void (*send)(void))
{
	unsigned int others = contract_nr_cpus() - 1;

	if (boot_holds_locks()) {
		xmem_port_panic("TLB flush of %lx under a lock\n", va);
	}
	xmem_tlb_flush_local(va, nr_pages);
	if (others == 0) {
		return;
	}
	if (!irq_is_on) {
		xmem_port_panic("TLB flush with interrupts off\n");
	}
	ask(va, nr_pages, others, send);
}
