/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench.h - counting the instructions of one operation under callgrind
 *
 * The program runs at full speed until bench_run(), which warms up, switches
 * callgrind on, runs the operation @nr times and asks for one dump named
 * after the case ("case <name> <operations>"). bench.py reads the dumps. The
 * loop and the call are measured with an empty operation ("overhead") and
 * taken off there. Without valgrind the cases run and count nothing.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdio.h>
#include <stdlib.h>

#include <valgrind/callgrind.h>

typedef void bench_op(void *arg);

static void bench_nothing(void *arg)
{
	__asm__ volatile("" : : "r"(arg) : "memory");
}

/* Called through a volatile pointer, so that nothing is inlined. */
static __attribute__((noinline)) void bench_loop(bench_op *volatile *op,
						 void *arg, unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++) {
		(*op)(arg);
	}
}

/* One dump: @ops operations were done by the @nr calls of @op. */
static void bench_run_ops(const char *name, bench_op *op, void *arg,
			  unsigned long nr, unsigned long ops)
{
	bench_op *volatile call = op;
	char text[128];

	snprintf(text, sizeof(text), "case %s %lu %lu", name, nr, ops);
	CALLGRIND_START_INSTRUMENTATION;
	CALLGRIND_ZERO_STATS;
	bench_loop(&call, arg, nr);
	CALLGRIND_DUMP_STATS_AT(text);
	CALLGRIND_STOP_INSTRUMENTATION;
}

/* The usual case: warm up, then one operation a call. */
static inline void bench_run(const char *name, bench_op *op, void *arg,
			     unsigned long nr)
{
	bench_op *volatile call = op;

	bench_loop(&call, arg, nr / 4 + 1);
	bench_run_ops(name, op, arg, nr, nr);
}

/* What comes next, in the operation that is measured, does not count; call it
 * again, and the rest does. */
static inline void bench_pause_or_go_on(void)
{
	CALLGRIND_TOGGLE_COLLECT;
}

static inline void bench_overhead(void)
{
	bench_run("overhead", bench_nothing, NULL, 1000);
}

static inline void bench_need(const void *p, const char *what)
{
	if (p == NULL) {
		fprintf(stderr, "bench: %s failed\n", what);
		exit(1);
	}
}

#endif /* BENCH_H */
