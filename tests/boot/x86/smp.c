/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * smp.c - local APIC, starting the other CPUs, waking them, their flushes and
 * barriers
 *
 * A CPU without work sleeps until an interrupt; its mailbox says what to do.
 * xAPIC only: QEMU's emulated CPUs have no x2APIC.
 */
#include <arch/cpu.h>
#include <arch/layout.h>

#include <xmem/page_info.h>
#include <xmem/vmap.h>

#include "boot.h"
#include "io.h"
#include "lib/mem.h"

#define LAPIC_ID     0x20
#define LAPIC_EOI    0xb0
#define LAPIC_SVR    0xf0
#define LAPIC_ICR_LO 0x300
#define LAPIC_ICR_HI 0x310
#define ICR_INIT     0x4500U
#define ICR_STARTUP  0x4600U
#define ICR_FIXED    0x4000U
#define ICR_OTHERS   0xc0000U
#define ICR_PENDING  0x1000U

struct boot_cpu boot_cpus[NR_CPUS];
struct boot_cpu *boot_ap_cpu; /* start.S: whom the trampoline becomes */
unsigned int boot_nr_cpus = 1;

extern char boot_tramp_start[];
extern char boot_tramp_end[];

static volatile uint32_t *lapic;

/* ---- local APIC ---- */

static uint32_t lapic_read(unsigned int reg)
{
	return lapic[reg / 4];
}

static void lapic_write(unsigned int reg, uint32_t v)
{
	lapic[reg / 4] = v;
}

void *boot_lapic_va(void)
{
	return (void *)(unsigned long)lapic;
}

uint32_t boot_lapic_read(unsigned int reg)
{
	return lapic_read(reg);
}

void boot_lapic_eoi(void)
{
	lapic_write(LAPIC_EOI, 0);
}

static void lapic_enable(void)
{
	lapic_write(LAPIC_SVR, 0x100U | BOOT_VEC_SPURIOUS);
}

static void send(unsigned int apic_id, uint32_t command)
{
	bool on = boot_irq_is_on();

	boot_irq_off(); /* the two halves belong together */
	lapic_write(LAPIC_ICR_HI, apic_id << 24);
	lapic_write(LAPIC_ICR_LO, command);
	while ((lapic_read(LAPIC_ICR_LO) & ICR_PENDING) != 0) {
		xmem_port_cpu_pause();
	}
	if (on) {
		boot_irq_on();
	}
}

/* ---- TLB ---- */

void boot_ipi_tlb(void)
{
	boot_answer_flush();
	boot_lapic_eoi();
}

static void send_flush(void)
{
	send(0, ICR_OTHERS | ICR_FIXED | BOOT_VEC_TLB);
}

void xmem_port_tlb_flush(unsigned long va, unsigned long nr_pages)
{
	boot_flush_by_interrupt(va, nr_pages, boot_irq_is_on(), send_flush);
}

/* ---- caches of free frames ---- */

void boot_set_cpu_cache(unsigned int cpu, void *cache)
{
	__atomic_store_n(&boot_cpus[cpu].cache, cache, __ATOMIC_RELEASE);
}

bool boot_may_broadcast(void)
{
	return boot_irq_is_on() && !boot_holds_locks();
}

void boot_broadcast_barrier(void)
{
	boot_barrier_by_interrupt(send_flush);
}

/* ---- starting ---- */

void boot_kick(unsigned int cpu)
{
	send(boot_cpus[cpu].apic_id, ICR_FIXED | BOOT_VEC_WAKE);
}

unsigned long contract_stack_base(unsigned int cpu)
{
	return boot_cpus[cpu].stack_top - BOOT_AP_STACK_BYTES;
}

XMEM_NORETURN void boot_ap_main(struct boot_cpu *cpu);

void boot_ap_main(struct boot_cpu *cpu)
{
	boot_trap_init(cpu);
	lapic_enable();
	__atomic_store_n(&cpu->online, true, __ATOMIC_RELEASE);
	for (;;) {
		boot_irq_off();
		if (boot_has_work(cpu->number)) {
			boot_irq_on();
			boot_do_work(cpu->number);
		} else {
			boot_irq_on_and_halt();
		}
	}
}

/* About @us microseconds: port 0x80 takes one. */
static void delay(unsigned int us)
{
	for (unsigned int i = 0; i < us; i++) {
		boot_outb(0x80, 0);
	}
}

void boot_pause_1ms(void)
{
	delay(1000);
}

static bool start_cpu(unsigned int number)
{
	struct boot_cpu *cpu = &boot_cpus[number];
	char *stack = vzalloc(BOOT_AP_STACK_BYTES);

	if (stack == NULL) {
		return false;
	}
	cpu->stack_top = (unsigned long)stack + BOOT_AP_STACK_BYTES;
	__atomic_store_n(&boot_ap_cpu, cpu, __ATOMIC_RELEASE);
	send(cpu->apic_id, ICR_INIT);
	delay(10000);
	send(cpu->apic_id, ICR_STARTUP | BOOT_TRAMP >> PAGE_SHIFT);
	if (!boot_wait_online(&cpu->online, 20)) {
		send(cpu->apic_id, ICR_STARTUP | BOOT_TRAMP >> PAGE_SHIFT);
	}
	return boot_wait_online(&cpu->online, 5000);
}

bool boot_lapic_init(unsigned long base)
{
	lapic = ioremap(base, PAGE_SIZE);
	if (lapic == NULL) {
		return false;
	}
	lapic_enable();
	boot_outb(0x21, 0xff); /* the old interrupt controllers are silent */
	boot_outb(0xa1, 0xff);
	boot_irq_on();
	return true;
}

/* The trampoline needs the mapping at address 0 that start.S made. */
void boot_smp_start(void)
{
	memcpy(mfn_to_virt(BOOT_TRAMP >> PAGE_SHIFT), boot_tramp_start,
	       (size_t)(boot_tramp_end - boot_tramp_start));
	boot_cpus[0].online = true;
	boot_start_cpus(boot_nr_cpus, start_cpu);
}
