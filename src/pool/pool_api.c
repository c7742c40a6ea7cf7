/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool_api.c - <xmem/pool.h>: pools for everyone
 *
 * xmalloc calls pool.c itself. So who takes xmalloc alone does not link these,
 * and a host may have functions of the same names.
 */
#include <xmem/pool.h>

#include "lib/align.h"
#include "lib/assert.h"
#include "lib/attr.h"
#include "pool/pool_priv.h"

/* --- alloc, free, resize ----------------------------------------------- */

XMEM_API_OBJECTS void *xmem_pool_alloc(unsigned long size,
				       struct xmem_pool *pool)
{
	void *ptr = xmem_pool_take_fast(pool, size, 0);

	if (XMEM_UNLIKELY(ptr == NULL)) {
		ptr = xmem_pool_take(pool, size, 0, "xmem_pool_alloc",
				     XMEM_CALLER());
	}
	return ptr;
}

XMEM_API_OBJECTS void *xmem_pool_alloc_align(unsigned long size,
					     unsigned long align,
					     struct xmem_pool *pool)
{
	if ((align & (align - 1)) != 0 || align > pool->grow_size / 4) {
		return NULL;
	}
	return xmem_pool_take(pool, size, align, "xmem_pool_alloc_align",
			      XMEM_CALLER());
}

XMEM_API_OBJECTS void xmem_pool_free(void *ptr, struct xmem_pool *pool)
{
	enum xmem_tlsf_error error;
	void *what;

	if (ptr == NULL) {
		return;
	}
	xmem_pool_lock(pool);
	error = pool_look_up_locked(pool, ptr, &what);
	if (error == XMEM_TLSF_OK) {
		error = xmem_tlsf_give(pool->tlsf, ptr, &what);
	} else if (what == NULL) {
		what = ptr;
	}
	xmem_pool_end_give(pool, what, error, "xmem_pool_free", XMEM_CALLER());
}

XMEM_API_OBJECTS bool xmem_pool_resize(void *ptr, unsigned long size,
				       struct xmem_pool *pool)
{
	return xmem_pool_fit(pool, ptr, size, "xmem_pool_resize",
			     XMEM_CALLER());
}

XMEM_API_OBJECTS unsigned long xmem_pool_usable_size(const void *ptr,
						     struct xmem_pool *pool)
{
	return xmem_pool_room(pool, ptr, "xmem_pool_usable_size",
			      XMEM_CALLER());
}

/* --- life of a pool ---------------------------------------------------- */

/* Unchecked: nobody else knows the pool yet. */
XMEM_UNCHECKED XMEM_API_OBJECTS struct xmem_pool *xmem_pool_create(
	const char *name, xmem_pool_get_memory *get_mem,
	xmem_pool_put_memory *put_mem, unsigned long max_size,
	unsigned long grow_size)
{
	struct xmem_pool *pool;

	if (name == NULL || get_mem == NULL || put_mem == NULL ||
	    grow_size < XMEM_TLSF_MIN_REGION ||
	    grow_size > XMEM_TLSF_MAX_REGION) {
		return NULL;
	}
	grow_size = xmem_align_up(grow_size, XMEM_TLSF_ALIGN);
	pool = get_mem(pool_struct_bytes(grow_size));
	if (pool == NULL) {
		return NULL;
	}
	if (!xmem_is_aligned((uintptr_t)pool, XMEM_TLSF_ALIGN)) {
		put_mem(pool);
		return NULL;
	}
	*pool = (struct xmem_pool)XMEM_POOL_INIT(
		name, (uintptr_t)pool + POOL_ENGINE_OFFSET, get_mem, put_mem,
		grow_size);
	pool->max_size = max_size;
	pool->is_static = false;
	xmem_pool_set_up(pool);
	return pool;
}

/* Unchecked: nobody else uses the pool any more. */
XMEM_UNCHECKED XMEM_API_OBJECTS void xmem_pool_destroy(struct xmem_pool *pool)
{
	unsigned long used, nr_used = 0;
	enum xmem_tlsf_error error;
	void *region;

	if (pool == NULL) {
		return;
	}
	used = xmem_tlsf_used(pool->tlsf);
	for (;;) {
		error = xmem_tlsf_drop(pool->tlsf, &region, &nr_used);
		if (error != XMEM_TLSF_OK) {
			xmem_pool_report(pool, region, error,
					 "xmem_pool_destroy", XMEM_CALLER());
		}
		if (region == NULL) {
			break;
		}
		xmem_pool_give_region(pool, region);
	}
	if (nr_used != 0) {
		xmem_port_print("xmem_pool_destroy: pool '%s' lost %lu blocks,"
				" %lu bytes, caller %p\n",
				pool->name, nr_used, used, XMEM_CALLER());
	}
	xmem_pool_give_region(pool, pool);
}

XMEM_API_OBJECTS int xmem_pool_maxalloc(struct xmem_pool *pool)
{
	return (int)xmem_tlsf_max_payload(pool->grow_size);
}

XMEM_API_OBJECTS unsigned long xmem_pool_get_used_size(struct xmem_pool *pool)
{
	return xmem_pool_used(pool);
}

XMEM_API_OBJECTS unsigned long xmem_pool_get_total_size(struct xmem_pool *pool)
{
	return xmem_pool_total(pool);
}
