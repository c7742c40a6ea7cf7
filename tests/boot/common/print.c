/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * print.c - the console: whole lines, also from several CPUs
 */
#include "common.h"

/* Not the library's lock: this one may be taken while others are held. */
static unsigned int console_busy;

static void put_text(const char *text)
{
	while (__atomic_exchange_n(&console_busy, 1, __ATOMIC_ACQUIRE)) {
		xmem_port_cpu_pause();
	}
	for (; *text != '\0'; text++) {
		boot_put_char(*text);
	}
	__atomic_store_n(&console_busy, 0, __ATOMIC_RELEASE);
}

void contract_print(const char *fmt, ...)
{
	__builtin_va_list args;
	char text[320];

	__builtin_va_start(args, fmt);
	boot_vformat(text, sizeof(text), fmt, args);
	__builtin_va_end(args);
	put_text(text);
}

void contract_diag(const char *fmt, ...)
{
	__builtin_va_list args;
	char text[280];

	__builtin_va_start(args, fmt);
	boot_vformat(text, sizeof(text), fmt, args);
	__builtin_va_end(args);
	contract_print("# %s\n", text);
}

/* What the library prints becomes a TAP comment. */
void xmem_port_print(const char *fmt, ...)
{
	__builtin_va_list args;
	char text[280];

	__builtin_va_start(args, fmt);
	boot_vformat(text, sizeof(text), fmt, args);
	__builtin_va_end(args);
	contract_print("# %s", text);
}

void boot_bail_out(const char *fmt, ...)
{
	__builtin_va_list args;
	char text[256];

	__builtin_va_start(args, fmt);
	boot_vformat(text, sizeof(text), fmt, args);
	__builtin_va_end(args);
	contract_print("Bail out! CPU %u: %s\n", xmem_port_cpu(), text);
	boot_exit(1);
}
