/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common.h - what the test hypervisors of all architectures share
 *
 * format.c, print.c  formatted output, the console's lock, TAP comments
 * memory.c           ranges of RAM, the command line
 * recover.c          contract_try(), panics, locks that know their holder
 * work.c             starting the other CPUs; mailboxes: work for them
 * flush.c            asking the other CPUs by interrupt
 * init.c             the boot of the library
 * access.c           what an address is: by an access, by the tables
 * mem.c              memcpy() and its family
 * fdt.c, fdt_reg.c   reading a device tree (fdt.h)
 *
 * The second part of this file is what an architecture supplies for them;
 * together with the rest of contract.h that is a platform.
 */
#ifndef BOOT_COMMON_H
#define BOOT_COMMON_H

#include <xmem/port.h>
#include <xmem/types.h>

#include "contract.h"

/* ---- format.c ---- */

/** %s %p %c %d %u %x with widths, zero padding, l, ll and z. */
XMEM_PRINTF(3, 0)
void boot_vformat(char *buf, size_t size, const char *fmt,
		  __builtin_va_list args);

/* ---- memory.c ---- */

#define BOOT_MAX_RANGES 64
extern struct contract_range boot_ram[BOOT_MAX_RANGES];
extern unsigned int boot_nr_ram;

/** Note a range of RAM, in any order; boot_ram[] is kept ascending. */
void boot_add_ram(uint64_t start, uint64_t end);

/** In the partial layout: the lower half of the RAM that the boot allocator
 *  has, at most @most frames of it, may be xenheap. */
void boot_limit_xenheap(unsigned long most);

/** The value of "@key<number>" (decimal, or hexadecimal after 0x), a word of
 *  @text, or 0. */
uint64_t boot_find_number(const char *text, const char *key);

/** What the tester says: mem=MiB cpus=N percent=N, and any number of
 *  ram=START+SIZE: RAM that the firmware does not list. */
void boot_read_command_line(const char *text);

/* ---- print.c ---- */

/** Print "Bail out! ..." and leave. */
XMEM_NORETURN XMEM_PRINTF(1, 2) void boot_bail_out(const char *fmt, ...);

/* ---- init.c ---- */

/** Give boot_ram[] to the boot allocator of a CPU with such addresses. */
void boot_give_ram(unsigned int paddr_bits);

/** Everything from the direct map to heap_init_late(). */
void boot_init_memory(void);

/* ---- access.c ---- */

enum boot_how { BOOT_READ, BOOT_WRITE, BOOT_CALL };

struct boot_access {
	enum boot_how how;
	void *va;
};

/** For contract_try(): an access, a struct boot_access. */
void boot_do_access(void *arg);

/** Does the access fault, for that reason and with that address? */
bool boot_faults(enum boot_how how, const void *va, enum contract_cause cause);

/** The entry that decides about @va, as it lies in its table. */
uint64_t boot_raw_pte(const void *va);

/** Does @va lie in the page below the stack of this CPU, if that is
 *  vmalloc'd? No frame is ever there. */
bool boot_is_in_guard(unsigned long va);

/* ---- recover.c ---- */

/** Where this CPU notes what stopped it; NULL if nobody wants to know. */
struct contract_fault *boot_catcher(void);
/** Go on behind the contract_try() that wants to know; drops locks. */
XMEM_NORETURN void boot_recover(void);

/* xmem_port_lock(), _unlock() of the ports. */
void boot_lock(xmem_lock_t *lock);
void boot_unlock(xmem_lock_t *lock);
/** Does this CPU hold a lock of the library? */
bool boot_holds_locks(void);

/* ---- flush.c, where no instruction flushes the TLBs of all CPUs ---- */

/** xmem_port_tlb_flush(), which is told whether interrupts are on. @send: send
 *  every other CPU the interrupt that boot_answer_flush() is the answer to. */
void boot_flush_by_interrupt(unsigned long va, unsigned long nr_pages,
			     bool irq_is_on, void (*send)(void));
void boot_answer_flush(void);
/** xmem_port_broadcast_barrier(); interrupts are on. */
void boot_barrier_by_interrupt(void (*send)(void));

/* ---- work.c ---- */

/** CPUs that run; grows while they are started. */
extern unsigned int boot_nr_online;

/** Start CPUs 1 to @nr - 1, one after the other. @start returns false if one is
 *  silent: then nothing goes on. */
void boot_start_cpus(unsigned int nr, bool (*start)(unsigned int cpu));
/** Wait until @online, for @ms milliseconds at most. Return: is it? */
bool boot_wait_online(const bool *online, unsigned int ms);

/** Has CPU @cpu work in its mailbox? Do it, as that CPU. */
bool boot_has_work(unsigned int cpu);
void boot_do_work(unsigned int cpu);

/* ---- what an architecture supplies ---- */

/** struct boot_jmp - registers that a call preserves, and interrupt flags. */
struct boot_jmp {
	unsigned long reg[16];
};
int boot_setjmp(struct boot_jmp *jmp) __attribute__((returns_twice));
XMEM_NORETURN void boot_longjmp(struct boot_jmp *jmp, int value);

/** Write a character to the console. */
void boot_put_char(char c);
/** Leave QEMU; 0 is success. */
XMEM_NORETURN void boot_exit(unsigned int code);
/** Let about a millisecond pass. */
void boot_pause_1ms(void);
/** Make CPU @cpu look into its mailbox, soon. */
void boot_kick(unsigned int cpu);

#endif /* BOOT_COMMON_H */
