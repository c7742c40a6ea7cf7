/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmalloc_check.c - validator of xmalloc: of its pool
 *
 * In a file of its own, as who links it links those of pools and engines.
 */
#include <xmem/debug.h>

#include "lib/front.h"
#include "malloc/malloc.h"
#include "malloc/malloc_priv.h"

const char *xmem_xmalloc_validate(void)
{
	return xmem_pool_validate(xmem_xmalloc_ready());
}

XMEM_FRONT(xmem_xmalloc_check, xmem_xmalloc_validate);
