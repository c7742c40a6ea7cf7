/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * glue.c - the one file that sees both the library's storage for a lock and the
 * host's spinlock
 */
#include <xmem/port.h>

#include "../odd_lock/spinlock.h"

_Static_assert(sizeof(struct spinlock) <= sizeof(xmem_lock_t),
	       "raise XMEM_PORT_LOCK_BYTES");
_Static_assert(_Alignof(struct spinlock) <= _Alignof(xmem_lock_t),
	       "raise XMEM_PORT_LOCK_ALIGN");

void xmem_port_lock_init(xmem_lock_t *lock)
{
	spinlock_init((struct spinlock *)lock);
}

void xmem_port_lock(xmem_lock_t *lock)
{
	spinlock_take((struct spinlock *)lock);
}

void xmem_port_unlock(xmem_lock_t *lock)
{
	spinlock_drop((struct spinlock *)lock);
}
