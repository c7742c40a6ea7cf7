/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool.c - pools: the TLSF engine with a lock, growth and misuse reports
 *
 * Model       A pool holds regions of one size, fetched one at a time through
 *             get_mem when a request does not fit, and given back through
 *             put_mem when they are empty. One empty region is kept, the
 *             spare, so that a caller that allocates and frees one object
 *             does not fetch and give back a region each time.
 * Operations  alloc, free, resize: one lock hold, one engine call. Growth is
 *             three steps: reserve its size against max_size under the lock;
 *             fetch without the lock; under the lock again, try what others
 *             may have freed meanwhile, and only then add the region.
 * Locking     (P) the pool's lock; get_mem, put_mem and the port's console
 *             are called without it. Leaf: no other lock is taken under it.
 * Trade-offs  While one CPU fetches the last region that max_size allows,
 *             another may be refused although that region would serve both.
 * See         docs/design.md, docs/locking.md
 */
#include "pool/pool.h"

#include <xmem/debug.h>

#include "lib/align.h"
#include "lib/assert.h"
#include "lib/attr.h"

/* Where the engine's struct lies in what get_mem gave for the pool. */
#define ENGINE_OFFSET                                       \
	((sizeof(struct xmem_pool) + SMP_CACHE_BYTES - 1) & \
	 ~(SMP_CACHE_BYTES - 1UL))

_Static_assert(SMP_CACHE_BYTES >= XMEM_TLSF_ALIGN,
	       "SMP_CACHE_BYTES must be 16 or more");

/* --- reports ----------------------------------------------------------- */

XMEM_NORETURN static void report(const struct xmem_pool *pool, const void *ptr,
				 enum xmem_tlsf_error error, const char *func,
				 void *from)
{
	xmem_port_panic("%s: %p %s (pool '%s', caller %p)\n", func, ptr,
			xmem_tlsf_error_text(error), pool->name, from);
}

XMEM_NORETURN static void report_damage(const struct xmem_pool *pool,
					const void *block, const char *func,
					void *from)
{
	xmem_port_panic("%s: free block %p was overwritten "
			"(pool '%s', caller %p)\n",
			func, block, pool->name, from);
}

/* --- growth ------------------------------------------------------------ */

/* The engine call; sets up a static pool that is used for the first time. */
static void *take_locked(struct xmem_pool *pool, unsigned long size,
			 unsigned long align, const void **damaged)
{
	void *ptr;

	if (XMEM_UNLIKELY(!pool->is_ready)) {
		xmem_tlsf_init(pool->tlsf, pool->grow_size);
		pool->is_ready = true;
	}
	ptr = xmem_tlsf_take(pool->tlsf, size, align, damaged);
	XMEM_ASSERT_DEEP(ptr == NULL ? NULL : xmem_tlsf_check(pool->tlsf));
	return ptr;
}

/*
 * Every size the pool accepts fits an empty region, but the spare may be
 * hidden on its list behind a smaller block of the same class: adding it
 * anew puts it in front.
 */
static bool bring_spare_forward_locked(struct xmem_pool *pool)
{
	return pool->spare != NULL &&
	       xmem_tlsf_is_empty(pool->tlsf, pool->spare) &&
	       xmem_tlsf_remove(pool->tlsf, pool->spare) == 0 &&
	       xmem_tlsf_add(pool->tlsf, pool->spare, pool->grow_size) == 0;
}

/* May the pool grow by one region? If so its bytes are reserved. */
static bool reserve_growth_locked(struct xmem_pool *pool)
{
	unsigned long total = xmem_tlsf_total(pool->tlsf) + pool->growing;

	if (pool->max_size != 0 && (total > pool->max_size ||
				    pool->max_size - total < pool->grow_size)) {
		return false;
	}
	pool->growing += pool->grow_size;
	return true;
}

