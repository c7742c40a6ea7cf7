/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem_port.h - the port of the benchmark adapters: x86's pause, and threads
 * that are CPUs
 */
#ifndef ADAPTER_PORT_H
#define ADAPTER_PORT_H

#define xmem_port_cpu_pause() __builtin_ia32_pause()

/* The CPU that this thread is: 0, unless it says otherwise (adapter.h). */
extern __thread unsigned int adapter_cpu
	__attribute__((__tls_model__("local-exec")));
#define xmem_port_cpu() adapter_cpu

void adapter_barrier(void);
#define xmem_port_may_broadcast()     true
#define xmem_port_broadcast_barrier() adapter_barrier()

#endif /* ADAPTER_PORT_H */
