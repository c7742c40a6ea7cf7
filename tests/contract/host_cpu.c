/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host_cpu.c - the CPUs of the host machine, and what stops them
 *
 * A CPU is a thread that waits for work; its stack is vmalloc'd memory of
 * the simulated machine, so that running over it meets a real guard page.
 * Faults arrive as signals on a stack of their own and are described after
 * the jump back, when no lock is held any more: by what the page tables say
 * of the address, and by the error code where the process gets to see one.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include <xmem/xmem.h>

#include "contract.h"
#include "host.h"
#include "xmem_host.h"

/* In tests/host/panic.c. */
extern __thread jmp_buf *xmem_host_panic_catcher;
extern __thread char xmem_host_panic_text[512];
void xmem_host_drop_locks(void);

#define STACK_BYTES  (256UL << 10)
#define SIGNAL_BYTES (64UL << 10)

static struct cpu {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	void (*work)(void *); /* NULL when idle */
	void *arg;
	bool off;
	char *stack;
	char signal_stack[SIGNAL_BYTES];
} cpus[HOST_CPUS];

static unsigned int nr_cpus = 1;
static stack_t boot_stack; /* signal stack of CPU 0 while it is off */

/* ---- faults ---- */

/* What a signal says, before it is understood. */
struct trap {
	unsigned long va;
	unsigned long pc;
	unsigned long error;
	bool is_page_fault;
	bool write; /* known to be one */
	bool fetch;
};

struct catcher {
	sigjmp_buf here;
	struct trap trap;
};

static __thread struct catcher *catcher;

#ifdef __x86_64__
#define TRAP_PAGE_FAULT 14
static void read_context(struct trap *trap, const ucontext_t *context)
{
	const greg_t *regs = context->uc_mcontext.gregs;

	trap->pc = (unsigned long)regs[REG_RIP];
	trap->error = (unsigned long)regs[REG_ERR];
	trap->is_page_fault = regs[REG_TRAPNO] == TRAP_PAGE_FAULT;
	trap->write = (trap->error & 2) != 0;
	trap->fetch = (trap->error & 16) != 0;
}
#else
/* Nothing but the address: what the page tables forbid was done. */
static void read_context(struct trap *trap, const ucontext_t *context)
{
	unsigned int flags = 0;

	(void)context;
	xmem_map_attrs(trap->va, &flags, NULL);
	trap->pc = 0;
	trap->error = 0;
	trap->is_page_fault = true;
	trap->write = (flags & XMEM_MAP_WRITE) == 0;
	trap->fetch = !trap->write;
}
#endif

static void on_signal(int number, siginfo_t *info, void *context)
{
	struct sigaction fatal = {.sa_handler = SIG_DFL};

	if (catcher == NULL) {
		/* Back to the instruction, which ends the process. */
		sigaction(number, &fatal, NULL);
		return;
	}
	catcher->trap.va = (unsigned long)info->si_addr;
	read_context(&catcher->trap, context);
	siglongjmp(catcher->here, 1);
}

static bool is_below_own_stack(unsigned long va)
{
	unsigned int cpu = xmem_port_cpu();
	unsigned long base;

	if (cpu == 0) {
		return false;
	}
	base = contract_stack_base(cpu);
	return va < base && va >= base - PAGE_SIZE;
}

static enum contract_cause cause_of(const struct trap *trap)
{
	unsigned int flags = 0;

	if (!trap->is_page_fault) {
		return CAUSE_OTHER;
	}
	if (is_below_own_stack(trap->va)) {
		return CAUSE_STACK;
	}
	if (!xmem_map_attrs(trap->va, &flags, NULL)) {
		return CAUSE_NOT_PRESENT;
	}
	if (trap->fetch && (flags & XMEM_MAP_EXEC) == 0) {
		return CAUSE_NO_EXEC;
	}
	if (trap->write && (flags & XMEM_MAP_WRITE) == 0) {
		return CAUSE_NO_WRITE;
	}
	return CAUSE_OTHER;
}

static void describe_trap(struct contract_fault *fault, const struct trap *trap)
{
	xmem_host_drop_locks();
	fault->cause = cause_of(trap);
	fault->va = trap->va;
	fault->pc = trap->pc;
	fault->raw = trap->error;
}

static void describe_panic(struct contract_fault *fault)
{
	xmem_host_drop_locks();
	fault->cause = CAUSE_PANIC;
	contract_format(fault->text, sizeof(fault->text), "%.*s",
			(int)strcspn(xmem_host_panic_text, "\n"),
			xmem_host_panic_text);
}

