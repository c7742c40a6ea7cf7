/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * machine.c - answers to the contract tests that take registers
 */
#include <arch/layout.h>
#include <arch/pte.h>

#include "boot.h"

/* ---- the clock ---- */

unsigned int contract_seconds_since(unsigned int then)
{
	/* In units of 256 ticks, which a division of 32 bits can do. */
	uint32_t ticks = (uint32_t)(boot_counter() >> 8);
	uint32_t hz = (uint32_t)(boot_counter_hz() >> 8);
	unsigned int second = ticks / hz % 60;

	return (second + 60 - then) % 60;
}

void boot_pause_1ms(void)
{
	uint32_t start = (uint32_t)boot_counter();
	uint32_t ticks = (uint32_t)boot_counter_hz() / 1000;

	while ((uint32_t)boot_counter() - start < ticks) {
		xmem_port_cpu_pause();
	}
}

/* ---- memory types ---- */

/* Bits 4..2 of an entry choose a byte of MAIR, as it is programmed. */
bool contract_has_type(const void *va, unsigned int type)
{
	static const unsigned char mair_type[] = {
		[XMEM_MAP_WB >> 4] = 0xff,
		[XMEM_MAP_WT >> 4] = 0xbb,
		[XMEM_MAP_WC >> 4] = 0x44,
		[XMEM_MAP_UC >> 4] = 0x04,
	};
	uint64_t pte = boot_raw_pte(va);
	unsigned int index = (unsigned int)(pte >> 2) & 7;

	/* And inner shareable: the caches of all CPUs agree. */
	return (pte >> 8 & 3) == 3 &&
	       (boot_read_mair() >> (8 * index) & 0xff) == mair_type[type >> 4];
}

/* ---- code ---- */

/* Written back to where the instruction caches read from, then forgotten
 * there, on all CPUs; each barrier waits for what stands before it. */
void contract_sync_code(void *va, unsigned long bytes)
{
	unsigned long start = (unsigned long)va;
	unsigned long end = start + bytes;
	unsigned long line = boot_dcache_line();

	for (unsigned long at = start & ~(line - 1); at < end; at += line) {
		boot_clean_line(at);
	}
	__asm__ volatile("dsb ish" ::: "memory");
	line = boot_icache_line();
	for (unsigned long at = start & ~(line - 1); at < end; at += line) {
		boot_forget_line(at);
	}
	__asm__ volatile("dsb ish\n\tisb" ::: "memory");
}
