/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * recover.c - functions that may fault or panic, and the locks they held
 *
 * contract_try() notes where to go on; a trap or a panic on the same CPU
 * fills in what happened and jumps there. Nothing that was called meanwhile
 * gets a chance to clean up, so the locks this CPU holds are dropped, and it is
 * not in its cache any more.
 */
#include "common.h"
#include "heap/cache.h"

#define MAX_HELD 8U

static struct {
	struct boot_jmp *catch;
	struct contract_fault *fault;
	unsigned int nr_held;
	xmem_lock_t *held[MAX_HELD];
} cpus[NR_CPUS];

bool contract_try(void (*fn)(void *), void *arg, struct contract_fault *fault)
{
	unsigned int cpu = xmem_port_cpu();
	struct boot_jmp *outer = cpus[cpu].catch;
	struct contract_fault *outer_fault = cpus[cpu].fault;
	struct boot_jmp here;
	bool stopped;

	*fault = (struct contract_fault){.cause = CAUSE_NONE};
	stopped = boot_setjmp(&here) != 0;
	if (!stopped) {
		cpus[cpu].catch = &here;
		cpus[cpu].fault = fault;
		fn(arg);
	}
	cpus[cpu].catch = outer;
	cpus[cpu].fault = outer_fault;
	return stopped;
}

struct contract_fault *boot_catcher(void)
{
	unsigned int cpu = xmem_port_cpu();

	return cpus[cpu].catch != NULL ? cpus[cpu].fault : NULL;
}

static void leave_cache(void)
{
	struct cache_head *mine = cache_mine();

	if (HEAP_HAS_CACHES && mine != &xmem_no_cache) {
		__atomic_store_n(&mine->busy, 0, __ATOMIC_RELEASE);
	}
}

void boot_recover(void)
{
	unsigned int cpu = xmem_port_cpu();

	while (cpus[cpu].nr_held > 0) {
		boot_unlock(cpus[cpu].held[cpus[cpu].nr_held - 1]);
	}
	leave_cache();
	boot_longjmp(cpus[cpu].catch, 1);
}

/* A message ends with a newline; what is noted of it does not. */
static void note_panic(struct contract_fault *fault, const char *text)
{
	size_t i = 0;

	for (; text[i] != '\0' && text[i] != '\n'; i++) {
		fault->text[i] = text[i];
	}
	fault->text[i] = '\0';
	fault->cause = CAUSE_PANIC;
}

void xmem_port_panic(const char *fmt, ...)
{
	struct contract_fault *fault = boot_catcher();
	__builtin_va_list args;
	char text[sizeof(fault->text)];

	__builtin_va_start(args, fmt);
	boot_vformat(text, sizeof(text), fmt, args);
	__builtin_va_end(args);
	if (fault == NULL) {
		contract_print("Bail out! CPU %u: panic: %s\n", xmem_port_cpu(),
			       text);
		boot_exit(1);
	}
	note_panic(fault, text);
	boot_recover();
}

/* ---- locks of the library ---- */

void boot_lock(xmem_lock_t *lock)
{
	unsigned int cpu = xmem_port_cpu();

	for (unsigned int i = 0; i < cpus[cpu].nr_held; i++) {
		if (cpus[cpu].held[i] == lock) {
			xmem_port_panic("lock %p taken twice\n", (void *)lock);
		}
	}
	if (cpus[cpu].nr_held == MAX_HELD) {
		xmem_port_panic("more than %u locks held\n", MAX_HELD);
	}
	while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE)) {
		while (__atomic_load_n(&lock->held, __ATOMIC_RELAXED)) {
			xmem_port_cpu_pause();
		}
	}
	cpus[cpu].held[cpus[cpu].nr_held++] = lock;
}

void boot_unlock(xmem_lock_t *lock)
{
	unsigned int cpu = xmem_port_cpu();

	if (cpus[cpu].nr_held == 0 ||
	    cpus[cpu].held[cpus[cpu].nr_held - 1] != lock) {
		cpus[cpu].nr_held = 0;
		xmem_port_panic("lock %p released out of order\n",
				(void *)lock);
	}
	cpus[cpu].nr_held--;
	__atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
}

bool boot_holds_locks(void)
{
	return cpus[xmem_port_cpu()].nr_held != 0;
}
