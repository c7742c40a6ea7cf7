/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot.h - what the files of the x86-64 test hypervisor share
 *
 * A hypervisor as small as can be: one image at -2 GiB, its own page tables,
 * a serial console, a trap handler that can recover, all CPUs. Assembly
 * (start.S, vectors.S) knows the first fields of struct boot_cpu and the
 * selectors by number.
 */
#ifndef BOOT_H
#define BOOT_H

#include <xmem/port.h>
#include <xmem/types.h>

#include "common.h"

#define BOOT_CS	   0x08
#define BOOT_DS	   0x10
#define BOOT_TSS   0x18
#define BOOT_TRAMP 0x8000UL /* where application processors start */

/* Vectors: of the CPU, and our own. */
#define BOOT_VEC_DOUBLE_FAULT 8
#define BOOT_VEC_PAGE_FAULT   14
#define BOOT_VEC_TLB	      0xf0
#define BOOT_VEC_WAKE	      0xf1
#define BOOT_VEC_SPURIOUS     0xff

/* Page fault error code. */
#define BOOT_PF_PRESENT 1UL
#define BOOT_PF_WRITE	2UL
#define BOOT_PF_FETCH	16UL

#define BOOT_AP_STACK_BYTES 16384UL

/** struct boot_cpu - one CPU; GS base points to it. */
struct boot_cpu {
	struct boot_cpu *self;	 /* offset 0, start.S */
	unsigned int number;	 /* offset 8, start.S and xmem_port.h */
	unsigned int apic_id;	 /* offset 12 */
	unsigned long stack_top; /* offset 16, start.S */
	void *cache;		 /* offset 24, xmem_port.h */
	bool online;
	uint64_t gdt[5];
	uint32_t tss[26];
};

/** struct boot_frame - registers at a trap, in the order vectors.S pushes. */
struct boot_frame {
	unsigned long r15, r14, r13, r12, r11, r10, r9, r8;
	unsigned long rbp, rdi, rsi, rdx, rcx, rbx, rax;
	unsigned long vector, error;
	unsigned long rip, cs, rflags, rsp, ss;
};

extern struct boot_cpu boot_cpus[NR_CPUS];
extern unsigned int boot_nr_cpus; /* found in the MADT */

static inline struct boot_cpu *boot_this_cpu(void)
{
	struct boot_cpu *cpu;

	__asm__("movq %%gs:0, %0" : "=r"(cpu));
	return cpu;
}

/* console.c */
void boot_console_init(void);

/* memmap.c */
extern unsigned long boot_rsdp; /* physical, 0 = search for it */
void boot_read_start_info(unsigned long paddr);
void boot_reserve_used(void);

/* trap.c */
void boot_trap_init(struct boot_cpu *cpu);

/* acpi.c */
bool boot_acpi_read_cpus(unsigned int own_apic_id, unsigned long *lapic);

/* smp.c */
bool boot_lapic_init(unsigned long base);
uint32_t boot_lapic_read(unsigned int reg);
void boot_lapic_eoi(void);
void *boot_lapic_va(void);
void boot_smp_start(void);
void boot_ipi_tlb(void);

#endif /* BOOT_H */
