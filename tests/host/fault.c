/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fault.c - failures on purpose: page allocations, and page faults
 */
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>

#include "host_priv.h"

/* The plan, one word, as CPUs read it while it changes: allocations until one
 * fails, 0 = never; and whether all fail from then on. */
#define FOR_EVER (~(~0UL >> 1))
static unsigned long plan;
static unsigned long nr_failed;

void xmem_host_fail_nth(unsigned long n, bool persistent)
{
	__atomic_store_n(&plan, (n & ~FOR_EVER) | (persistent ? FOR_EVER : 0),
			 __ATOMIC_RELEASE);
}

unsigned long xmem_host_nr_failed(void)
{
	return __atomic_load_n(&nr_failed, __ATOMIC_RELAXED);
}

#ifndef XMEM_HOST_PLAIN
bool xmem_host_alloc_fails(void)
{
	unsigned long now = __atomic_load_n(&plan, __ATOMIC_RELAXED);
	unsigned long next;

	do {
		if ((now & ~FOR_EVER) == 0) {
			return false;
		}
		next = now == (FOR_EVER | 1) ? now : now - 1;
	} while (!__atomic_compare_exchange_n(&plan, &now, next, true,
					      __ATOMIC_ACQ_REL,
					      __ATOMIC_RELAXED));
	if ((now & ~FOR_EVER) != 1) {
		return false;
	}
	__atomic_fetch_add(&nr_failed, 1, __ATOMIC_RELAXED);
	return true;
}
#endif

static __thread sigjmp_buf *recover;

static void on_fault(int signal)
{
	if (recover != NULL) {
		siglongjmp(*recover, signal);
	}
	/* Not ours: return to the instruction with the default action, which
	 * ends the process as it should. */
	struct sigaction fatal = {.sa_handler = SIG_DFL};

	sigaction(signal, &fatal, NULL);
}

__attribute__((no_sanitize("address", "thread", "undefined"))) static void
try_access(const void *va, enum xmem_host_access access)
{
	volatile unsigned char *byte =
		(volatile unsigned char *)(unsigned long)va;

	if (access == XMEM_HOST_EXEC) {
		((void (*)(void))(unsigned long)va)();
	} else {
		unsigned char value = *byte;

		if (access == XMEM_HOST_WRITE) {
			*byte = value;
		}
	}
}

bool xmem_host_probe(const void *va, enum xmem_host_access access)
{
	struct sigaction catch_fault = {.sa_handler = on_fault};
	struct sigaction before[2];
	sigjmp_buf here;
	volatile bool works = false;

	sigaction(SIGSEGV, &catch_fault, &before[0]);
	sigaction(SIGBUS, &catch_fault, &before[1]);
	recover = &here;
	if (sigsetjmp(here, 1) == 0) {
		try_access(va, access);
		works = true;
	}
	recover = NULL;
	sigaction(SIGSEGV, &before[0], NULL);
	sigaction(SIGBUS, &before[1], NULL);
	return works;
}
