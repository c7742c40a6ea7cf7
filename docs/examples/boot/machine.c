/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * machine.c - console, clock, and what takes registers to answer
 */
#include <arch/layout.h>
#include <arch/pte.h>

#include "boot.h"

/* Decide: is the console a register in memory? Then it is mapped by ioremap()
 * once the library can (boot_console_remap() of tests/boot/arm). */
void boot_put_char(char c)
{
	skel_uart_write(c);
}

void boot_exit(unsigned int code)
{
	skel_power_off(code);
	for (;;) {
		xmem_port_cpu_pause();
	}
}

/* ---- the clock ---- */

void boot_pause_1ms(void)
{
	uint64_t start = skel_counter();
	uint64_t ticks = skel_counter_hz() / 1000;

	while (skel_counter() - start < ticks) {
		xmem_port_cpu_pause();
	}
}

unsigned int contract_seconds_since(unsigned int then)
{
	unsigned int second =
		(unsigned int)(skel_counter() / skel_counter_hz() % 60);

	return (second + 60 - then) % 60;
}

/* ---- what the tables and the caches say ---- */

/* Decide: where the hardware finds the type. Here the two bits of the entry are
 * it; where they choose a byte of a register, that byte is compared
 * (contract_has_type() of tests/boot/arm and x86). */
bool contract_has_type(const void *va, unsigned int type)
{
	return (boot_raw_pte(va) >> 4 & 3) == type >> 4;
}

void contract_sync_code(void *va, unsigned long bytes)
{
	skel_sync_code((unsigned long)va, bytes);
}
