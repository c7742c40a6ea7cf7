/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem_port.h - the port of the interleaved machine: each hook that waits, and
 * each that another CPU may notice, asks the scheduler who goes on
 */
#ifndef IL_PORT_H
#define IL_PORT_H

#include <stdbool.h>

#define NR_CPUS	     8
#define MAX_NUMNODES 2

XMEM_BEGIN_DECLS

unsigned int il_cpu(void);
#define xmem_port_cpu() il_cpu()

unsigned int il_mfn_to_node(unsigned long mfn);
#define xmem_port_mfn_to_node(mfn) il_mfn_to_node(mfn)
unsigned long il_node_end(unsigned long mfn);
#define xmem_port_node_end(mfn) il_node_end(mfn)
unsigned int il_cpu_to_node(unsigned int cpu);
#define xmem_port_cpu_to_node(cpu) il_cpu_to_node(cpu)

void il_pause(void);
#define xmem_port_cpu_pause() il_pause()
void il_relax(void);
#define xmem_port_relax() il_relax()

void il_taken(unsigned long mfn, unsigned int order);
void il_given(unsigned long mfn, unsigned int order);
#ifndef IL_DEAF /* There are other ways for who need not be told. */
#define xmem_port_frames_taken(mfn, order) il_taken(mfn, order)
#define xmem_port_frames_given(mfn, order) il_given(mfn, order)
#endif

/* The caches' hooks. */
void il_broadcast_barrier(void);
#define xmem_port_broadcast_barrier() il_broadcast_barrier()
bool il_may_broadcast(void);
#define xmem_port_may_broadcast() il_may_broadcast()

/* A kernel with threads that keep to their CPU only while they say so. */
#define XMEM_PORT_PREEMPT
typedef unsigned long xmem_preempt_t;
void il_preempt_off(void);
void il_preempt_on(void);
#define xmem_port_preempt_off(state) ((state) = 1, il_preempt_off())
#define xmem_port_preempt_on(state)  ((void)(state), il_preempt_on())

#define XMEM_PORT_LOCK
typedef struct {
	unsigned int held;
} xmem_lock_t;
#define XMEM_LOCK_INIT \
	{              \
		0      \
	}

void il_lock(unsigned int *held);
void il_unlock(unsigned int *held);

static inline void xmem_port_lock(xmem_lock_t *lock)
{
	il_lock(&lock->held);
}

static inline void xmem_port_unlock(xmem_lock_t *lock)
{
	il_unlock(&lock->held);
}

XMEM_END_DECLS

#endif /* IL_PORT_H */
