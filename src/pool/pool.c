/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool.c - pools: the TLSF engine with a lock, growth and misuse reports
 *
 * Model       A pool has regions of one size. It fetches one from get_mem when
 *             an allocation does not fit, and gives it back to put_mem when it
 *             is empty. One empty region is kept as the spare: so a caller
 *             that allocates and frees one object again and again does not
 *             fetch and give back a region each time.
 * Operations  alloc, free, resize: one lock hold, one engine call. Growth has
 *             three steps: under the lock count its size against max_size;
 *             without the lock fetch the region; under the lock again try the
 *             allocation once more, as others may have freed memory, and only
 *             if it fails add the region.
 * Locking     (P) the pool's lock; get_mem, put_mem and the port's console
 *             are called without it. Leaf: no other lock is taken under it.
 * Trade-offs  While one CPU fetches the last region that max_size allows,
 *             another may be refused although that region would serve both.
 * See         pool_api.c, which is <xmem/pool.h>; docs/design.md,
 *             docs/locking.md
 */
#include <xmem/lock.h>

#include "lib/assert.h"
#include "lib/attr.h"
#include "pool/pool_priv.h"

/* --- reports ----------------------------------------------------------- */

XMEM_NORETURN void xmem_pool_report(const struct xmem_pool *pool,
				    const void *ptr, enum xmem_tlsf_error error,
				    const char *func, void *from)
{
	xmem_port_panic("%s: %p %s (pool '%s', caller %p)\n", func, ptr,
			xmem_tlsf_error_text(error), pool->name, from);
}

/* What an operation found wrong under the lock, to be reported after it. */
struct fault {
	enum xmem_tlsf_error error;
	void *what;
};

/* --- the owner's memory ------------------------------------------------ */

/* The library calls nothing by address but what the owner of a pool has named:
 * here, and in xmem_pool_create(). tests/lint/object.sh looks for other such
 * calls; inlined, these would be in other functions. */
static XMEM_NOINLINE void *get_region(const struct xmem_pool *pool)
{
	return pool->get_mem(pool->grow_size);
}

XMEM_NOINLINE void xmem_pool_give_region(const struct xmem_pool *pool,
					 void *mem)
{
	pool->put_mem(mem);
}

/* --- growth ------------------------------------------------------------ */

/* Take from the engine. */
XMEM_REQUIRES(P)
static void *take_locked(struct xmem_pool *pool, unsigned long size,
			 unsigned long align, struct fault *fault)
{
	void *damaged = NULL;
	void *ptr;

	ptr = xmem_tlsf_take(pool->tlsf, size, align, &damaged);
	XMEM_ASSERT_DEEP(ptr == NULL ? NULL : xmem_tlsf_check(pool->tlsf));
	if (damaged != NULL) {
		*fault = (struct fault){XMEM_TLSF_BAD_BLOCK, damaged};
	}
	return ptr;
}

/* Is the spare there, and wholly free? */
XMEM_REQUIRES(P)
static bool has_spare_locked(const struct xmem_pool *pool, struct fault *fault)
{
	enum xmem_tlsf_error error;

	if (pool->spare == NULL) {
		return false;
	}
	error = xmem_tlsf_look(pool->tlsf, pool->spare);
	if (error == XMEM_TLSF_BAD_REGION) {
		*fault = (struct fault){error, pool->spare};
	}
	return error == XMEM_TLSF_EMPTIED;
}

/* Remove @region, which is empty, from the engine. */
XMEM_REQUIRES(P)
static bool remove_locked(struct xmem_pool *pool, void *region,
			  struct fault *fault)
{
	fault->error = xmem_tlsf_remove(pool->tlsf, region, &fault->what);
	return fault->error == XMEM_TLSF_OK;
}

/*
 * Remove the spare and add it again. Every size that the pool accepts fits in
 * an empty region. But the engine tries only the head of a list, and a smaller
 * block of the same class may be in front of the spare: adding it again puts it
 * first.
 */
