/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * once.h - set up something at its first use, on one CPU of those that race
 *
 * For locks whose layer has no call that sets it up. The caller whose
 * xmem_once_begins() is true sets up and calls xmem_once_ends(); all others
 * come back when that has happened.
 */
#ifndef LIB_ONCE_H
#define LIB_ONCE_H

#include <xmem/port.h>

enum { ONCE_NOT_YET, ONCE_BUSY, ONCE_DONE };

/** Zeroed: not yet. */
struct xmem_once {
	unsigned int state; /* (A) */
};

/** Has it been set up? */
static inline bool xmem_once_is_done(const struct xmem_once *once)
{
	return __atomic_load_n(&once->state, __ATOMIC_ACQUIRE) == ONCE_DONE;
}

/** Must the caller set it up? */
static inline bool xmem_once_begins(struct xmem_once *once)
{
	unsigned int state = ONCE_NOT_YET;

	if (__atomic_compare_exchange_n(&once->state, &state, ONCE_BUSY, false,
					__ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
		return true;
	}
	while (!xmem_once_is_done(once)) {
		xmem_port_cpu_pause();
	}
	return false;
}

/** It is set up. */
static inline void xmem_once_ends(struct xmem_once *once)
{
	__atomic_store_n(&once->state, ONCE_DONE, __ATOMIC_RELEASE);
}

#endif /* LIB_ONCE_H */
