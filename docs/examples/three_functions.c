/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * three_functions.c - what a port links: here a kernel that has its own printf
 * and one CPU
 */
#include <arch/tlb.h>
#include <xmem/port.h>

void my_vprintf(const char *fmt, __builtin_va_list args);
XMEM_NORETURN void my_stop(void);

void xmem_port_panic(const char *fmt, ...)
{
	__builtin_va_list args;

	__builtin_va_start(args, fmt);
	my_vprintf(fmt, args);
	__builtin_va_end(args);
	my_stop();
}

void xmem_port_print(const char *fmt, ...)
{
	__builtin_va_list args;

	__builtin_va_start(args, fmt);
	my_vprintf(fmt, args);
	__builtin_va_end(args);
}

void xmem_port_tlb_flush(unsigned long va, unsigned long nr_pages)
{
	xmem_tlb_flush_local(va, nr_pages); /* Arm: xmem_tlb_flush_range() */
}
