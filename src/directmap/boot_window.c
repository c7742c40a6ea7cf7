/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_window.c - the RAM that the port has mapped, as it says
 *
 * Whether it is right, port_check.c looks; what is built in it, directmap.c.
 */
#include <arch/layout.h>

#include <xmem/map.h>

#include "directmap/directmap_priv.h"

struct common_window xmem_boot_ram_window = {.all = ARCH_BOOT_WINDOW_PAGES,
					     .va = ARCH_BOOT_WINDOW_VIRT};

XMEM_API_MAPS void xmem_boot_window(unsigned long smfn, unsigned long nr,
				    void *va)
{
	xmem_boot_ram_window.start = smfn;
	xmem_boot_ram_window.all = smfn + nr;
	xmem_boot_ram_window.va = (unsigned long)va;
}
