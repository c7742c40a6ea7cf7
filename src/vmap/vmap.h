/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vmap.h - what src/debug calls of this folder
 */
#ifndef VMAP_VMAP_H
#define VMAP_VMAP_H

#include <xmem/types.h>

/** xmem_vmap_check(). (window_check.c) */
XMEM_MUST_CHECK const char *xmem_window_validate(void);

#endif /* VMAP_VMAP_H */
