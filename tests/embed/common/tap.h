/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tap.h - for embedders' programs, which use no test framework: one check,
 * one line
 */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned int tap_checks, tap_failures;

static inline void tap(int good, const char *what)
{
	tap_checks++;
	tap_failures += !good;
	printf("%sok %u - %s\n", good ? "" : "not ", tap_checks, what);
}

/* The last thing main() does. */
static inline int tap_end(void)
{
	printf("1..%u\n", tap_checks);
	return tap_failures != 0;
}

#endif /* TAP_H */
