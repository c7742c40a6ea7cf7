/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console.c - a PL011 that the device tree names
 *
 * Its registers are mapped by the port first, by the library once it can. The
 * speed stays as the firmware has set it.
 */
#include <xmem/vmap.h>

#include "boot.h"

/* Registers, as 32-bit words (PL011 TRM, DDI 0183). */
#define UART_DATA  (0x00 / 4)
#define UART_FLAGS (0x18 / 4)
#define UART_CTRL  (0x30 / 4)
#define FLAG_FULL  (1U << 5)
#define UART_BYTES 0x1000
#define CTRL_ON	   0x301U /* receive, transmit, the device */

static volatile uint32_t *uart;
static uint64_t uart_pa;

bool boot_console_init(uint64_t pa)
{
	uart = pa != 0 ? boot_map_device(pa) : NULL;
	if (uart == NULL) {
		return false;
	}
	uart_pa = pa;
	uart[UART_CTRL] = CTRL_ON;
	return true;
}

void boot_console_remap(void)
{
	void *va = ioremap(uart_pa, UART_BYTES);

	if (va == NULL) {
		boot_bail_out("no mapping for the console");
	}
	uart = va;
}

void boot_put_char(char c)
{
	while ((uart[UART_FLAGS] & FLAG_FULL) != 0) {
	}
	uart[UART_DATA] = (unsigned char)c;
}
