/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stack.h - the whole library on locks of the host
 */
#ifndef STACK_H
#define STACK_H

/** Take and drop every kind of lock that the library has. Return: the exit code
 *  of the program. */
int use_all_locks(void);

#endif /* STACK_H */
