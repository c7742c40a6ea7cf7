/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot.h - what the files of the Arm test hypervisor share
 *
 * A hypervisor as small as can be: one image, its own page tables, a serial
 * console, a fault handler that can recover, all CPUs by PSCI. What differs
 * between arm64 and arm32 is in arm64/ and arm32/: start.S, vectors.S,
 * fault.c, and sys.h with the system registers.
 */
#ifndef BOOT_H
#define BOOT_H

#include <xmem/port.h>
#include <xmem/types.h>

#include "asm.h"
#include "common.h"
#include "fdt.h"
#include "sys.h"

/* Of a CPU but the boot CPU: vmalloc'd, so whole pages. */
#define BOOT_AP_STACK_BYTES (PAGE_SIZE > 16384UL ? PAGE_SIZE : 16384UL)

/** struct boot_cpu - one CPU; its thread register points here. start.S knows
 *  the first three: offsets 0, one long, two longs; xmem_port.h the fourth. */
struct boot_cpu {
	unsigned int number;	  /* also xmem_port.h */
	unsigned long stack_top;  /* runs on it */
	unsigned long trap_top;	  /* takes exceptions on it */
	void *cache;		  /* of free frames; xmem_port.h */
	unsigned long stack_base; /* of a vmalloc'd stack; 0: the boot CPU */
	uint64_t mpidr;		  /* affinity fields, the "reg" of its node */
	bool online;
};

extern struct boot_cpu boot_cpus[NR_CPUS];
extern unsigned int boot_nr_cpus; /* found in the device tree */

static inline struct boot_cpu *boot_this_cpu(void)
{
	return (struct boot_cpu *)boot_thread_register();
}

/* early.c: the page tables until the library has its own. */
enum boot_rights { BOOT_TEXT, BOOT_RODATA, BOOT_DATA, BOOT_DEVICE };

/** Map the image, and its first page where it was loaded. MMU off. */
bool boot_early_map(unsigned long image_pa, unsigned long image_va);
/** Map physical memory at the same address; what is mapped stays. */
bool boot_map_ident(uint64_t pa, uint64_t size);
/** Map the page of the device register at @pa at BOOT_DEVICE_VA.
 *  Return: the address of the register, or NULL. */
volatile void *boot_map_device(uint64_t pa);
/** Everything in the port's own part of the address space is gone. */
void boot_drop_own(void);
/** Physical address of something in the image. */
uint64_t boot_image_pa(const void *va);

/* console.c */
bool boot_console_init(uint64_t pa);
/** From now on through a mapping of the library. */
void boot_console_remap(void);

/* dt.c: what the device tree says; RAM becomes boot_ram[]. */
extern struct contract_range boot_reserved[BOOT_MAX_RANGES];
extern unsigned int boot_nr_reserved;
/** Nodes with a mistake, and what the tester says of them: odd=N. */
extern unsigned int boot_dt_nr_odd;
extern unsigned int boot_dt_want_odd;
/** Map the tree at physical address @pa. Return: is there one? */
bool boot_dt_open(struct boot_fdt *fdt, uint64_t pa);
/** Physical address of the console's registers; 0: none found. */
uint64_t boot_dt_console(const struct boot_fdt *fdt);
void boot_dt_read(const struct boot_fdt *fdt);

/* psci.c */
void boot_psci_init(const struct boot_fdt *fdt);
/** Return: 0 or PSCI's error. */
int boot_psci_cpu_on(uint64_t mpidr, uint64_t entry, unsigned long context);

/* trap.c, vectors.S, fault.c */
void boot_trap_init(void);
/** Faults that the library knew of: xmem_mmu_spurious_fault(). */
extern unsigned int boot_nr_retries;
/** Was the frame stored by a fault of ordinary code, not of a handler? */
bool boot_can_recover(const struct boot_frame *frame);
/** Fill in what happened, from the registers of the fault. */
void boot_fault_decode(const struct boot_frame *frame,
		       struct contract_fault *fault);

/* smp.c */
void boot_smp_start(void);

#endif /* BOOT_H */
