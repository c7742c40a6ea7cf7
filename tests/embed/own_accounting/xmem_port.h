/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem_port.h - what the library is compiled with: nothing of hyp.h
 */
#ifndef XMEM_PORT_OWN_ACCOUNTING_H
#define XMEM_PORT_OWN_ACCOUNTING_H

#include "hyp_errno.h"
#include "renamed.h"

#define XMEM_ENOENT ENOENT
#define XMEM_ENOMEM ENOMEM
#define XMEM_EBUSY  EBUSY
#define XMEM_EEXIST EEXIST
#define XMEM_EINVAL EINVAL
#define XMEM_ENOSPC ENOSPC
#define XMEM_ERANGE ERANGE

#define MAX_ORDER    10
#define MAX_NUMNODES 2

unsigned int node_of_frame(unsigned long mfn);
#define xmem_port_mfn_to_node(mfn) node_of_frame(mfn)

/* The hypervisor has a function of these names: it counts, and calls xmem's. */
#define _xmalloc lib_xmalloc
#define xfree	 lib_xfree

#endif /* XMEM_PORT_OWN_ACCOUNTING_H */
