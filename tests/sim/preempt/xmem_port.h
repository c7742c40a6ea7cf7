/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem_port.h - the port of a preemptive kernel, on the machine of tests/sim
 *
 * The thread that calls the library goes on with another CPU number at every
 * hook of the port, unless preemption is off or interrupts are masked:
 * preempt.c. The lock is the default one. The state is a struct, as it may be
 * anything.
 */
#ifndef PREEMPT_PORT_H
#define PREEMPT_PORT_H

#define XMEM_HOST_PLAIN
#include "../../host/include/xmem_port.h"

#define XMEM_PORT_PREEMPT
typedef struct {
	unsigned int cpu;
	unsigned long number;
} xmem_preempt_t;

void preempt_off(xmem_preempt_t *state);
void preempt_on(xmem_preempt_t state);
#define xmem_port_preempt_off(state) preempt_off(&(state))
#define xmem_port_preempt_on(state)  preempt_on(state)

unsigned int preempt_cpu(void);
#undef xmem_port_cpu
#define xmem_port_cpu() preempt_cpu()

void preempt_relax(void);
#define xmem_port_relax() preempt_relax()

/* With preemption off. */
void preempt_given(unsigned long mfn, unsigned int order);
void preempt_taken(unsigned long mfn, unsigned int order);
#define xmem_port_frames_given(mfn, order) preempt_given(mfn, order)
#define xmem_port_frames_taken(mfn, order) preempt_taken(mfn, order)

#endif /* PREEMPT_PORT_H */
