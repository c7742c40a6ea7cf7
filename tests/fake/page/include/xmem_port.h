/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem_port.h - the port of the fake machine of the page layer's tests
 *
 * The host machine's types and checking lock, but nodes, hooks and failures
 * as tests/fake/page/fake.h sets them.
 */
#ifndef FAKE_PORT_H
#define FAKE_PORT_H

#include <stdbool.h>

#include "../../../host/include/xmem_port.h"

#undef MAX_NUMNODES
#define MAX_NUMNODES 4

unsigned int fake_mfn_to_node(unsigned long mfn);
unsigned long fake_node_end(unsigned long mfn);
unsigned int fake_cpu_to_node(unsigned int cpu);
void fake_lock_init(xmem_lock_t *lock);
unsigned int fake_next_node(unsigned int first, unsigned int node);
void fake_taken(unsigned long mfn, unsigned int order);
void fake_given(unsigned long mfn, unsigned int order);
bool fake_alloc_fails(void);
void fake_relax(void);
void fake_flush_to_ram(unsigned long mfn, unsigned long nr, bool icache);

#undef xmem_port_mfn_to_node
#undef xmem_port_node_end
#undef xmem_port_cpu_to_node
#undef xmem_port_frames_taken
#undef xmem_port_frames_given
#undef xmem_port_alloc_fails
#undef xmem_port_relax
#define xmem_port_mfn_to_node(mfn)	   fake_mfn_to_node(mfn)
#define xmem_port_node_end(mfn)		   fake_node_end(mfn)
#define xmem_port_cpu_to_node(cpu)	   fake_cpu_to_node(cpu)
#define xmem_port_lock_init(lock)	   fake_lock_init(lock)
#define xmem_port_next_node(first, node)   fake_next_node(first, node)
#define xmem_port_frames_taken(mfn, order) \
	(xmem_host_check_told(), fake_taken(mfn, order))
#define xmem_port_frames_given(mfn, order) \
	(xmem_host_check_told(), fake_given(mfn, order))
#define xmem_port_alloc_fails()		   fake_alloc_fails()
#define xmem_port_relax()		   fake_relax()
#define xmem_port_flush_to_ram(mfn, nr, icache) \
	fake_flush_to_ram(mfn, nr, icache)

/* The same frame at every page size. */
#undef XMEM_PORT_DMA_MFNS
#define XMEM_PORT_DMA_MFNS 4096UL

#endif /* FAKE_PORT_H */
