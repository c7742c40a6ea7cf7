/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console.c - the two functions that every embedder has: here on a console
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <xmem/port.h>

void xmem_port_panic(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	exit(1);
}

void xmem_port_print(const char *fmt, ...)
{
	(void)fmt;
}