/*
 * A region @mem, or NULL, has been fetched. Take the memory from the pool as
 * it is now, else from the region. *@unused: what to give back, or NULL.
 */
static void *take_grown_locked(struct xmem_pool *pool, unsigned long size,
			       unsigned long align, void *mem, void **unused)
{
	const void *damaged = NULL;
	void *ptr;

	pool->growing -= pool->grow_size;
	*unused = mem;
	ptr = take_locked(pool, size, align, &damaged);
	if (ptr != NULL || mem == NULL || damaged != NULL ||
	    xmem_tlsf_add(pool->tlsf, mem, pool->grow_size) != 0) {
		return ptr;
	}
	*unused = NULL;
	return take_locked(pool, size, align, &damaged);
}

static void *grow_and_take(struct xmem_pool *pool, unsigned long size,
			   unsigned long align)
{
	void *mem = pool->get_mem(pool->grow_size);
	void *ptr, *unused;

	xmem_port_lock(&pool->lock);
	ptr = take_grown_locked(pool, size, align, mem, &unused);
	xmem_port_unlock(&pool->lock);
	if (unused != NULL) {
		pool->put_mem(unused);
	}
	return ptr;
}

/* The engine had nothing at once: set up, use the spare, or grow. */
void *xmem_pool_take(struct xmem_pool *pool, unsigned long size,
		     unsigned long align, const char *func, void *from)
{
	const void *damaged = NULL;
	bool may_grow = false;
	void *ptr;

	if (size == 0 || size > xmem_tlsf_max_aligned(pool->grow_size, align)) {
		return NULL;
	}
	xmem_port_lock(&pool->lock);
	ptr = take_locked(pool, size, align, &damaged);
	if (ptr == NULL && damaged == NULL) {
		if (bring_spare_forward_locked(pool)) {
			ptr = take_locked(pool, size, align, &damaged);
		} else {
			may_grow = reserve_growth_locked(pool);
		}
	}
	xmem_port_unlock(&pool->lock);
	if (XMEM_UNLIKELY(damaged != NULL)) {
		report_damage(pool, damaged, func, from);
	}
	return may_grow ? grow_and_take(pool, size, align) : ptr;
}

/* --- alloc, free, resize ----------------------------------------------- */

/*
 * @region is wholly free now. It becomes the spare, or, if there is one
 * already, leaves the pool. Return: memory to give back, or NULL.
 */
static void *settle_empty_locked(struct xmem_pool *pool, void *region)
{
	if (region != pool->spare && pool->spare != NULL &&
	    xmem_tlsf_is_empty(pool->tlsf, pool->spare) &&
	    xmem_tlsf_remove(pool->tlsf, region) == 0) {
		return region;
	}
	pool->spare = region;
	return NULL;
}

void xmem_pool_end_give(struct xmem_pool *pool, void *what,
			enum xmem_tlsf_error error, const char *func,
			void *from)
{
	if (error == XMEM_TLSF_EMPTIED) {
		what = settle_empty_locked(pool, what);
		error = XMEM_TLSF_OK;
		XMEM_ASSERT_DEEP(xmem_tlsf_check(pool->tlsf));
	}
	xmem_port_unlock(&pool->lock);
	if (error != XMEM_TLSF_OK) {
		report(pool, what, error, func, from);
	}
	if (what != NULL) {
		pool->put_mem(what);
	}
}

bool xmem_pool_fit(struct xmem_pool *pool, void *ptr, unsigned long size,
		   const char *func, void *from)
{
	enum xmem_tlsf_error error;
	bool done = false;

	xmem_port_lock(&pool->lock);
	error = xmem_tlsf_resize(pool->tlsf, ptr, size, &done);
	XMEM_ASSERT_DEEP(error ? NULL : xmem_tlsf_check(pool->tlsf));
	xmem_port_unlock(&pool->lock);
	if (XMEM_UNLIKELY(error != XMEM_TLSF_OK)) {
		report(pool, ptr, error, func, from);
	}
	return done;
}

