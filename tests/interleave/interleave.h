/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interleave.h - a few CPUs whose every step is chosen: what a scenario says
 *
 * A scenario is some memory, a body for each of 2 or 3 CPUs, perhaps handlers
 * of interrupts, and a check. Its bodies run as coroutines over the real code
 * of the library, which is compiled as for ThreadSanitizer: before each access
 * to memory it calls a function, and these are ours (points.c). There the
 * scheduler decides who goes on.
 *
 *	static void free_it(void)
 *	{
 *		free_domheap_page(block);
 *	}
 *
 *	static void a_page_is_freed_once(void **state)
 *	{
 *		static const struct il_scenario s = {
 *			.name = "free twice", .set_up = take_one,
 *			.cpu = {free_it, free_it}, .check = nothing_is_lost,
 *			.bound = 3, .random = 1000,
 *		};
 *
 *		il_explore(&s);
 *	}
 *
 * What a scenario keeps in variables: IL_QUIET ones are as set_up() left them
 * at the start of each run, and no access to them is a point; IL_KEPT ones last
 * from run to run.
 *
 * A run that goes wrong (a check, a panic, a deadlock, a frame that is handed
 * out twice) fails the test, with a string that runs the same steps again,
 * and says where each switch was:
 *
 *	XMEM_INTERLEAVE='sc 17>1 40>0' build/host/tests/interleave/pages
 */
#ifndef INTERLEAVE_H
#define INTERLEAVE_H

#include "test.h"

#include <xmem/admin.h>
#include <xmem/boot.h>
#include <xmem/debug.h>
#include <xmem/pages.h>

#define IL_CPUS	 4U
#define IL_TASKS (2 * IL_CPUS) /* a body and a handler each */

#define IL_KEPT	 __attribute__((section("il_kept")))
#define IL_QUIET __attribute__((section("il_quiet")))

/* What a scenario may ask for. */
enum {
	IL_TSO = 1,	  /* also with store buffers: see buffer.c */
	IL_LOCK_IRQS = 2, /* locks disable interrupts */
	IL_NO_IPI = 4,	  /* nobody may broadcast a barrier */
	IL_NO_HOOKS = 8,  /* what the hooks are told does not count */
};

struct il_scenario {
	const char *name;
	void (*set_up)(void);
	void (*cpu[IL_CPUS])(void); /* what runs on each; NULL: nothing */
	/* An interrupt, once, at any time: what its handler does there. */
	void (*handler[IL_CPUS])(void);
	void (*check)(void);  /* when all have come to their end */
	const char *panic;    /* a panic that says this may end a run */
	unsigned int flags;   /* IL_* */
	unsigned int bound;   /* all schedules with so many preemptions */
	unsigned long runs;   /* or so many of them, if that is less */
	unsigned long random; /* and so many at random */
};

/* Try @s in all its schedules: fails the test, or says what was tried. */
void il_explore(const struct il_scenario *s);

/* Try @s until a run goes wrong, or run @schedule, without a word. Return: why
 * it is wrong, NULL: it is not; @to: the schedule. */
const char *il_first_failure(const struct il_scenario *s, const char *schedule,
			     char *to, size_t size);

/* Does the environment name one schedule? Then not all was tried. */
bool il_is_replay(void);

/* Is this a run with store buffers? */
bool il_is_tso(void);

/* This run is wrong: it ends here. Also for the check. */
__attribute__((noreturn, format(printf, 1, 2))) void il_fail(const char *fmt,
							     ...);

#define IL_EXPECT(cond)                                                  \
	do {                                                             \
		if (!(cond)) {                                           \
			il_fail("%s:%d: %s", __FILE__, __LINE__, #cond); \
		}                                                        \
	} while (0)

/* Call @body on this CPU. Return: what it says if it panics; else NULL. A
 * panic drops the locks that the CPU holds, as if nothing had been. */
const char *il_catch(void (*body)(void));

/* Frames [@smfn, @emfn), free, in a span of their own. For set_up(). Frames
 * from @il_node_border on are those of node 1. */
void il_add(unsigned long smfn, unsigned long emfn);
extern unsigned long il_node_border;

/* Metadata of such a span, for a body that adds it. */
void *il_reserve(unsigned long smfn, unsigned long emfn);

/* The heap is whole: the validator says so, and what is free is what the hooks
 * of the port were told. */
void il_check_heap(void);

/* For set_up() and the check: call @body as if CPU @cpu did. */
void il_on_cpu(unsigned int cpu, void (*body)(void));

#endif /* INTERLEAVE_H */
