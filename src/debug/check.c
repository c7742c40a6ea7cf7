/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check.c - run all validators
 *
 * In a file of its own, as who links it links every layer.
 */
#include <xmem/debug.h>

#include "heap/heap.h"
#include "malloc/malloc.h"
#include "vmap/vmap.h"

const char *xmem_check_all(void)
{
	const char *broken = xmem_heap_validate();

	if (broken == NULL) {
		broken = xmem_xmalloc_validate();
	}
	return broken == NULL ? xmem_window_validate() : broken;
}
