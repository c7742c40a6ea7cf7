/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trap.c - descriptor tables, and what a trap means
 */
#include <arch/cpu.h>

#include "boot.h"

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
	idt[BOOT_VEC_DOUBLE_FAULT].flags |= IST_FAULT;
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

/* ---- traps ---- */

XMEM_NORETURN static void die(const struct boot_frame *frame)
{
	contract_print("Bail out! CPU %u: vector %lu, error %lx, rip %lx, cr2 "
		       "%lx, rsp %lx\n",
		       xmem_port_cpu(), frame->vector, frame->error, frame->rip,
		       xmem_cpu_read_cr2(), frame->rsp);
	boot_exit(1);
}

/* A double fault is a stack that could not take the frame of a page fault. */
static enum contract_cause cause_of(const struct boot_frame *frame)
{
	if (frame->vector == BOOT_VEC_DOUBLE_FAULT) {
		return CAUSE_STACK;
	}
	if (frame->vector != BOOT_VEC_PAGE_FAULT) {
		return CAUSE_OTHER;
	}
	if ((frame->error & BOOT_PF_PRESENT) == 0) {
		return CAUSE_NOT_PRESENT;
	}
	if ((frame->error & BOOT_PF_FETCH) != 0) {
		return CAUSE_NO_EXEC;
	}
	return (frame->error & BOOT_PF_WRITE) != 0 ? CAUSE_NO_WRITE
						   : CAUSE_OTHER;
}

void boot_trap(const struct boot_frame *frame);

void boot_trap(const struct boot_frame *frame)
{
	struct contract_fault *fault;

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
	fault = boot_catcher();
	if (fault == NULL) {
		die(frame);
	}
	fault->cause = cause_of(frame);
	fault->va = xmem_cpu_read_cr2();
	fault->pc = frame->rip;
	fault->raw = frame->vector << 32 | frame->error;
	boot_recover();
}
