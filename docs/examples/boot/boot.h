/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot.h - what the files of skel's test hypervisor share
 *
 * A minimal hypervisor to copy: one image, a console, a fault handler that can
 * recover, all CPUs. tests/boot/common has what is the same everywhere; a port
 * writes what is here:
 *
 * main.c     the boot, in the order of docs/porting.md
 * machine.c  console, clock, memory types, code made visible
 * smp.c      other CPUs: starting them, waking them, flushing their TLBs
 * trap.c     what a fault means
 * tests.c    what only this machine can be asked
 *
 * skel has no assembler. What is assembler, a register or a device in a real
 * port is declared below, with a sentence that says what it does. The check
 * compiles and links all of this, and allows nothing else to be undefined; it
 * does not run it.
 */
#ifndef BOOT_H
#define BOOT_H

#include <xmem/port.h>
#include <xmem/types.h>

#include "common.h"
#include "fdt.h"

/* Of a CPU but the boot CPU: vmalloc'd, so whole pages. */
#define BOOT_AP_STACK_BYTES (PAGE_SIZE > 16384UL ? PAGE_SIZE : 16384UL)

/** struct boot_cpu - one CPU; its thread register points here. The start code
 *  knows the first two. */
struct boot_cpu {
	unsigned int number; /* also xmem_port.h */
	unsigned long stack_top;
	unsigned long stack_base; /* 0: the boot CPU */
	uint64_t id;		  /* the hardware's number, its "reg" */
	bool online;
};

extern struct boot_cpu boot_cpus[NR_CPUS];
extern unsigned int boot_nr_cpus;

/* ---- start.S ---- */

/* skel_start - the entry of the image (boot.lds). Masks interrupts; clears
 * .bss; fills tables that map the image where it is linked, by pages if rights
 * are to change later (where a present entry must not be written over
 * another), and RAM around it at its own address: from skel_window_start to
 * skel_window_end, the root table and the device tree in it. Those two
 * addresses are multiples of a page, in one section of the frame index
 * (xmem_boot_window()). Then the MMU with ARCH's types, thread register and
 * stack of CPU 0, and boot_main() with the tree's address. */
extern uint64_t skel_window_start;
extern uint64_t skel_window_end;
/** Where the first byte of the image was loaded. */
extern uint64_t skel_image_load;
/** Remove the tables that map RAM at its own address. */
void skel_drop_identity_map(void);
/** The entry of another CPU: MMU as on CPU 0, thread register and stack of the
 *  struct boot_cpu that it was given, then boot_ap_main() with it. */
void skel_ap_start(void);

/* ---- vectors.S; boot_setjmp() and boot_longjmp() (common.h), too ---- */

enum boot_trap_kind {
	BOOT_TRAP_WAKE,	 /* the interrupt of boot_kick() */
	BOOT_TRAP_FLUSH, /* the interrupt of xmem_port_tlb_flush() */
	BOOT_TRAP_PAGE,	 /* a fault of the MMU */
	BOOT_TRAP_STACK, /* one that had no stack: on a stack of its own */
	BOOT_TRAP_OTHER,
};

/** struct boot_frame - what was saved; trap.c reads no more of it. */
struct boot_frame {
	unsigned long kind;
	unsigned long pc;
	unsigned long va;     /* of a fault of the MMU */
	unsigned long reason; /* as the CPU says it */
};

#define SKEL_REASON_PRESENT 1UL /* rights are missing, not the page */
#define SKEL_REASON_WRITE   2UL
#define SKEL_REASON_FETCH   4UL

/** Exceptions of this CPU go to the vectors, which save registers and call
 *  boot_trap() on a stack that is there when the CPU's is not. */
void skel_set_vectors(void);
/** Code of @skel_ret_bytes that returns at once. */
extern const unsigned char skel_ret_code[];
extern const unsigned int skel_ret_bytes;

/* ---- instructions and devices ---- */

/** Write to the serial port, wait until it took the character. */
void skel_uart_write(char c);
/** Leave QEMU, by a device or the firmware. */
void skel_power_off(unsigned int code);
/** A counter that runs alike on all CPUs, and its ticks in a second. */
uint64_t skel_counter(void);
uint64_t skel_counter_hz(void);
/** Interrupts of this CPU: are they on, on, off, on and sleep until one. */
bool skel_irq_is_on(void);
void skel_irq_on(void);
void skel_irq_off(void);
void skel_irq_on_and_wait(void);
/** Send the interrupt to the CPU with that id. */
void skel_send(uint64_t id, enum boot_trap_kind kind);
/** Firmware starts the CPU at physical address @entry, with @arg in a
 *  register. Return: did it say yes? */
bool skel_cpu_on(uint64_t id, uint64_t entry, unsigned long arg);
/** What the CPU thinks the hardware's number of itself is. */
uint64_t skel_own_id(void);
/** Code at @va can be fetched, by all CPUs. */
void skel_sync_code(unsigned long va, unsigned long bytes);

/* ---- of the other files ---- */

void boot_trap(const struct boot_frame *frame);
XMEM_NORETURN void boot_main(unsigned long tree);
XMEM_NORETURN void boot_ap_main(struct boot_cpu *cpu);
void boot_smp_start(void);
/** Physical address of something in the image. */
uint64_t boot_image_pa(const void *va);

#endif /* BOOT_H */