unsigned long xmem_pool_room(struct xmem_pool *pool, const void *ptr,
			     const char *func, void *from)
{
	enum xmem_tlsf_error error;
	unsigned long size = 0;

	xmem_port_lock(&pool->lock);
	error = xmem_tlsf_usable(pool->tlsf, ptr, &size);
	xmem_port_unlock(&pool->lock);
	if (XMEM_UNLIKELY(error != XMEM_TLSF_OK)) {
		report(pool, ptr, error, func, from);
	}
	return size;
}

unsigned long xmem_pool_trim(struct xmem_pool *pool)
{
	void *spare;

	xmem_port_lock(&pool->lock);
	spare = pool->spare;
	pool->spare = NULL;
	if (spare != NULL && xmem_tlsf_remove(pool->tlsf, spare) != 0) {
		spare = NULL;
	}
	xmem_port_unlock(&pool->lock);
	if (spare == NULL) {
		return 0;
	}
	pool->put_mem(spare);
	return 1;
}

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
	if (ptr != NULL) {
		xmem_pool_give(pool, ptr, "xmem_pool_free");
	}
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

/* A multiple of @grow_size that holds the pool and its engine. */
static unsigned long struct_bytes(unsigned long grow_size)
{
	unsigned long need = ENGINE_OFFSET + xmem_tlsf_bytes(grow_size);
	unsigned long bytes = grow_size;

	while (bytes < need) { /* at most 20 rounds: grow_size >= 256 */
		bytes += grow_size;
	}
	return bytes;
}

XMEM_API_OBJECTS struct xmem_pool *xmem_pool_create(
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
	pool = get_mem(struct_bytes(grow_size));
	if (pool == NULL) {
		return NULL;
	}
	if (!xmem_is_aligned((uintptr_t)pool, XMEM_TLSF_ALIGN)) {
		put_mem(pool);
		return NULL;
	}
	*pool = (struct xmem_pool)XMEM_POOL_INIT(
		name, (uintptr_t)pool + ENGINE_OFFSET, get_mem, put_mem,
		grow_size);
	pool->max_size = max_size;
	xmem_tlsf_init(pool->tlsf, grow_size);
	pool->is_ready = true;
	return pool;
}

XMEM_API_OBJECTS void xmem_pool_destroy(struct xmem_pool *pool)
{
	unsigned long used, nr_used = 0;
	void *region;

	if (pool == NULL) {
		return;
	}
	used = xmem_tlsf_used(pool->tlsf);
	region = xmem_tlsf_next_region(pool->tlsf, NULL);
	while (region != NULL) {
		nr_used += xmem_tlsf_drop(pool->tlsf, region);
		pool->put_mem(region);
		region = xmem_tlsf_next_region(pool->tlsf, NULL);
	}
	if (nr_used != 0) {
		xmem_port_print("xmem_pool_destroy: pool '%s' lost %lu blocks,"
				" %lu bytes, caller %p\n",
				pool->name, nr_used, used, XMEM_CALLER());
	}
	pool->put_mem(pool);
}

XMEM_API_OBJECTS unsigned long xmem_pool_maxalloc(struct xmem_pool *pool)
{
	return xmem_tlsf_max_payload(pool->grow_size);
}

XMEM_API_OBJECTS unsigned long xmem_pool_get_used_size(struct xmem_pool *pool)
{
	unsigned long used;

	xmem_port_lock(&pool->lock);
	used = xmem_tlsf_used(pool->tlsf);
	xmem_port_unlock(&pool->lock);
	return used;
}

XMEM_API_OBJECTS unsigned long xmem_pool_get_total_size(struct xmem_pool *pool)
{
	unsigned long total;

	xmem_port_lock(&pool->lock);
	total = xmem_tlsf_total(pool->tlsf);
	xmem_port_unlock(&pool->lock);
	return total;
}