XMEM_REQUIRES(P)
static bool bring_spare_forward_locked(struct xmem_pool *pool,
				       struct fault *fault)
{
	if (!has_spare_locked(pool, fault) ||
	    !remove_locked(pool, pool->spare, fault)) {
		return false;
	}
	fault->error = xmem_tlsf_add(pool->tlsf, pool->spare, pool->grow_size,
				     &fault->what);
	return fault->error == XMEM_TLSF_OK;
}

/* May the pool grow by one region? If so its bytes are reserved. */
XMEM_REQUIRES(P)
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

/* Add the region @mem, which has been fetched, to the engine; if not @add, only
 * check that it could be added. */
XMEM_REQUIRES(P)
static enum xmem_tlsf_error admit_locked(struct xmem_pool *pool, void *mem,
					 bool add, void **bad)
{
	unsigned long own = pool->is_static
				    ? sizeof(*pool)
				    : pool_struct_bytes(pool->grow_size);

	/* The engine checks its own struct and its regions. */
	if ((uintptr_t)pool - (uintptr_t)mem < pool->grow_size ||
	    (uintptr_t)mem - (uintptr_t)pool < own) {
		*bad = mem;
		return XMEM_TLSF_OVERLAP;
	}
	return add ? xmem_tlsf_add(pool->tlsf, mem, pool->grow_size, bad)
		   : xmem_tlsf_vet(pool->tlsf, mem, pool->grow_size, bad);
}

/*
 * After *@mem, a region or NULL, has been fetched: take the memory from the
 * pool as it is now, else from the region. *@mem: the region if it is not
 * needed and must be given back, or NULL.
 */
XMEM_REQUIRES(P)
static void *take_grown_locked(struct xmem_pool *pool, unsigned long size,
			       unsigned long align, void **mem,
			       struct fault *fault)
{
	void *ptr;

	pool->growing -= pool->grow_size;
	ptr = take_locked(pool, size, align, fault);
	if (*mem == NULL || fault->error != XMEM_TLSF_OK) {
		return ptr;
	}
	fault->error = admit_locked(pool, *mem, ptr == NULL, &fault->what);
	if (fault->error == XMEM_TLSF_MISALIGNED) {
		fault->error = XMEM_TLSF_OK;
		return ptr;
	}
	if (fault->error == XMEM_TLSF_OK && ptr == NULL) {
		*mem = NULL;
		return take_locked(pool, size, align, fault);
	}
	if (fault->error == XMEM_TLSF_OVERLAP) {
		*mem = NULL; /* giving it back would free what is in use */
	}
	return ptr;
}

static void *grow_and_take(struct xmem_pool *pool, unsigned long size,
			   unsigned long align, struct fault *fault)
{
	void *mem = get_region(pool);
	void *ptr;

	xmem_pool_lock(pool);
	ptr = take_grown_locked(pool, size, align, &mem, fault);
	xmem_pool_unlock(pool);
	if (mem != NULL) {
		xmem_pool_give_region(pool, mem);
	}
	return ptr;
}

/* Take from the engine; if that fails use the spare, or grow. */
void *xmem_pool_take(struct xmem_pool *pool, unsigned long size,
		     unsigned long align, const char *func, void *from)
{
	struct fault fault = {XMEM_TLSF_OK, NULL};
	bool may_grow = false;
	void *ptr;

	if (size == 0 || size > xmem_tlsf_max_aligned(pool->grow_size, align)) {
		return NULL;
	}
	xmem_pool_lock(pool);
	ptr = take_locked(pool, size, align, &fault);
	if (ptr == NULL && fault.error == XMEM_TLSF_OK) {
		if (bring_spare_forward_locked(pool, &fault)) {
			ptr = take_locked(pool, size, align, &fault);
		} else if (fault.error == XMEM_TLSF_OK) {
			may_grow = reserve_growth_locked(pool);
		}
	}
	xmem_pool_unlock(pool);
	if (may_grow) {
		ptr = grow_and_take(pool, size, align, &fault);
	}
	if (XMEM_UNLIKELY(fault.error != XMEM_TLSF_OK)) {
		xmem_pool_report(pool, fault.what, fault.error, func, from);
	}
	return ptr;
}

