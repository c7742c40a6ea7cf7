/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * smp.c - the other CPUs: starting, waking, their TLBs
 *
 * Interrupts are masked for ever. A CPU without work waits for an event; its
 * mailbox says what to do, and whoever fills it sends an event. TLBs are
 * invalidated by broadcast, which the hardware brings to every CPU whatever
 * it does, so a CPU that spins on a lock needs no care.
 */
#include <arch/tlb.h>

#include <xmem/vmap.h>

#include "boot.h"

/* How long a CPU may take to come up, in seconds: emulated ones take turns. */
#define START_SECONDS 20U

extern unsigned char boot_trap_stacks[NR_CPUS][BOOT_TRAP_STACK];
extern char boot_ap_start[];

void xmem_port_tlb_flush(unsigned long va, unsigned long nr_pages)
{
	if (boot_holds_locks()) {
		xmem_port_panic("TLB flush of %lx under a lock\n", va);
	}
	xmem_tlb_flush_range(va, nr_pages);
}

void boot_set_cpu_cache(unsigned int cpu, void *cache)
{
	__atomic_store_n(&boot_cpus[cpu].cache, cache, __ATOMIC_RELEASE);
}

void boot_kick(unsigned int cpu)
{
	(void)cpu; /* all look */
	/* The mailbox is full before the event is sent. */
	__asm__ volatile("dsb ishst\n\tsev" ::: "memory");
}

unsigned long contract_stack_base(unsigned int cpu)
{
	return boot_cpus[cpu].stack_base;
}

XMEM_NORETURN void boot_ap_main(struct boot_cpu *cpu);

void boot_ap_main(struct boot_cpu *cpu)
{
	boot_trap_init();
	__atomic_store_n(&cpu->online, true, __ATOMIC_RELEASE);
	for (;;) {
		if (boot_has_work(cpu->number)) {
			/* Code may have been written since the last fetch. */
			__asm__ volatile("isb" ::: "memory");
			boot_do_work(cpu->number);
		} else {
			__asm__ volatile("wfe" ::: "memory");
		}
	}
}

static bool start_cpu(unsigned int number)
{
	struct boot_cpu *cpu = &boot_cpus[number];
	char *stack = vzalloc(BOOT_AP_STACK_BYTES);
	int error;

	if (stack == NULL) {
		boot_bail_out("no stack for CPU %u", cpu->number);
	}
	cpu->stack_base = (unsigned long)stack;
	cpu->stack_top = cpu->stack_base + BOOT_AP_STACK_BYTES;
	cpu->trap_top =
		(unsigned long)boot_trap_stacks[cpu->number] + BOOT_TRAP_STACK;
	/* The CPU reads its structure when its MMU and caches are on. */
	__asm__ volatile("dsb ish" ::: "memory");
	error = boot_psci_cpu_on(cpu->mpidr, boot_image_pa(boot_ap_start),
				 (unsigned long)cpu);
	if (error != 0) {
		boot_bail_out("CPU %u does not start: PSCI says %d",
			      cpu->number, error);
	}
	return boot_wait_online(&cpu->online, START_SECONDS * 1000);
}

/* The first page of the image must still be mapped where it was loaded. */
void boot_smp_start(void)
{
	boot_cpus[0].online = true;
	boot_start_cpus(boot_nr_cpus, start_cpu);
}
