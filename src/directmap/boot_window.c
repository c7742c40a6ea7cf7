/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_window.c - note what RAM the port has mapped
 *
 * port_check.c checks that it is mapped; directmap.c builds in it.
 */
#include <arch/layout.h>

#include <xmem/map.h>

#include "directmap/directmap_priv.h"

struct boot_window xmem_boot_ram_window = {.end = ARCH_BOOT_WINDOW_PAGES,
					   .va = ARCH_BOOT_WINDOW_VIRT};

XMEM_API_MAPS void xmem_boot_window(unsigned long smfn, unsigned long nr,
				    void *va)
{
	xmem_boot_ram_window.start = smfn;
	xmem_boot_ram_window.end = smfn + nr;
	xmem_boot_ram_window.va = (unsigned long)va;
}
