/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem_port.h - the port of a kernel in C++: read by both languages
 *
 * What is declared here the kernel defines in C++ (glue.cpp), and the library
 * calls from C.
 */
#ifndef MY_PORT_H
#define MY_PORT_H

XMEM_BEGIN_DECLS

/* Its lock. */
#define XMEM_PORT_LOCK
typedef struct {
	unsigned long held;
} xmem_lock_t;
#define XMEM_LOCK_INIT \
	{              \
		0      \
	}
void xmem_port_lock(xmem_lock_t *lock);
void xmem_port_unlock(xmem_lock_t *lock);

/* Its domains are a class. */
#define XMEM_PORT_DOMAIN
struct domain;
struct xmem_owner *xmem_domain_owner(struct domain *d);

XMEM_END_DECLS

#endif /* MY_PORT_H */
