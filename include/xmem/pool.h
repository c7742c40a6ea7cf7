/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool.h - memory pools: byte-sized blocks from regions of any origin
 *
 * A pool is a TLSF allocator (Masmano, Ripoll, Crespo, Real: "TLSF: a new
 * dynamic memory allocator for real-time systems", ECRTS 2004) with a lock
 * and a way to get and return regions. Alloc and free are O(1); but that where
 * the regions of a pool leave holes between them, a pointer named by a caller
 * is looked up in a tree first, O(log regions), since the holes may not be
 * mapped. Any number of pools side by side. All functions: any CPU, normal
 * context.
 *
 * Headers lie beside the blocks and are sealed: overwritten ones are found in
 * release builds, by whoever comes across them. What a seal is worth against
 * someone who forges it: see xmem_port_entropy() in <xmem/port.h>.
 */
#ifndef XMEM_POOL_H
#define XMEM_POOL_H

#include <xmem/config.h>
#include <xmem/types.h>

struct xmem_pool;

/**
 * Get @bytes of memory, 16-byte aligned, or NULL. No pool lock is held.
 *
 * If some of it is the pool's already, in a region or in its struct, the
 * allocation that asked for it panics, naming the pool and the memory. (What
 * belongs to another pool, or to somebody else, the pool cannot know.)
 */
typedef void *(xmem_pool_get_memory)(unsigned long bytes);
/** Take back memory that the get function returned. No pool lock is held. */
typedef void (xmem_pool_put_memory)(void *ptr);

/**
 * xmem_pool_create - a new, empty pool.
 * @name:      for messages; must outlive the pool.
 * @get_mem:   called with exactly @grow_size (and once, for the pool's own
 *             struct, with a multiple of it).
 * @put_mem:   takes back what @get_mem gave.
 * @max_size:  limit of xmem_pool_get_total_size(), bytes; 0 = none.
 * @grow_size: bytes of one region; at least 256, rounded up to 16.
 *
 * Return: the pool; NULL if an argument is bad or @get_mem failed.
 */
XMEM_MUST_CHECK struct xmem_pool *
xmem_pool_create(const char *name, xmem_pool_get_memory *get_mem,
		 xmem_pool_put_memory *put_mem, unsigned long max_size,
		 unsigned long grow_size);

/**
 * xmem_pool_destroy - return all memory of @pool, and @pool itself.
 *
 * Blocks still allocated are reported (count and bytes) and lost. NULL is
 * ignored. Panics, naming the pool and what was found, at an overwritten header
 * of a region or a block, before it is followed.
 */
void xmem_pool_destroy(struct xmem_pool *pool);

/**
 * xmem_pool_alloc - @size bytes, 16-byte aligned.
 * @size: 1..xmem_pool_maxalloc(@pool).
 *
 * Grows the pool by one region if need be. Return: memory owned by the
 * caller; NULL if @size is 0 or above the maximum, or nothing fits.
 */
XMEM_MUST_CHECK void *xmem_pool_alloc(unsigned long size,
				      struct xmem_pool *pool);

/**
 * xmem_pool_alloc_align - the same, with alignment.
 * @align: bytes, a power of two up to a quarter of the region size; 0 and
 *         anything below 16 count as 16. Return: as above; NULL also for an
 *         @align that is no power of two or too large.
 */
XMEM_MUST_CHECK void *xmem_pool_alloc_align(unsigned long size,
					    unsigned long align,
					    struct xmem_pool *pool);

/**
 * xmem_pool_free - give back a block.
 * @ptr:  what an alloc function of the same @pool returned; NULL is ignored.
 *
 * A region that becomes empty goes back through put_mem, except one spare.
 * Panics, naming @ptr, the state found and the caller, on a double free, an
 * interior, foreign or misaligned pointer, another pool's block, or a block
 * whose header was overwritten; naming the region, if @ptr is the first block
 * of a region whose header was overwritten, or empties it. Checked in release
 * builds too, and before anything that may be unmapped is read.
 */
void xmem_pool_free(void *ptr, struct xmem_pool *pool);

/**
 * xmem_pool_resize - try to change the size of a block in place.
 * @ptr:  an allocated block of @pool; @size: new size, bytes, at least 1.
 *
 * Shrinking always succeeds, but to 0, which is refused: false; growing uses
 * the free block behind, if any. Panics as xmem_pool_free() does.
 * Return: true if the block now holds @size bytes; else nothing changed.
 */
XMEM_MUST_CHECK bool xmem_pool_resize(void *ptr, unsigned long size,
				      struct xmem_pool *pool);

/** xmem_pool_usable_size - bytes that may be used at @ptr, >= requested. */
unsigned long xmem_pool_usable_size(const void *ptr,
				    struct xmem_pool *pool);

/** xmem_pool_maxalloc - largest @size xmem_pool_alloc() can serve, bytes. */
unsigned long xmem_pool_maxalloc(struct xmem_pool *pool);

/** xmem_pool_get_used_size - bytes in allocated blocks, headers included. */
unsigned long xmem_pool_get_used_size(struct xmem_pool *pool);

/** xmem_pool_get_total_size - bytes of all regions the pool holds now. */
unsigned long xmem_pool_get_total_size(struct xmem_pool *pool);

#endif /* XMEM_POOL_H */
