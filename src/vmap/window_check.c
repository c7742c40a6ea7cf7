/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * window_check.c - validator of the vmap windows
 *
 * Holds each window's lock while it walks over its areas; changes and prints
 * nothing.
 */
#include <xmem/debug.h>

#include "lib/front.h"
#include "vmap/vmap.h"
#include "vmap/vmap_priv.h"

XMEM_REQUIRES(V)
static const char *check_locked(struct xmem_window *window)
{
	if (window->va.nr != window->size >> PAGE_SHIFT) {
		return "vmap: a window's engine has another size than it";
	}
	return xmem_va_check(xmem_window_va(window));
}

const char *xmem_window_validate(void)
{
	const char *broken = NULL;

	for (unsigned int i = 0; i < VMAP_REGION_NR && broken == NULL; i++) {
		struct xmem_window *window = &xmem_windows[i];

		if (window->size == 0) {
			continue;
		}
		xmem_window_lock(window);
		broken = check_locked(window);
		xmem_window_unlock(window);
	}
	return broken;
}

XMEM_FRONT(xmem_vmap_check, xmem_window_validate);
