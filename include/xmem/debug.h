/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * debug.h - validators and dumps
 *
 * A validator walks the whole structure of its layer under that layer's
 * lock, changes nothing and prints nothing: for tests and debug builds. It
 * returns NULL if all is well, else a sentence naming the invariant broken.
 */
#ifndef XMEM_DEBUG_H
#define XMEM_DEBUG_H

#include <xmem/config.h>
#include <xmem/pool.h>
#include <xmem/types.h>

/** xmem_heap_check - all arenas, counters and masks of all nodes. */
XMEM_MUST_CHECK const char *xmem_heap_check(void);

/** xmem_pool_check - every region, block and free list of @pool. */
XMEM_MUST_CHECK const char *xmem_pool_check(struct xmem_pool *pool);

/** xmem_xmalloc_check - the pools behind xmalloc. */
XMEM_MUST_CHECK const char *xmem_xmalloc_check(void);

/** xmem_vmap_check - the address ranges of every window. */
XMEM_MUST_CHECK const char *xmem_vmap_check(void);

/** xmem_check_all - heap, xmalloc and vmap. */
XMEM_MUST_CHECK const char *xmem_check_all(void);

/** xmem_xmalloc_used - bytes in live pool blocks; pages of large objects are
 *  not counted (they are the heap's). */
unsigned long xmem_xmalloc_used(void);

/** xmem_xmalloc_total - bytes of all pages the xmalloc pools hold. */
unsigned long xmem_xmalloc_total(void);

/** xmem_xmalloc_trim - give back spare empty pages. Return: pages given. */
unsigned long xmem_xmalloc_trim(void);

/** xmem_map_spare_tables - frames kept for page tables to come. */
unsigned long xmem_map_spare_tables(void);

/** xmem_vmap_used - pages in live areas of window @type, guards excluded. */
unsigned long xmem_vmap_used(unsigned int type);

#endif /* XMEM_DEBUG_H */
