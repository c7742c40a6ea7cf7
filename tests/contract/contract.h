/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * contract.h - what the contract tests need of the machine they run on
 *
 * The tests in this folder say what the library promises on every machine:
 * what the boot has built, every kind of allocation, faults where they must
 * be, a load on all CPUs, misuse. They are one source; a platform runs them:
 * the host machine (tests/contract/host.c), the test hypervisor of x86-64
 * (tests/boot/x86) and the one of arm64 and arm32 (tests/boot/arm). A
 * platform supplies what is declared here; a test knows no architecture, no
 * PAGE_SIZE, no size of blocks, no place of RAM.
 */
#ifndef CONTRACT_H
#define CONTRACT_H

#include <xmem/port.h>
#include <xmem/types.h>

/* ---- what stopped a function ---- */

enum contract_cause {
	CAUSE_NONE,
	CAUSE_NOT_PRESENT, /* no translation: read, write or fetch */
	CAUSE_NO_WRITE,	   /* a write to what is present but read-only */
	CAUSE_NO_EXEC,	   /* a fetch from what is present but no-execute */
	CAUSE_STACK,	   /* the stack ran into what is not present */
	CAUSE_PANIC,	   /* xmem_port_panic() */
	CAUSE_OTHER,	   /* anything else: a bug */
};

/** struct contract_fault - described in a machine-independent way. */
struct contract_fault {
	enum contract_cause cause;
	unsigned long va;  /* address that was accessed */
	unsigned long pc;  /* of the instruction */
	unsigned long raw; /* error code, syndrome: for messages only */
	char text[256];	   /* of a panic, without its newline */
};

/** Run @fn(@arg) on this CPU; true if a fault or a panic stopped it,
 *  described in *@fault (CAUSE_NONE otherwise). Locks of the library that it
 *  held are released. May be nested. */
bool contract_try(void (*fn)(void *), void *arg, struct contract_fault *fault);

/* ---- CPUs; the number of this one is xmem_port_cpu() ---- */

unsigned int contract_nr_cpus(void);

/** Run @fn(@arg) on CPU @cpu (perhaps this one) and wait until it is done. */
void contract_run_on(unsigned int cpu, void (*fn)(void *), void *arg);

/** Run it on every CPU at once, this one included; wait for all. */
void contract_run_all(void (*fn)(void *), void *arg);

/** Start it on another CPU; contract_wait() ends the wait. */
void contract_post(unsigned int cpu, void (*fn)(void *), void *arg);
void contract_wait(unsigned int cpu);

/** Seconds since second @then of a minute (0: which second it is). */
unsigned int contract_seconds_since(unsigned int then);

/* ---- the machine ---- */

struct contract_range {
	uint64_t start;
	uint64_t end;
};

/** The @i-th range of RAM that the firmware names, ascending; false: no
 *  more. */
bool contract_ram(unsigned int i, struct contract_range *range);

struct contract_machine {
	unsigned long want_mib;	     /* RAM that the tester asked for */
	unsigned long want_cpus;     /* CPUs that the tester asked for */
	unsigned long firmware_kib;  /* most RAM that firmware may keep */
	unsigned long free_at_start; /* pages, after the hand-over */
	/* A page of device registers outside RAM; 0: the machine has none. At
	 * device_offset in it, not 0, a multiple of 4, 4 bytes can be read
	 * without harm. */
	paddr_t device;
	unsigned int device_offset;
	/* Does @bytes of code (at most 16) that return at once; for fetches. */
	const void *ret_code;
	unsigned int ret_bytes;
	/* Share of the random steps that is run, in percent. */
	unsigned int load_percent;
	/* Bytes of the stacks of CPUs 1.. if these are vmalloc'd and
	 * contract_try() survives running over them; 0 if not. */
	unsigned long stack_bytes;
};
extern struct contract_machine contract_machine; /* in suite.c */

/** Lowest address of the stack of CPU @cpu (stack_bytes != 0, @cpu > 0). */
unsigned long contract_stack_base(unsigned int cpu);

/** Is the translation of @va, which is mapped, of memory type @type
 *  (XMEM_MAP_WB ... _UC) in the raw page table entry and in the registers
 *  that give the types their meaning? On a CPU with fewer: is it the type that
 *  arch/pte.h has for @type? Write-back and uncached are two. */
bool contract_has_type(const void *va, unsigned int type);

/** Make code that was just written at @va visible to instruction fetches. */
void contract_sync_code(void *va, unsigned long bytes);

/* ---- output ---- */

XMEM_PRINTF(1, 2) void contract_print(const char *fmt, ...);
/** A TAP comment; the newline is added. */
XMEM_PRINTF(1, 2) void contract_diag(const char *fmt, ...);
XMEM_PRINTF(3, 4)
void contract_format(char *buf, size_t size, const char *fmt, ...);

/* ---- the tests ---- */

struct contract_test {
	const char *name;
	bool (*run)(void);
};

/* Each ends with {NULL, NULL}. The last is the platform's own. */
extern const struct contract_test contract_tests_map[];
extern const struct contract_test contract_tests_alloc[];
extern const struct contract_test contract_tests_limit[];
extern const struct contract_test contract_tests_fault[];
extern const struct contract_test contract_tests_load[];
extern const struct contract_test contract_tests_misuse[];
extern const struct contract_test contract_tests_platform[];

/** Run them all, print TAP. Return: number that failed. */
unsigned int contract_suite(void);

/** The test that runs does not apply to this machine, @why in a few words:
 *  `return contract_skip(...)`. Return: true. */
bool contract_skip(const char *why);

/** Leave the test as failed, saying what did not hold. */
#define CHECK(cond)                                                            \
	do {                                                                   \
		if (!(cond)) {                                                 \
			contract_diag("%s:%d: %s", __FILE__, __LINE__, #cond); \
			return false;                                          \
		}                                                              \
	} while (0)

#endif /* CONTRACT_H */
