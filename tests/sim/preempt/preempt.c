/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * preempt.c - a kernel that moves the thread whenever it may
 *
 * It ends the program if the library leaves a window open on a CPU that the
 * thread has left; if preemption is turned on without the state of the last
 * off, or on another CPU; if relax comes while it is off; and if frames are
 * told while it is on. It may be off twice, as a caller that holds it off may call
 * functions that lock.
 */
#include "preempt.h"

#include <xmem/port.h>

unsigned long preempt_nr_moves, preempt_nr_offs;
static unsigned int cpu;

#define MAX_DEPTH 2U
static unsigned long number[MAX_DEPTH]; /* of each off that has no on yet */
static unsigned int depth;

bool preempt_is_off(void)
{
	return depth > 0;
}

static bool has_windows(void)
{
	unsigned long va =
		CPU_WINDOWS_VIRT + ((cpu * XMEM_CPU_WINDOWS) << PAGE_SHIFT);
	struct sim_translation t;

	for (unsigned long i = 0; i < XMEM_CPU_WINDOWS; i++) {
		if (sim_translate(va + (i << PAGE_SHIFT), &t)) {
			return true;
		}
	}
	return false;
}

/* The thread may be preempted here, and so it is. */
static void point(void)
{
	if (depth > 0 || preempt_is_masked()) {
		return;
	}
	sim_need(sim_root == 0 || !has_windows(),
		 "the thread leaves a CPU on which it has a window");
	cpu = (cpu + 1) % NR_CPUS;
	preempt_nr_moves++;
}

unsigned int preempt_cpu(void)
{
	point();
	return cpu;
}

void preempt_off(xmem_preempt_t *state)
{
	point();
	sim_need(depth < MAX_DEPTH, "preemption stays off");
	number[depth++] = ++preempt_nr_offs;
	*state = (xmem_preempt_t){cpu, preempt_nr_offs};
}

void preempt_on(xmem_preempt_t state)
{
	sim_need(depth > 0, "preemption is turned on and was not off");
	depth--;
	sim_need(state.cpu == cpu && state.number == number[depth],
		 "preemption is turned on with another state");
	point();
}

void preempt_relax(void)
{
	sim_need(depth == 0 && !preempt_is_masked(),
		 "relax, which may sleep, with preemption off");
	point();
}

void xmem_host_frames_given(unsigned long mfn, unsigned int order);

void preempt_given(unsigned long mfn, unsigned int order)
{
	sim_need(depth > 0, "frames are told with preemption on");
	xmem_host_frames_given(mfn, order);
}

void preempt_taken(unsigned long mfn, unsigned int order)
{
	(void)mfn;
	(void)order;
	sim_need(depth > 0, "frames are told with preemption on");
}