/* --- give, resize -------------------------------------------------------- */

/*
 * @region has become empty. It becomes the spare or, if there is an empty spare
 * already, leaves the pool. Return: memory to give back, or NULL.
 */
XMEM_REQUIRES(P)
static void *settle_empty_locked(struct xmem_pool *pool, void *region,
				 struct fault *fault)
{
	if (region != pool->spare && has_spare_locked(pool, fault)) {
		return remove_locked(pool, region, fault) ? region : NULL;
	}
	if (fault->error == XMEM_TLSF_OK) {
		pool->spare = region;
	}
	return NULL;
}

void xmem_pool_end_give(struct xmem_pool *pool, void *what,
			enum xmem_tlsf_error error, const char *func,
			void *from)
{
	struct fault fault = {error, what};

	if (error == XMEM_TLSF_EMPTIED) {
		fault.error = XMEM_TLSF_OK;
		what = settle_empty_locked(pool, what, &fault);
	}
	XMEM_ASSERT_DEEP(fault.error ? NULL : xmem_tlsf_check(pool->tlsf));
	xmem_pool_unlock(pool);
	if (fault.error != XMEM_TLSF_OK) {
		xmem_pool_report(pool, fault.what, fault.error, func, from);
	}
	if (what != NULL) {
		xmem_pool_give_region(pool, what);
	}
}

bool xmem_pool_fit(struct xmem_pool *pool, void *ptr, unsigned long size,
		   const char *func, void *from)
{
	enum xmem_tlsf_error error;
	bool done = false;
	void *bad;

	xmem_pool_lock(pool);
	error = pool_look_up_locked(pool, ptr, &bad);
	if (error == XMEM_TLSF_OK) {
		error = xmem_tlsf_resize(pool->tlsf, ptr, size, &done);
	}
	XMEM_ASSERT_DEEP(error ? NULL : xmem_tlsf_check(pool->tlsf));
	xmem_pool_unlock(pool);
	if (XMEM_UNLIKELY(error != XMEM_TLSF_OK)) {
		xmem_pool_report(pool, bad != NULL ? bad : ptr, error, func,
				 from);
	}
	return done;
}

unsigned long xmem_pool_room(struct xmem_pool *pool, const void *ptr,
			     const char *func, void *from)
{
	enum xmem_tlsf_error error;
	unsigned long size = 0;
	void *bad;

	xmem_pool_lock(pool);
	error = pool_look_up_locked(pool, ptr, &bad);
	if (error == XMEM_TLSF_OK) {
		error = xmem_tlsf_usable(pool->tlsf, ptr, &size);
	}
	xmem_pool_unlock(pool);
	if (XMEM_UNLIKELY(error != XMEM_TLSF_OK)) {
		xmem_pool_report(pool, bad != NULL ? bad : ptr, error, func,
				 from);
	}
	return size;
}

unsigned long xmem_pool_trim(struct xmem_pool *pool, const char *func,
			     void *from)
{
	struct fault fault = {XMEM_TLSF_OK, NULL};
	void *spare = NULL;

	xmem_pool_lock(pool);
	if (has_spare_locked(pool, &fault) &&
	    remove_locked(pool, pool->spare, &fault)) {
		spare = pool->spare;
		pool->spare = NULL;
	}
	xmem_pool_unlock(pool);
	if (XMEM_UNLIKELY(fault.error != XMEM_TLSF_OK)) {
		xmem_pool_report(pool, fault.what, fault.error, func, from);
	}
	if (spare != NULL) {
		xmem_pool_give_region(pool, spare);
	}
	return spare != NULL;
}

/* Unchecked: nobody else knows the pool yet. */
XMEM_UNCHECKED void xmem_pool_set_up(struct xmem_pool *pool)
{
	xmem_port_lock_init(&pool->lock);
	xmem_tlsf_init(pool->tlsf, pool->grow_size, xmem_port_entropy());
}
