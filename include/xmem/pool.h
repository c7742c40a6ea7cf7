/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool.h - pools: objects of any size, in memory of any origin
 *
 * A pool is a TLSF allocator (Masmano, Ripoll, Crespo, Real: "TLSF: a new
 * dynamic memory allocator for real-time systems", ECRTS 2004) with a lock. Its
 * memory is regions, which it gets and gives back by two functions of the
 * caller. Alloc and free are O(1). Only if there are holes between the regions
 * of a pool, a free first looks the pointer up in a tree, O(log regions), as
 * the holes may be unmapped. There may be any number of pools.
 *
 * All functions: any CPU, normal context, no lock of the library held; where
 * the caller's two functions may be called, as most call these.
 *
 * Headers lie beside the objects and are sealed: the next operation that reads
 * an overwritten header panics, in release builds, too. What a seal is worth
 * against an attacker: see xmem_port_entropy() in <xmem/port.h>.
 */
#ifndef XMEM_POOL_H
#define XMEM_POOL_H

#include <xmem/base.h>

XMEM_BEGIN_DECLS

struct xmem_pool;

/**
 * xmem_pool_get_memory - supplied by the caller: get memory for a pool.
 * @bytes: how much.
 *
 * Called without a lock. Return: memory, 16-byte aligned, or NULL. If some of
 * it is in a region or in the struct of the pool already, the allocation
 * panics, naming the pool and the memory; the pool cannot know what belongs to
 * others.
 */
typedef void *(xmem_pool_get_memory)(unsigned long bytes);
/** xmem_pool_put_memory - supplied by the caller: take memory back that the get
 *  function has returned. Called without a lock. */
typedef void(xmem_pool_put_memory)(void *ptr);

/**
 * xmem_pool_create - create an empty pool.
 * @name:      for messages; must exist as long as the pool.
 * @get_mem:   called with @grow_size for each region, and once, for the pool's
 *             own struct, with a multiple of it.
 * @put_mem:   takes back what @get_mem returned.
 * @max_size:  limit of xmem_pool_get_total_size() in bytes; 0: none.
 * @grow_size: bytes of one region, 256..64 MiB; rounded up to a multiple of 16.
 *
 * Return: the pool, the caller's until xmem_pool_destroy(); NULL if an argument
 * is bad or @get_mem failed.
 */
XMEM_MUST_CHECK struct xmem_pool *xmem_pool_create(
	const char *name, xmem_pool_get_memory *get_mem,
	xmem_pool_put_memory *put_mem, unsigned long max_size,
	unsigned long grow_size);

/**
 * xmem_pool_destroy - give back all memory of a pool, and the pool itself.
 * @pool: NULL is ignored. Nobody may use it any more.
 *
 * Objects that were not freed are reported, by number and bytes, and lost.
 * Panics, naming the pool and what it found, if the header of a region or a
 * block was overwritten.
 */
void xmem_pool_destroy(struct xmem_pool *pool);

/**
 * xmem_pool_alloc - allocate an object, 16-byte aligned.
 * @size: bytes, 1..xmem_pool_maxalloc(@pool).
 * @pool: the pool.
 *
 * Grows the pool by one region if needed. Return: uninitialised memory, owned
 * by the caller until xmem_pool_free(); NULL if @size is out of range, or there
 * is no memory. Panics if a damaged block is found.
 */
XMEM_MUST_CHECK void *xmem_pool_alloc(unsigned long size,
				      struct xmem_pool *pool);

/**
 * xmem_pool_alloc_align - the same, with an alignment.
 * @align: bytes, a power of two up to a quarter of the size of a region; below
 *         16 it counts as 16. For other values NULL is returned.
 */
XMEM_MUST_CHECK void *xmem_pool_alloc_align(unsigned long size,
					    unsigned long align,
					    struct xmem_pool *pool);

/**
 * xmem_pool_free - free an object.
 * @ptr:  what an alloc function of the same @pool returned; NULL is ignored.
 * @pool: the pool.
 *
 * If a region becomes empty it is given back, but for one that is kept as a
 * spare. Panics, naming @ptr, the state found and the caller, on a double free,
 * an interior, foreign or misaligned pointer, an object of another pool, or an
 * overwritten header. Panics, naming the region, if the header of the region
 * was overwritten and @ptr is the first object of it or the last one in use.
 * All of this is checked in release builds, too, before anything is read that
 * may be unmapped.
 */
void xmem_pool_free(void *ptr, struct xmem_pool *pool);

/**
 * xmem_pool_resize - try to change the size of an object in place.
 * @ptr:  an object of @pool.
 * @size: new size in bytes, at least 1.
 * @pool: the pool.
 *
 * Shrinking always succeeds; growing needs a free block directly behind. Panics
 * as xmem_pool_free() does.
 * Return: true if the object has @size bytes now; false if it has not changed,
 * also for a @size of 0.
 */
XMEM_MUST_CHECK XMEM_BOOL xmem_pool_resize(void *ptr, unsigned long size,
					   struct xmem_pool *pool);

/** xmem_pool_usable_size - bytes that may be used at @ptr, an object of @pool,
 * at least as many as were asked for. Panics as xmem_pool_free() does. */
unsigned long xmem_pool_usable_size(const void *ptr, struct xmem_pool *pool);

/** xmem_pool_maxalloc - the largest size, in bytes, of xmem_pool_alloc(). (By
 *  the type that hypervisors know.) Any context. */
int xmem_pool_maxalloc(struct xmem_pool *pool);

/** xmem_pool_get_used_size - bytes in used blocks, headers included. */
unsigned long xmem_pool_get_used_size(struct xmem_pool *pool);

/** xmem_pool_get_total_size - bytes of all regions that the pool has now. */
unsigned long xmem_pool_get_total_size(struct xmem_pool *pool);

XMEM_END_DECLS

#endif /* XMEM_POOL_H */
