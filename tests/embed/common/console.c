/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console.c - the two functions that every embedder has: here on a console
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <xmem/port.h>

#include "console.h"

jmp_buf *console_catch;
char console_panic[256];

void xmem_port_panic(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(console_panic, sizeof(console_panic), fmt, args);
	va_end(args);
	if (console_catch != NULL) {
		longjmp(*console_catch, 1);
	}
	printf("%s", console_panic);
	exit(1);
}

void xmem_port_print(const char *fmt, ...)
{
	(void)fmt;
}
