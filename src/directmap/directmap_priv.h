/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * directmap_priv.h - the boot window, and the checks before it is used; the
 * names of the windows of a CPU
 */
#ifndef DIRECTMAP_PRIV_H
#define DIRECTMAP_PRIV_H

#include <xmem/config.h>
#include <xmem/port.h>
#include <xmem/types.h>

/* A port with hooks of its own may have inlines or macros of these names. Then
 * the functions of domain_page.c, which nobody calls, give way. */
#ifdef XMEM_PORT_HAS_DOMAIN_PAGE
#undef map_domain_page
#undef unmap_domain_page
#define map_domain_page	  xmem_own_map_domain_page
#define unmap_domain_page xmem_own_unmap_domain_page
void *map_domain_page(mfn_t mfn);
void unmap_domain_page(const void *va);
#endif

/* The RAM that the port has mapped: frames [start, end) at address va. The
 * library uses only those below direct_end, which the direct map will cover. */
struct boot_window {
	unsigned long start;
	unsigned long end;
	unsigned long va;
	unsigned long direct_end;
};
/* In boot_window.c. */
XMEM_HIDDEN extern struct boot_window xmem_boot_ram_window;

static inline const struct boot_window *boot_window(void)
{
	return &xmem_boot_ram_window;
}

/** Where the port has mapped frame @mfn of the boot window. */
static inline void *boot_window_address(unsigned long mfn)
{
	return (void *)(boot_window()->va +
			((mfn - boot_window()->start) << PAGE_SHIFT));
}

/** In windows.c: panics if a window of layout.h lies where it cannot. */
XMEM_PORT_CALLBACK void xmem_windows_check(void);

/**
 * In port_check.c, before anything is allocated or written: panics unless all
 * RAM of the boot window is mapped, and the tables, code, data and stack in use
 * are not free RAM. What it cannot look up it takes for granted.
 */
XMEM_PORT_CALLBACK void xmem_port_check_mapped(void);

/** In port_check.c, once there is an index: panics unless the direct map has
 *  tables of its own. */
void xmem_port_check_shared(void);

#endif /* DIRECTMAP_PRIV_H */
