/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * directmap_priv.h - the boot window, and what is checked before it is used
 */
#ifndef DIRECTMAP_PRIV_H
#define DIRECTMAP_PRIV_H

#include <xmem/config.h>
#include <xmem/types.h>

/* The RAM that the port has mapped: frames [start, all) at va. Of them those
 * in [start, end) will be in the direct map, and are used. */
struct common_window {
	unsigned long start;
	unsigned long all;
	unsigned long va;
	unsigned long end;
};
/* In boot_window.c. */
XMEM_HIDDEN extern struct common_window xmem_boot_ram_window;

/** Where the port has mapped frame @mfn of the window. */
static inline void *common_window_address(unsigned long mfn)
{
	const struct common_window *w = &xmem_boot_ram_window;

	return (void *)(w->va + ((mfn - w->start) << PAGE_SHIFT));
}

/** In windows.c: the windows of layout.h lie where they can; panics if not. */
void xmem_windows_check(void);

/**
 * In port_check.c, before anything is allocated or written: all RAM of the
 * boot window is mapped, and what the library runs on is not free. Panics if
 * not; what the library cannot see, it takes for granted.
 */
void xmem_port_check_mapped(void);

/** The same, when there is an index: the direct map has tables of its own. */
void xmem_port_check_shared(void);

#endif /* DIRECTMAP_PRIV_H */
