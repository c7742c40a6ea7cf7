/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * malloc_priv.h - xmalloc's pool, for this folder
 */
#ifndef MALLOC_MALLOC_PRIV_H
#define MALLOC_MALLOC_PRIV_H

#include "pool/pool.h"

/** The largest object that fits in a page beside the pool's headers. */
#define POOL_MAX_SIZE (PAGE_SIZE - XMEM_TLSF_REGION_OVERHEAD)

/* In xmalloc_pool.c. The pool is set up at its first use, before other CPUs use
 * it (xmalloc.h). */
XMEM_HIDDEN extern struct xmem_pool xmem_xmalloc_pool;

/** POOL_MAX_SIZE, or 0 until the pool is set up: so that _xmalloc() need not
 *  look at anything else. */
XMEM_HIDDEN extern unsigned long xmem_xmalloc_pool_max;

/** The pool, for who may be the first to use it. */
struct xmem_pool *xmem_xmalloc_ready(void);

#endif /* MALLOC_MALLOC_PRIV_H */
