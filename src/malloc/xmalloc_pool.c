/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmalloc_pool.c - the pool of xmalloc: static, one page a region
 *
 * Apart from xmalloc.c, as counts and validator are about the pool alone. So
 * a host may have an xmalloc of its own and link them all the same.
 */
#include <xmem/debug.h>
#include <xmem/hooks.h>

#include "lib/assert.h"
#include "lib/attr.h"
#include "malloc/malloc_priv.h"

XMEM_PORT_CALLBACK static void *get_pool_page(unsigned long bytes)
{
	void *page = xmem_alloc_pages_exact(1, 0, 0);

	(void)bytes; /* always PAGE_SIZE */
	if (page != NULL) {
		xmem_xenheap_set_tag(page, XMEM_TAG_POOL);
	}
	return page;
}

/* The tag goes first: a page with a tag cannot be freed. */
XMEM_PORT_CALLBACK static void put_pool_page(void *page)
{
	xmem_xenheap_set_tag(page, XMEM_TAG_NONE);
	xmem_free_pages_exact(page, 1);
}

/* Memory for the pool's engine; guarded by the pool's lock. */
static uint64_t engine[XMEM_TLSF_BYTES(PAGE_SHIFT) / sizeof(uint64_t)]
	__attribute__((__aligned__(SMP_CACHE_BYTES)));

struct xmem_pool xmem_xmalloc_pool = XMEM_POOL_INIT(
	"xmalloc", engine, get_pool_page, put_pool_page, PAGE_SIZE);

unsigned long xmem_xmalloc_pool_max;

static XMEM_COLD XMEM_NOINLINE void set_up(void)
{
	xmem_pool_set_up(&xmem_xmalloc_pool);
	xmem_xmalloc_pool_max = POOL_MAX_SIZE;
}

struct xmem_pool *xmem_xmalloc_ready(void)
{
	if (XMEM_UNLIKELY(xmem_xmalloc_pool_max == 0)) {
		set_up();
	}
	return &xmem_xmalloc_pool;
}

XMEM_API_OBJECTS unsigned long xmem_xmalloc_used(void)
{
	return xmem_pool_used(xmem_xmalloc_ready());
}

XMEM_API_OBJECTS unsigned long xmem_xmalloc_total(void)
{
	return xmem_pool_total(xmem_xmalloc_ready());
}

XMEM_API_OBJECTS unsigned long xmem_xmalloc_trim(void)
{
	return xmem_pool_trim(xmem_xmalloc_ready(), "xmem_xmalloc_trim",
			      XMEM_CALLER());
}
