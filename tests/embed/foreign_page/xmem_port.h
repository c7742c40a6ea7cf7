/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem_port.h - a kernel that has page descriptors and tasks of its own
 */
#ifndef MY_PORT_H
#define MY_PORT_H

/* One CPU, so no barrier on others: it has a cache of frames. */
#define NR_CPUS 1

/* Its descriptor is `struct page`; the header says how to use it. */
#define XMEM_PORT_PAGE_TAG  page
#define XMEM_PORT_PAGE_INFO "my_page.h"

/* Its own idea of an owner. */
#define XMEM_PORT_DOMAIN
struct domain;
struct xmem_owner *xmem_domain_owner(struct domain *d);

/* It counts who must not be preempted. */
#define XMEM_PORT_PREEMPT
typedef unsigned int xmem_preempt_t;
extern unsigned int my_preempt_offs;
#define xmem_port_preempt_off(state) ((state) = my_preempt_offs++)
#define xmem_port_preempt_on(state)  (my_preempt_offs = (state))

/* It follows the free set in its own descriptors, without a lock. */
void my_frames_taken(unsigned long mfn, unsigned int order);
void my_frames_given(unsigned long mfn, unsigned int order);
#define xmem_port_frames_taken(mfn, order) my_frames_taken(mfn, order)
#define xmem_port_frames_given(mfn, order) my_frames_given(mfn, order)

/* Its lock, which knows whether it is held. */
#define XMEM_PORT_LOCK
typedef struct {
	unsigned int held;
} xmem_lock_t;
#define XMEM_LOCK_INIT \
	{              \
		0      \
	}
extern unsigned int my_locks_held;

static inline void xmem_port_lock(xmem_lock_t *lock)
{
	lock->held++;
	my_locks_held++;
}

static inline void xmem_port_unlock(xmem_lock_t *lock)
{
	lock->held--;
	my_locks_held--;
}

#endif /* MY_PORT_H */
