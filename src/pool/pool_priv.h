/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool_priv.h - what pool.c and pool_api.c share
 */
#ifndef POOL_POOL_PRIV_H
#define POOL_POOL_PRIV_H

#include "pool/pool.h"

/* Where the engine's struct lies in what get_mem gave for the pool. */
#define POOL_ENGINE_OFFSET                                  \
	((sizeof(struct xmem_pool) + SMP_CACHE_BYTES - 1) & \
	 ~(SMP_CACHE_BYTES - 1UL))

_Static_assert(SMP_CACHE_BYTES >= XMEM_TLSF_ALIGN,
	       "SMP_CACHE_BYTES must be 16 or more");
_Static_assert(_Alignof(struct xmem_pool) <= XMEM_TLSF_ALIGN,
	       "xmem_lock_t: memory of pools is aligned to 16");

/** A multiple of @grow_size that holds the pool and its engine. */
static inline unsigned long pool_struct_bytes(unsigned long grow_size)
{
	unsigned long need = POOL_ENGINE_OFFSET + xmem_tlsf_bytes(grow_size);
	unsigned long bytes = grow_size;

	while (bytes < need) { /* at most 20 rounds: grow_size >= 256 */
		bytes += grow_size;
	}
	return bytes;
}

/** May the header of @ptr be read? *@bad: a damaged region, or NULL. */
XMEM_REQUIRES(P)
static inline enum xmem_tlsf_error pool_look_up_locked(
	const struct xmem_pool *pool, const void *ptr, void **bad)
{
	*bad = NULL;
	return pool->is_static ? XMEM_TLSF_OK
			       : xmem_tlsf_holds(pool->tlsf, ptr, bad);
}

/** Call the put function of @pool, which gets @mem. (One of the library's two
 *  calls by address.) */
void xmem_pool_give_region(const struct xmem_pool *pool, void *mem);

/** Panic: @func, called from @from, has found @ptr wrong. */
XMEM_NORETURN void xmem_pool_report(const struct xmem_pool *pool,
				    const void *ptr, enum xmem_tlsf_error error,
				    const char *func, void *from);

#endif /* POOL_POOL_PRIV_H */
