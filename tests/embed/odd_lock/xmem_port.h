/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem_port.h - the port of a host whose lock no initialiser can make
 *
 * The rest of the port is that of the simulated machine, without its checks.
 */
#ifndef ODD_LOCK_PORT_H
#define ODD_LOCK_PORT_H

#include <spinlock.h>

#define XMEM_HOST_PLAIN
#include "../../host/include/xmem_port.h"

#define XMEM_PORT_LOCK
typedef struct spinlock xmem_lock_t;
#define xmem_port_lock_init(lock) spinlock_init(lock)
#define xmem_port_lock(lock)	  spinlock_take(lock)
#define xmem_port_unlock(lock)	  spinlock_drop(lock)

#endif /* ODD_LOCK_PORT_H */
