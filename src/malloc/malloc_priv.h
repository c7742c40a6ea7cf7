/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * malloc_priv.h - xmalloc's pool, for this folder
 */
#ifndef MALLOC_MALLOC_PRIV_H
#define MALLOC_MALLOC_PRIV_H

#include "pool/pool.h"

/* In xmalloc_pool.c. */
XMEM_HIDDEN extern struct xmem_pool xmem_xmalloc_pool;

#endif /* MALLOC_MALLOC_PRIV_H */
