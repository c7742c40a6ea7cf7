/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem_port.h - the port of a host whose spinlock must not be seen here: its
 * header would read xmem's again, or clash with it
 *
 * The rest of the port is that of the simulated machine, without its checks.
 */
#ifndef OPAQUE_LOCK_PORT_H
#define OPAQUE_LOCK_PORT_H

#define XMEM_HOST_PLAIN
#include "../../host/include/xmem_port.h"

#define XMEM_PORT_LOCK_BYTES 16
#define XMEM_PORT_LOCK_ALIGN 16

#endif /* OPAQUE_LOCK_PORT_H */
