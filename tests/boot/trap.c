/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trap.c - descriptor tables, traps, and functions that may fault
 *
 * boot_try() notes where to go on; a trap or a panic on the same CPU fills
 * in what happened and jumps there. Nothing that was called meanwhile gets a
 * chance to clean up, so the locks this CPU holds are dropped.
 */
#include <arch/cpu.h>

#include "boot.h"
#include "io.h"

extern char boot_vectors[];

struct gate {
	uint16_t offset_lo;
	uint16_t selector;
	uint16_t flags; /* IST in bits 0-2, then type and present */
	uint16_t offset_mid;
	uint32_t offset_hi;
	uint32_t reserved;
};

struct descriptor_ptr {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

#define GATE_INTERRUPT 0x8e00
#define IST_FAULT      1 /* double fault: the stack may be gone */
#define IST_BYTES      4096

static struct gate idt[256];
static unsigned char ist[NR_CPUS][IST_BYTES] __attribute__((aligned(16)));
static bool idt_ready;

static void fill_idt(void)
{
	for (unsigned int i = 0; i < 256; i++) {
		unsigned long at = (unsigned long)boot_vectors + 16 * i;

		idt[i] = (struct gate){
			.offset_lo = (uint16_t)at,
			.selector = BOOT_CS,
			.flags = GATE_INTERRUPT,
			.offset_mid = (uint16_t)(at >> 16),
			.offset_hi = (uint32_t)(at >> 32),
		};
	}
	idt[8].flags |= IST_FAULT;
	idt_ready = true;
}

/* The 64-bit task state: nothing but the stack for double faults. */
static void fill_gdt(struct boot_cpu *cpu)
{
	uint64_t tss = (uint64_t)cpu->tss;
	uint64_t stack = (uint64_t)(ist[cpu->number] + IST_BYTES);

	cpu->tss[9] = (uint32_t)stack;
	cpu->tss[10] = (uint32_t)(stack >> 32);
	cpu->tss[25] = sizeof(cpu->tss) << 16;
	cpu->gdt[0] = 0;
	cpu->gdt[1] = 0x00af9b000000ffffUL;
	cpu->gdt[2] = 0x00cf93000000ffffUL;
	cpu->gdt[3] = (sizeof(cpu->tss) - 1) | (tss & 0xffffff) << 16 |
		      0x89UL << 40 | (tss >> 24 & 0xff) << 56;
	cpu->gdt[4] = tss >> 32;
}

void boot_trap_init(struct boot_cpu *cpu)
{
	struct descriptor_ptr gdt_ptr = {sizeof(cpu->gdt) - 1,
					 (uint64_t)cpu->gdt};
	struct descriptor_ptr idt_ptr = {sizeof(idt) - 1, (uint64_t)idt};

	if (!idt_ready) {
		fill_idt();
	}
	fill_gdt(cpu);
	__asm__ volatile("lgdt %0" ::"m"(gdt_ptr));
	__asm__ volatile("lidt %0" ::"m"(idt_ptr));
	__asm__ volatile("ltr %w0" ::"r"(BOOT_TSS));
}

/* ---- recovery ---- */

static void drop_locks(struct boot_cpu *cpu)
{
	while (cpu->nr_held > 0) {
		boot_unlock(cpu->held[cpu->nr_held - 1]);
	}
}

bool boot_try(void (*fn)(void *), void *arg, struct boot_fault *fault)
{
	struct boot_cpu *cpu = boot_this_cpu();
	struct boot_jmp *outer = cpu->catch;
	struct boot_fault *outer_fault = cpu->fault;
	struct boot_jmp here;
	bool stopped;

	*fault = (struct boot_fault){.vector = 0};
	stopped = boot_setjmp(&here) != 0;
	if (!stopped) {
		cpu->catch = &here;
		cpu->fault = fault;
		fn(arg);
	}
	cpu->catch = outer;
	cpu->fault = outer_fault;
	return stopped;
}

XMEM_NORETURN static void recover(struct boot_cpu *cpu)
{
	drop_locks(cpu);
	boot_longjmp(cpu->catch, 1);
}

XMEM_NORETURN static void die(struct boot_cpu *cpu,
			      const struct boot_frame *frame)
{
	boot_print("Bail out! CPU %u: vector %lu, error %lx, rip %lx, cr2 %lx, "
		   "rsp %lx\n",
		   cpu->number, frame->vector, frame->error, frame->rip,
		   xmem_cpu_read_cr2(), frame->rsp);
	boot_exit(1);
}

void boot_trap(const struct boot_frame *frame);

void boot_trap(const struct boot_frame *frame)
{
	struct boot_cpu *cpu = boot_this_cpu();

	if (frame->vector == BOOT_VEC_TLB) {
		boot_ipi_tlb();
		return;
	}
	if (frame->vector >= 32) {
		if (frame->vector != BOOT_VEC_SPURIOUS) {
			boot_lapic_eoi();
		}
		return;
	}
	if (cpu->catch == NULL) {
		die(cpu, frame);
	}
	cpu->fault->vector = (unsigned int)frame->vector;
	cpu->fault->error = frame->error;
	cpu->fault->cr2 = xmem_cpu_read_cr2();
	cpu->fault->rip = frame->rip;
	recover(cpu);
}

void xmem_port_panic(const char *fmt, ...)
{
	struct boot_cpu *cpu = boot_this_cpu();
	__builtin_va_list args;
	char text[256];

	__builtin_va_start(args, fmt);
	boot_vformat(text, sizeof(text), fmt, args);
	__builtin_va_end(args);
	if (cpu->catch == NULL) {
		boot_print("Bail out! CPU %u: panic: %s\n", cpu->number, text);
		boot_exit(1);
	}
	cpu->fault->vector = BOOT_VEC_PANIC;
	boot_format(cpu->fault->text, sizeof(cpu->fault->text), "%s", text);
	recover(cpu);
}
