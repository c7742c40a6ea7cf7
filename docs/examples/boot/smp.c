/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * smp.c - start and wake the other CPUs, flush their TLBs, make them execute
 * barriers
 *
 * Decide: does one instruction flush the TLBs of all CPUs? Then
 * xmem_port_tlb_flush() has two lines (tests/boot/arm/smp.c). Here it sends
 * interrupts (tests/boot/common/flush.c).
 */
#include <xmem/vmap.h>

#include "boot.h"

struct boot_cpu boot_cpus[NR_CPUS];
unsigned int boot_nr_cpus;

/* ---- TLBs ---- */

static void send_flush(void)
{
	for (unsigned int i = 0; i < contract_nr_cpus(); i++) {
		if (i != xmem_port_cpu()) {
			skel_send(boot_cpus[i].id, BOOT_TRAP_FLUSH);
		}
	}
}

void xmem_port_tlb_flush(unsigned long va, unsigned long nr_pages)
{
	boot_flush_by_interrupt(va, nr_pages, skel_irq_is_on(), send_flush);
}

/* ---- caches of free frames ---- */

bool boot_may_broadcast(void)
{
	return skel_irq_is_on() && !boot_holds_locks();
}

void boot_broadcast_barrier(void)
{
	boot_barrier_by_interrupt(send_flush);
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
