/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - a host whose lock is storage for the library, and three functions
 *
 * The program is that of odd_lock; only the port differs.
 *
 * include: tests/embed/opaque_lock tests/embed/common
 * link: $(LIB_SRCS) $(HOST_SRCS) tests/embed/odd_lock/stack.c
 * link: tests/embed/opaque_lock/glue.c
 * flags: -O0
 * once: the host machine but for its lock
 */
#include "../odd_lock/stack.h"

#ifdef SPINLOCK_H
#error "the host's spinlock is seen by the library's headers"
#endif

int main(void)
{
	return use_all_locks();
}
