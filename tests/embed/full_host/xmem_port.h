/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem_port.h - what the library is compiled with: the hypervisor's lowest
 * header, and nothing above it
 */
#ifndef XMEM_PORT_FULL_HOST_H
#define XMEM_PORT_FULL_HOST_H

#include "full_base.h"
#include "renamed.h"

#define XMEM_ENOENT ENOENT
#define XMEM_ENOMEM ENOMEM
#define XMEM_EBUSY  EBUSY
#define XMEM_EEXIST EEXIST
#define XMEM_EINVAL EINVAL
#define XMEM_ENOSPC ENOSPC
#define XMEM_ERANGE ERANGE

/* Its own types, which are plain numbers. */
#define XMEM_PORT_PADDR
#define XMEM_PORT_MFN
#define _mfn(mfn)	 ((mfn_t)(mfn))
#define mfn_x(mfn)	 ((unsigned long)(mfn))
#define mfn_add(mfn, nr) ((mfn) + (nr))
#define mfn_eq(a, b)	 ((a) == (b))
#define INVALID_MFN	 (~0UL)

#define MAX_NUMNODES		   2
#define xmem_port_mfn_to_node(mfn) node_of_frame(mfn)

#define XMEM_PORT_LOCK
typedef spinlock_t xmem_lock_t;
#define xmem_port_lock_init(lock) spin_lock_init(lock, "xmem")
#define xmem_port_lock(lock)	  spin_lock(lock)
#define xmem_port_unlock(lock)	  spin_unlock(lock)

/* Functions that the hypervisor has. */
#define xmem_port_panic	    panic
#define xmem_port_print	    printk
#define xmem_port_tlb_flush flush_tlb
#define xmem_map_prepare    pt_populate
#define xmem_map_lookup	    pt_lookup
#define arch_vmap_virt_end  window_end
#define alloc_xenheap_pages xen_pages

#endif /* XMEM_PORT_FULL_HOST_H */
