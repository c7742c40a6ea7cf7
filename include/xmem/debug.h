/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * debug.h - validators and counters
 *
 * A validator walks all structures of its layer under that layer's lock. It
 * changes nothing and prints nothing: for tests and debug builds. It returns
 * NULL if all is well, else a text that names the broken invariant.
 *
 * All functions: any CPU, normal context, no lock of the library held.
 */
#ifndef XMEM_DEBUG_H
#define XMEM_DEBUG_H

#include <xmem/config.h>
#include <xmem/pool.h>
#include <xmem/types.h>

XMEM_BEGIN_DECLS

/** xmem_heap_check - check arenas, counters and masks of all nodes. */
XMEM_MUST_CHECK const char *xmem_heap_check(void);

/** xmem_pool_check - check every region, block and free list of @pool. */
XMEM_MUST_CHECK const char *xmem_pool_check(struct xmem_pool *pool);

/** xmem_xmalloc_check - check xmalloc's pool. */
XMEM_MUST_CHECK const char *xmem_xmalloc_check(void);

/** xmem_vmap_check - check the areas of all vmap windows. */
XMEM_MUST_CHECK const char *xmem_vmap_check(void);

/** xmem_check_all - check heap, xmalloc and vmap. */
XMEM_MUST_CHECK const char *xmem_check_all(void);

/** xmem_xmalloc_used - bytes in used blocks of xmalloc's pool, headers
 * included. Pages of large objects are not counted: they are the heap's. */
unsigned long xmem_xmalloc_used(void);

/** xmem_xmalloc_total - bytes of all pages that xmalloc's pool holds. */
unsigned long xmem_xmalloc_total(void);

/** xmem_xmalloc_trim - free the spare empty page of xmalloc's pool. Return:
 *  pages freed, 0 or 1. */
unsigned long xmem_xmalloc_trim(void);

/** xmem_map_spare_tables - frames that are kept for future page tables. */
unsigned long xmem_map_spare_tables(void);

/** xmem_vmap_used - pages in areas of window @type, any value, without their
 *  guard pages. */
unsigned long xmem_vmap_used(unsigned int type);

XMEM_END_DECLS

#endif /* XMEM_DEBUG_H */
