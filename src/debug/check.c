/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check.c - run all validators
 *
 * In a file of its own, as who links it links every layer.
 */
#include <xmem/debug.h>

const char *xmem_check_all(void)
{
	const char *broken = xmem_heap_check();

	if (broken == NULL) {
		broken = xmem_xmalloc_check();
	}
	return broken == NULL ? xmem_vmap_check() : broken;
}
