/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flush.c - xmem_port_tlb_flush() of machines that flush by interrupt
 *
 * One request at a time: the range is published, every other CPU gets an
 * interrupt, flushes, and counts itself off. Who waits, for the request too,
 * has interrupts on: so two CPUs that flush at the same time serve each other.
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
	xmem_tlb_flush_local(shoot.va, shoot.nr);
	__atomic_fetch_sub(&shoot.waiting, 1, __ATOMIC_ACQ_REL);
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
	while (__atomic_exchange_n(&shoot.busy, 1, __ATOMIC_ACQUIRE)) {
		xmem_port_cpu_pause();
	}
	shoot.va = va;
	shoot.nr = nr_pages;
	__atomic_store_n(&shoot.waiting, others, __ATOMIC_RELEASE);
	send();
	while (__atomic_load_n(&shoot.waiting, __ATOMIC_ACQUIRE) != 0) {
		xmem_port_cpu_pause();
	}
	__atomic_store_n(&shoot.busy, 0, __ATOMIC_RELEASE);
}
