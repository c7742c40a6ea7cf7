/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem.h - address ranges of xmem, for a benchmark that compares such engines
 *
 * Not vmalloc(), but the engine below it, by its folder's interface: an address
 * is the number of a page, shifted.
 */
#ifndef ADAPTER_VA_H
#define ADAPTER_VA_H

#include <stdlib.h>

#include "va/va.h"

#define VA_NAME "xmem"

static struct xmem_va va_;

static inline void va_init(unsigned long nr_pages)
{
	xmem_va_init(&va_, nr_pages, calloc(1, xmem_va_bytes(nr_pages)));
}

static inline void *va_alloc(unsigned nr)
{
	unsigned long page = xmem_va_take(&va_, nr, 1, 0, 1);

	return page == XMEM_VA_NONE ? NULL : (void *)(page << PAGE_SHIFT);
}

static inline void va_free(void *va, unsigned nr)
{
	(void)nr;
	if (xmem_va_give(&va_, (unsigned long)va >> PAGE_SHIFT) != 0) {
		abort();
	}
}

/* Addresses between the first and the last area; 0: not known. */
static inline unsigned long va_span(void)
{
	return 0;
}

static inline void va_flush(void)
{
}

#endif /* ADAPTER_VA_H */