bool contract_try(void (*fn)(void *), void *arg, struct contract_fault *fault)
{
	struct catcher *outer = catcher;
	jmp_buf *outer_panic = xmem_host_panic_catcher;
	struct catcher mine;
	jmp_buf panic;

	*fault = (struct contract_fault){.cause = CAUSE_NONE};
	if (sigsetjmp(mine.here, 1) != 0) {
		describe_trap(fault, &mine.trap);
	} else if (setjmp(panic) != 0) {
		describe_panic(fault);
	} else {
		catcher = &mine;
		xmem_host_panic_catcher = &panic;
		fn(arg);
	}
	catcher = outer;
	xmem_host_panic_catcher = outer_panic;
	return fault->cause != CAUSE_NONE;
}

/* Return: the signal stack there was before, a sanitizer's perhaps. */
static stack_t catch_signals(struct cpu *cpu)
{
	struct sigaction action = {
		.sa_sigaction = on_signal,
		.sa_flags = SA_SIGINFO | SA_ONSTACK,
	};
	stack_t stack = {.ss_sp = cpu->signal_stack, .ss_size = SIGNAL_BYTES};
	stack_t before;

	sigaltstack(&stack, &before);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	return before;
}

/* ---- work ---- */

unsigned int contract_nr_cpus(void)
{
	return nr_cpus;
}

/* The next work of @cpu, or NULL: the machine is switched off. */
static void (*next_work(struct cpu *cpu))(void *)
{
	void (*fn)(void *);

	pthread_mutex_lock(&cpu->lock);
	while (cpu->work == NULL && !cpu->off) {
		pthread_cond_wait(&cpu->changed, &cpu->lock);
	}
	fn = cpu->work;
	pthread_mutex_unlock(&cpu->lock);
	return fn;
}

static void set_work(struct cpu *cpu, void (*fn)(void *), bool off)
{
	pthread_mutex_lock(&cpu->lock);
	cpu->work = fn;
	cpu->off = off;
	pthread_cond_broadcast(&cpu->changed);
	pthread_mutex_unlock(&cpu->lock);
}

static void *cpu_main(void *arg)
{
	struct cpu *cpu = arg;
	void (*fn)(void *);
	stack_t before;

	xmem_host_cpu_enter((unsigned int)(cpu - cpus));
	before = catch_signals(cpu);
	while ((fn = next_work(cpu)) != NULL) {
		fn(cpu->arg);
		set_work(cpu, NULL, false);
	}
	sigaltstack(&before, NULL);
	return NULL;
}

void contract_post(unsigned int cpu, void (*fn)(void *), void *arg)
{
	cpus[cpu].arg = arg;
	set_work(&cpus[cpu], fn, false);
}

void contract_wait(unsigned int nr)
{
	struct cpu *cpu = &cpus[nr];

	pthread_mutex_lock(&cpu->lock);
	while (cpu->work != NULL) {
		pthread_cond_wait(&cpu->changed, &cpu->lock);
	}
	pthread_mutex_unlock(&cpu->lock);
}

void contract_run_on(unsigned int cpu, void (*fn)(void *), void *arg)
{
	if (cpu == xmem_port_cpu()) {
		fn(arg);
		return;
	}
	contract_post(cpu, fn, arg);
	contract_wait(cpu);
}

void contract_run_all(void (*fn)(void *), void *arg)
{
	for (unsigned int i = 0; i < nr_cpus; i++) {
		if (i != xmem_port_cpu()) {
			contract_post(i, fn, arg);
		}
	}
	fn(arg);
	for (unsigned int i = 0; i < nr_cpus; i++) {
		if (i != xmem_port_cpu()) {
			contract_wait(i);
		}
	}
}

/* ---- power ---- */

unsigned long contract_stack_base(unsigned int cpu)
{
	return (unsigned long)cpus[cpu].stack;
}

static void start_cpu(struct cpu *cpu)
{
	pthread_attr_t attr;

	pthread_mutex_init(&cpu->lock, NULL);
	pthread_cond_init(&cpu->changed, NULL);
	cpu->work = NULL;
	cpu->off = false;
	cpu->stack = vzalloc(STACK_BYTES);
	pthread_attr_init(&attr);
	if (cpu->stack == NULL ||
	    pthread_attr_setstack(&attr, cpu->stack, STACK_BYTES) != 0 ||
	    pthread_create(&cpu->thread, &attr, cpu_main, cpu) != 0) {
		fprintf(stderr, "host: cannot start a CPU\n");
		exit(2);
	}
	pthread_attr_destroy(&attr);
}

void host_cpus_on(unsigned int nr)
{
	boot_stack = catch_signals(&cpus[0]);
	for (unsigned int i = 1; i < nr; i++) {
		start_cpu(&cpus[i]);
	}
	nr_cpus = nr;
	contract_machine.stack_bytes = STACK_BYTES;
}

void host_cpus_off(void)
{
	for (unsigned int i = 1; i < nr_cpus; i++) {
		set_work(&cpus[i], NULL, true);
		pthread_join(cpus[i].thread, NULL);
		vfree(cpus[i].stack);
	}
	sigaltstack(&boot_stack, NULL);
	nr_cpus = 1;
}
