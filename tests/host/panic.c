/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * panic.c - the console, the panic, the lock checker and the barrier of host
 * tests
 *
 * Linked into every host test, also those that exercise one engine alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <xmem/port.h>

#define WEAK __attribute__((weak))

__thread jmp_buf *xmem_host_panic_catcher;
__thread char xmem_host_panic_text[512];
XMEM_HOST_PER_CPU unsigned int xmem_host_this_cpu;
#ifndef XMEM_HOST_PLAIN
XMEM_HOST_PER_CPU struct xmem_host_held xmem_host_held;
XMEM_HOST_PER_CPU unsigned int xmem_host_preempt_offs;
#endif
unsigned long xmem_host_nr_prints;
unsigned long long xmem_host_entropy;
char xmem_host_print_text[512];

void xmem_host_drop_locks(void)
{
#ifndef XMEM_HOST_PLAIN
	while (xmem_host_held.nr > 0) {
		xmem_port_unlock(xmem_host_held.lock[xmem_host_held.nr - 1]);
	}
	xmem_host_preempt_offs = 0;
#endif
}

_Noreturn static void stop(void)
{
	if (xmem_host_panic_catcher != NULL) {
		longjmp(*xmem_host_panic_catcher, 1);
	}
	fprintf(stderr, "xmem panic: %s\n", xmem_host_panic_text);
	abort();
}

void xmem_port_panic(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(xmem_host_panic_text, sizeof(xmem_host_panic_text), fmt,
		  args);
	va_end(args);
	stop();
}

/* A test that wants to see every message has one of its own. */
WEAK void xmem_port_print(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(xmem_host_print_text, sizeof(xmem_host_print_text), fmt,
		  args);
	va_end(args);
	__atomic_fetch_add(&xmem_host_nr_prints, 1, __ATOMIC_RELAXED);
	if (getenv("XMEM_HOST_VERBOSE") != NULL) {
		fputs(xmem_host_print_text, stderr);
	}
}

#ifndef XMEM_HOST_PLAIN
void xmem_host_lock_error(const char *what, const void *lock)
{
	snprintf(xmem_host_panic_text, sizeof(xmem_host_panic_text),
		 "host lock checker: %s (lock %p)", what, lock);
	stop();
}

void xmem_host_preempt_on(xmem_preempt_t state)
{
	if (xmem_host_preempt_offs != state + 1) {
		xmem_host_lock_error("preemption on with another state", NULL);
	}
	xmem_host_preempt_offs = state;
}

void xmem_host_check_told(void)
{
	if (xmem_host_held.nr != 0) {
		xmem_host_lock_error("frames told under a lock",
				     xmem_host_held.lock[0]);
	}
	if (xmem_host_preempt_offs == 0) {
		xmem_host_lock_error("frames told with preemption on", NULL);
	}
}
#endif

/* ---- a barrier on every CPU ---- */

XMEM_HOST_PER_CPU bool xmem_host_interrupts_off;
unsigned long xmem_host_nr_broadcasts;

static void membarrier(int command)
{
	if (syscall(__NR_membarrier, command, 0, 0) != 0) {
		perror("xmem host: membarrier");
		abort();
	}
}

__attribute__((constructor)) static void register_process(void)
{
	membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
}

bool xmem_host_may_broadcast(void)
{
	return !xmem_host_interrupts_off;
}

void xmem_host_broadcast_barrier(void)
{
#ifndef XMEM_HOST_PLAIN
	if (xmem_host_held.nr != 0) {
		xmem_host_lock_error("broadcast under a lock",
				     xmem_host_held.lock[0]);
	}
#endif
	__atomic_fetch_add(&xmem_host_nr_broadcasts, 1, __ATOMIC_RELAXED);
	membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
}

/*
 * Hooks of a test that is linked without the machine: one node, no failures,
 * nothing to be seen in frames that come and go. The machine has its own.
 */
WEAK unsigned int xmem_host_layout;

WEAK unsigned int xmem_host_mfn_to_node(unsigned long mfn)
{
	(void)mfn;
	return 0;
}

WEAK unsigned int xmem_host_cpu_to_node(unsigned int cpu)
{
	(void)cpu;
	return 0;
}

#ifndef XMEM_HOST_PLAIN
WEAK bool xmem_host_alloc_fails(void)
{
	return false;
}

WEAK void xmem_host_frames_taken(unsigned long mfn, unsigned int order)
{
	(void)mfn;
	(void)order;
}

WEAK void xmem_host_frames_given(unsigned long mfn, unsigned int order)
{
	(void)mfn;
	(void)order;
}
#endif
