/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem_port.h - a kernel that preempts its own code and moves it between CPUs
 *
 * Its windows on frames are inlines, of the names that the library has, too.
 */
#ifndef MY_PORT_H
#define MY_PORT_H

#define NR_CPUS 2

/* What off gives and on wants: the CPU that the thread must stay on. */
#define XMEM_PORT_PREEMPT
typedef unsigned int xmem_preempt_t;
unsigned int my_preempt_off(void);
void my_preempt_on(unsigned int cpu);
#define xmem_port_preempt_off(state) ((state) = my_preempt_off())
#define xmem_port_preempt_on(state)  my_preempt_on(state)

unsigned int my_cpu(void);
#define xmem_port_cpu() my_cpu()

void my_yield(void);
#define xmem_port_relax() my_yield()

/* Called with preemption off. */
void my_frames_move(unsigned long mfn);
#define xmem_port_frames_taken(mfn, order) my_frames_move(mfn)
#define xmem_port_frames_given(mfn, order) my_frames_move(mfn)

void *my_window_open(unsigned long mfn);
void my_window_close(const void *va);

static inline void *map_domain_page(unsigned long mfn)
{
	return my_window_open(mfn);
}

static inline void unmap_domain_page(const void *va)
{
	my_window_close(va);
}
#define xmem_port_map_domain_page(mfn)	map_domain_page(mfn_x(mfn))
#define xmem_port_unmap_domain_page(va) unmap_domain_page(va)

#endif /* MY_PORT_H */
