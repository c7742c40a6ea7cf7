/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * smp.c - the other CPUs: starting, waking, their TLBs
 *
 * Decide: does an instruction flush the TLBs of all CPUs? Then
 * xmem_port_tlb_flush() is two lines (tests/boot/arm/smp.c). Here it is one
 * request at a time: the range is published, every other CPU gets an interrupt,
 * flushes, and counts itself off. Who waits, for the request too, has
 * interrupts on: so two CPUs that flush at the same time serve each other.
 */
#include <arch/tlb.h>

#include <xmem/vmap.h>

#include "boot.h"

struct boot_cpu boot_cpus[NR_CPUS];
unsigned int boot_nr_cpus;

static struct {
	unsigned int busy;
	unsigned int waiting; /* CPUs that have not flushed yet */
	unsigned long va;
	unsigned long nr;
} shoot;

/* ---- TLBs ---- */

void boot_answer_flush(void)
{
	xmem_tlb_flush_local(shoot.va, shoot.nr);
	__atomic_fetch_sub(&shoot.waiting, 1, __ATOMIC_ACQ_REL);
}

static void ask_others(unsigned long va, unsigned long nr, unsigned int others)
{
	shoot.va = va;
	shoot.nr = nr;
	__atomic_store_n(&shoot.waiting, others, __ATOMIC_RELEASE);
	for (unsigned int i = 0; i <= others; i++) {
		if (i != xmem_port_cpu()) {
			skel_send(boot_cpus[i].id, BOOT_TRAP_FLUSH);
		}
	}
	while (__atomic_load_n(&shoot.waiting, __ATOMIC_ACQUIRE) != 0) {
		xmem_port_cpu_pause();
	}
}

void xmem_port_tlb_flush(unsigned long va, unsigned long nr_pages)
{
	unsigned int others = contract_nr_cpus() - 1;

	if (boot_holds_locks()) {
		xmem_port_panic("TLB flush of %lx under a lock\n", va);
	}
	xmem_tlb_flush_local(va, nr_pages);
	if (others == 0) {
		return;
	}
	if (!skel_irq_is_on()) {
		xmem_port_panic("TLB flush with interrupts off\n");
	}
	while (__atomic_exchange_n(&shoot.busy, 1, __ATOMIC_ACQUIRE)) {
		xmem_port_cpu_pause();
	}
	ask_others(va, nr_pages, others);
	__atomic_store_n(&shoot.busy, 0, __ATOMIC_RELEASE);
}

/* ---- starting, and work ---- */

void boot_kick(unsigned int cpu)
{
	skel_send(boot_cpus[cpu].id, BOOT_TRAP_WAKE);
}

unsigned long contract_stack_base(unsigned int cpu)
{
	return boot_cpus[cpu].stack_base;
}

void boot_ap_main(struct boot_cpu *cpu)
{
	skel_set_vectors();
	__atomic_store_n(&cpu->online, true, __ATOMIC_RELEASE);
	for (;;) {
		skel_irq_off();
		if (boot_has_work(cpu->number)) {
			skel_irq_on();
			boot_do_work(cpu->number);
		} else {
			skel_irq_on_and_wait();
		}
	}
}

static bool start_cpu(unsigned int number)
{
	struct boot_cpu *cpu = &boot_cpus[number];
	char *stack = vzalloc(BOOT_AP_STACK_BYTES);

	if (stack == NULL) {
		return false;
	}
	cpu->stack_base = (unsigned long)stack;
	cpu->stack_top = cpu->stack_base + BOOT_AP_STACK_BYTES;
	return skel_cpu_on(cpu->id, boot_image_pa((const void *)skel_ap_start),
			   (unsigned long)cpu) &&
	       boot_wait_online(&cpu->online, 5000);
}

/* Needs the mapping of RAM at its own address. */
void boot_smp_start(void)
{
	boot_cpus[0].online = true;
	skel_irq_on();
	boot_start_cpus(boot_nr_cpus, start_cpu);
}
