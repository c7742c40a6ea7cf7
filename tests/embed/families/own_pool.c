/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * own_pool.c - pools of the host's: every object is one region
 */
#include <xmem/xmem.h>

unsigned long own_pool_calls;

struct xmem_pool {
	xmem_pool_get_memory *get;
	xmem_pool_put_memory *put;
	unsigned long region;
	unsigned long nr_used;
};

struct xmem_pool *xmem_pool_create(const char *name, xmem_pool_get_memory *get,
				   xmem_pool_put_memory *put,
				   unsigned long max_size,
				   unsigned long grow_size)
{
	struct xmem_pool *pool = get(grow_size);

	(void)name;
	(void)max_size;
	own_pool_calls++;
	if (pool != NULL) {
		*pool = (struct xmem_pool){get, put, grow_size, 0};
	}
	return pool;
}

void xmem_pool_destroy(struct xmem_pool *pool)
{
	own_pool_calls++;
	pool->put(pool);
}

void *xmem_pool_alloc_align(unsigned long size, unsigned long align,
			    struct xmem_pool *pool)
{
	(void)align;
	own_pool_calls++;
	pool->nr_used++;
	return size <= pool->region ? pool->get(pool->region) : NULL;
}

void *xmem_pool_alloc(unsigned long size, struct xmem_pool *pool)
{
	return xmem_pool_alloc_align(size, 0, pool);
}

void xmem_pool_free(void *ptr, struct xmem_pool *pool)
{
	own_pool_calls++;
	pool->nr_used--;
	pool->put(ptr);
}

bool xmem_pool_resize(void *ptr, unsigned long size, struct xmem_pool *pool)
{
	(void)ptr;
	own_pool_calls++;
	return size <= pool->region;
}

unsigned long xmem_pool_usable_size(const void *ptr, struct xmem_pool *pool)
{
	(void)ptr;
	own_pool_calls++;
	return pool->region;
}

int xmem_pool_maxalloc(struct xmem_pool *pool)
{
	own_pool_calls++;
	return pool->region;
}

unsigned long xmem_pool_get_used_size(struct xmem_pool *pool)
{
	own_pool_calls++;
	return pool->nr_used * pool->region;
}

unsigned long xmem_pool_get_total_size(struct xmem_pool *pool)
{
	own_pool_calls++;
	return pool->nr_used * pool->region;
}
