/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * caches.h - a host that has caches of CPUs, for pages_measure.py: CONFIG=
 */
#ifndef PAGES_CACHES_H
#define PAGES_CACHES_H

void host_barrier(void);
#define xmem_port_may_broadcast()     true
#define xmem_port_broadcast_barrier() host_barrier()

#endif /* PAGES_CACHES_H */
