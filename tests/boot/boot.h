/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot.h - what the files of the test hypervisor share
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

#define BOOT_CS	   0x08
#define BOOT_DS	   0x10
#define BOOT_TSS   0x18
#define BOOT_TRAMP 0x8000UL /* where application processors start */

/* Interrupt vectors of our own. */
#define BOOT_VEC_TLB	  0xf0
#define BOOT_VEC_WAKE	  0xf1
#define BOOT_VEC_SPURIOUS 0xff
#define BOOT_VEC_PANIC	  0x100 /* a caught xmem_port_panic() */

/* Page fault error code. */
#define BOOT_PF_PRESENT 1UL
#define BOOT_PF_WRITE	2UL
#define BOOT_PF_FETCH	16UL

/** struct boot_jmp - registers that a function call preserves, and flags. */
struct boot_jmp {
	unsigned long rbx, rbp, r12, r13, r14, r15, rsp, rip, rflags;
};

/** struct boot_fault - what stopped a function that boot_try() ran. */
struct boot_fault {
	unsigned int vector;
	unsigned long error;
	unsigned long cr2;
	unsigned long rip;
	char text[256]; /* of a panic */
};

#define BOOT_MAX_HELD 8

/** struct boot_cpu - one CPU; GS base points to it. */
struct boot_cpu {
	struct boot_cpu *self;	 /* offset 0, start.S */
	unsigned int number;	 /* offset 8, start.S and xmem_port.h */
	unsigned int apic_id;	 /* offset 12 */
	unsigned long stack_top; /* offset 16, start.S */
	struct boot_jmp *catch;
	struct boot_fault *fault;
	unsigned int nr_held;
	xmem_lock_t *held[BOOT_MAX_HELD];
	bool online;
	void (*volatile work)(void *); /* mailbox, NULL when idle */
	void *arg;
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
extern unsigned int boot_nr_cpus;   /* found in the MADT */
extern unsigned int boot_nr_online; /* that run */

static inline struct boot_cpu *boot_this_cpu(void)
{
	struct boot_cpu *cpu;

	__asm__("movq %%gs:0, %0" : "=r"(cpu));
	return cpu;
}

/* console.c */
void boot_console_init(void);
void boot_vprint(const char *fmt, __builtin_va_list args);
XMEM_PRINTF(1, 2) void boot_print(const char *fmt, ...);
XMEM_PRINTF(3, 0)
void boot_vformat(char *buf, size_t size, const char *fmt,
		  __builtin_va_list args);
XMEM_PRINTF(3, 4)
void boot_format(char *buf, size_t size, const char *fmt, ...);
XMEM_NORETURN void boot_exit(unsigned int code);
/** Seconds of the wall clock's minute since second @then of one. */
unsigned int boot_seconds_since(unsigned int then);
bool boot_contains(const char *text, const char *part);

/* memmap.c */
struct boot_range {
	uint64_t start;
	uint64_t end;
};
#define BOOT_MAX_RANGES 64
extern struct boot_range boot_ram[BOOT_MAX_RANGES];
extern unsigned int boot_nr_ram;
extern unsigned long boot_rsdp;		/* physical, 0 = search for it */
extern unsigned long boot_want_mib;	/* command line mem=, 0 = unknown */
extern unsigned long boot_want_cpus;	/* command line cpus= */
void boot_read_start_info(unsigned long paddr);
void boot_give_ram(void);

/* trap.c, vectors.S */
void boot_trap_init(struct boot_cpu *cpu);
int boot_setjmp(struct boot_jmp *jmp) __attribute__((returns_twice));
XMEM_NORETURN void boot_longjmp(struct boot_jmp *jmp, int value);
/** Run @fn; true if a fault or a panic stopped it, described in *@fault. */
bool boot_try(void (*fn)(void *), void *arg, struct boot_fault *fault);

/* acpi.c */
bool boot_acpi_read_cpus(unsigned int own_apic_id, unsigned long *lapic);

/* smp.c */
bool boot_lapic_init(unsigned long base);
uint32_t boot_lapic_read(unsigned int reg);
void boot_lapic_eoi(void);
void *boot_lapic_va(void);
void boot_smp_start(void);
void boot_ipi_tlb(void);
/** Run @fn(@arg) on CPU @cpu and wait until it is done. */
void boot_run_on(unsigned int cpu, void (*fn)(void *), void *arg);
/** Run @fn(@arg) on every CPU at once, this one included; wait for all. */
void boot_run_all(void (*fn)(void *), void *arg);
/** Start @fn(@arg) on another CPU; boot_wait() ends the wait. */
void boot_post(unsigned int cpu, void (*fn)(void *), void *arg);
void boot_wait(unsigned int cpu);

/* suite.c */
extern unsigned long boot_free_at_start; /* pages, after the hand-over */
XMEM_PRINTF(1, 2) void boot_diag(const char *fmt, ...);
struct boot_test {
	const char *name;
	bool (*run)(void);
};
extern const struct boot_test boot_tests_map[];	    /* test_map.c */
extern const struct boot_test boot_tests_alloc[];   /* test_alloc.c */
extern const struct boot_test boot_tests_fault[];   /* test_fault.c */
extern const struct boot_test boot_tests_load[];    /* test_load.c */
extern const struct boot_test boot_tests_misuse[];  /* test_misuse.c */
unsigned int boot_suite(void);

/** Leave the test as failed, saying what did not hold. */
#define CHECK(cond)                                                        \
	do {                                                               \
		if (!(cond)) {                                             \
			boot_diag("%s:%d: %s", __FILE__, __LINE__, #cond); \
			return false;                                      \
		}                                                          \
	} while (0)

#endif /* BOOT_H */
