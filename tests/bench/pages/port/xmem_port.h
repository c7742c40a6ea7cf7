/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem_port.h - a host that has caches of CPUs, to see how large the library is
 */
#ifndef PAGES_PORT_H
#define PAGES_PORT_H

void host_barrier(void);
#define xmem_port_may_broadcast()     true
#define xmem_port_broadcast_barrier() host_barrier()

#endif /* PAGES_PORT_H */
