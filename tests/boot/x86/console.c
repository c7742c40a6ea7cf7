/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console.c - serial port, clock, leaving QEMU
 */
#include "boot.h"
#include "io.h"

#define COM1	   0x3f8
#define DEBUG_EXIT 0xf4

void boot_console_init(void)
{
	boot_outb(COM1 + 1, 0);	   /* no interrupts */
	boot_outb(COM1 + 3, 0x80); /* divisor latch */
	boot_outb(COM1 + 0, 1);
	boot_outb(COM1 + 1, 0);
	boot_outb(COM1 + 3, 0x03); /* 8n1 */
	boot_outb(COM1 + 2, 0x07); /* FIFO on */
}

void boot_put_char(char c)
{
	while ((boot_inb(COM1 + 5) & 0x20) == 0) {
	}
	boot_outb(COM1, (uint8_t)c);
}

/* QEMU leaves with status 0x21 for success, else 0x23. */
void boot_exit(unsigned int code)
{
	boot_outl(DEBUG_EXIT, code == 0 ? 0x10 : 0x11);
	for (;;) {
		__asm__ volatile("cli; hlt");
	}
}

/* The real-time clock, in binary-coded decimal as firmware leaves it. */
unsigned int contract_seconds_since(unsigned int then)
{
	static unsigned int busy;
	unsigned int bcd;

	while (__atomic_exchange_n(&busy, 1, __ATOMIC_ACQUIRE)) {
		xmem_port_cpu_pause();
	}
	boot_outb(0x70, 0);
	bcd = boot_inb(0x71);
	__atomic_store_n(&busy, 0, __ATOMIC_RELEASE);
	return ((bcd >> 4) * 10 + (bcd & 15) + 60 - then) % 60;
}
