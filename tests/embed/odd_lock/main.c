/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - a host whose free lock is not zero and holds a pointer to itself
 *
 * include: tests/embed/odd_lock tests/embed/common
 * link: $(LIB_SRCS) $(HOST_SRCS) tests/embed/odd_lock/stack.c
 * flags: -O0
 * once: the host machine but for its lock
 */
#include "stack.h"

int main(void)
{
	return use_all_locks();
}
