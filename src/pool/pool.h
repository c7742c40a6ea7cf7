/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool.h - pools for the layer above: static ones, and calls that name the
 * API function in their messages
 *
 * <xmem/pool.h> is the interface of everyone else. xmalloc has its pool in
 * static memory, needs no call to set it up, and wants "xfree" in the
 * messages of a bad free.
 */
#ifndef POOL_POOL_H
#define POOL_POOL_H

#include <xmem/lock.h>
#include <xmem/pool.h>
#include <xmem/port.h>

#include "lib/assert.h"
#include "lib/attr.h"
#include "tlsf/tlsf.h"

/*
 * Locks: (P) the pool's lock, (C) constant once the pool is in use.
 *
 * I1  at most one region is wholly free outside a critical section; if one
 *     is, `spare` is that region (else `spare` is any region, or NULL)
 * I2  total size + growing <= max_size, unless max_size is 0
 */
struct XMEM_LOCKABLE xmem_pool {
	xmem_lock_t lock;
	bool is_static; /* (C) callers see to it that the pointers they name
			   can be read: xmalloc, by its tags */
	struct xmem_tlsf *tlsf XMEM_GUARDED_BY(P); /* never another one */
	void *spare XMEM_GUARDED_BY(P); /* the region that became empty last */
	unsigned long growing XMEM_GUARDED_BY(P); /* bytes being fetched */
	unsigned long max_size;			  /* (C) */
	unsigned long grow_size;		  /* (C) a multiple of 16 */
	const char *name;			  /* (C) */
	xmem_pool_get_memory *get_mem;		  /* (C) */
	xmem_pool_put_memory *put_mem;		  /* (C) */
};

/** xmem_pool_lock, xmem_pool_unlock - (P). */
static inline void xmem_pool_lock(struct xmem_pool *pool)
	XMEM_LOCKS_OF(P, *pool)
{
	xmem_port_lock(&pool->lock);
}

static inline void xmem_pool_unlock(struct xmem_pool *pool)
	XMEM_UNLOCKS_OF(P, *pool)
{
	xmem_port_unlock(&pool->lock);
}

/** A static pool: 16-aligned memory @mem of XMEM_TLSF_BYTES(), to grow by @grow
 *  bytes, a multiple of 16. xmem_pool_set_up() comes before anything else. */
#define XMEM_POOL_INIT(label, mem, get, put, grow)                      \
	{                                                               \
		.is_static = true, .tlsf = (struct xmem_tlsf *)(mem),   \
		.grow_size = (grow), .name = (label), .get_mem = (get), \
		.put_mem = (put),                                       \
	}

/** xmem_pool_set_up - set up the lock and the engine of @pool, which is like
 *  XMEM_POOL_INIT() and nobody else knows yet. */
void xmem_pool_set_up(struct xmem_pool *pool);

/**
 * xmem_pool_take - @size bytes at @align (power of two, 0 counts as 16).
 * @func, @from: the API function and its caller, for messages.
 *
 * Return: memory; NULL if @size is 0, @size and @align do not fit an empty
 * region, or there is no memory. Panics if the pool is found damaged.
 */
XMEM_MUST_CHECK void *xmem_pool_take(struct xmem_pool *pool, unsigned long size,
				     unsigned long align, const char *func,
				     void *from);

/** xmem_pool_take_fast - take without growth, without messages. If it returns
 *  NULL, call xmem_pool_take(). */
XMEM_MUST_CHECK static inline void *xmem_pool_take_fast(struct xmem_pool *pool,
							unsigned long size,
							unsigned long align)
{
	void *ptr;

	xmem_pool_lock(pool);
	ptr = xmem_tlsf_take(pool->tlsf, size, align, NULL);
	XMEM_ASSERT_DEEP(ptr == NULL ? NULL : xmem_tlsf_check(pool->tlsf));
	xmem_pool_unlock(pool);
	return ptr;
}

/** Finish a give that emptied a region, or failed: keep or give back the region
 *  @what, or panic over @what. Drops the lock. */
void xmem_pool_end_give(struct xmem_pool *pool, void *what,
			enum xmem_tlsf_error error, const char *func,
			void *from) XMEM_RELEASES_OF(P, *pool);

/** xmem_pool_give - xmem_pool_free() of @ptr, not NULL, on behalf of @func,
 *  which knows that the 8 bytes before @ptr can be read. Always inline: so
 *  XMEM_CALLER() is the caller of the function that uses it, and costs nothing
 *  unless it is needed. */
static XMEM_ALWAYS_INLINE void xmem_pool_give(struct xmem_pool *pool, void *ptr,
					      const char *func)
{
	enum xmem_tlsf_error error;
	void *what;

	xmem_pool_lock(pool);
	error = xmem_tlsf_give(pool->tlsf, ptr, &what);
	if (error != XMEM_TLSF_OK &&
	    (error != XMEM_TLSF_EMPTIED || what != pool->spare)) {
		xmem_pool_end_give(pool, what, error, func, XMEM_CALLER());
		return;
	}
	XMEM_ASSERT_DEEP(xmem_tlsf_check(pool->tlsf));
	xmem_pool_unlock(pool);
}

/** xmem_pool_fit - xmem_pool_resize() on behalf of @func. */
XMEM_MUST_CHECK bool xmem_pool_fit(struct xmem_pool *pool, void *ptr,
				   unsigned long size, const char *func,
				   void *from);

/** xmem_pool_room - xmem_pool_usable_size() on behalf of @func. */
unsigned long xmem_pool_room(struct xmem_pool *pool, const void *ptr,
			     const char *func, void *from);

/** xmem_pool_used, xmem_pool_total - bytes in used blocks, headers included;
 *  bytes of all regions. */
static inline unsigned long xmem_pool_used(struct xmem_pool *pool)
{
	unsigned long used;

	xmem_pool_lock(pool);
	used = xmem_tlsf_used(pool->tlsf);
	xmem_pool_unlock(pool);
	return used;
}

static inline unsigned long xmem_pool_total(struct xmem_pool *pool)
{
	unsigned long total;

	xmem_pool_lock(pool);
	total = xmem_tlsf_total(pool->tlsf);
	xmem_pool_unlock(pool);
	return total;
}

/** xmem_pool_validate - xmem_pool_check(). (pool_check.c) */
XMEM_MUST_CHECK const char *xmem_pool_validate(struct xmem_pool *pool);

/** xmem_pool_trim - give back the spare if it is empty. Return: regions given
 *  back, 0 or 1. */
unsigned long xmem_pool_trim(struct xmem_pool *pool, const char *func,
			     void *from);

#endif /* POOL_POOL_H */
