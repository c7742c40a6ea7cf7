/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem.h - objects of xmem, for a benchmark that compares such allocators
 *
 * The benchmark includes this header and defines AD_ARENA, the bytes of RAM;
 * xmem_glue.c is linked.
 */
#ifndef ADAPTER_OBJECTS_H
#define ADAPTER_OBJECTS_H

#include <xmem/xmem.h>

#define AD_NAME "xmem"

void xm_init(size_t arena);
size_t xm_held(void);

static inline void ad_init(void)
{
	xm_init(AD_ARENA);
}

static inline void ad_thread_init(void)
{
}

static inline void *ad_alloc(size_t size, size_t align)
{
	return _xmalloc(size, align);
}

static inline void ad_free(void *p)
{
	xfree(p);
}

static inline void *ad_realloc(void *p, size_t size)
{
	return _xrealloc(p, size, 16);
}

static inline size_t ad_footprint(void)
{
	return xm_held();
}

static inline void ad_purge(void)
{
	xmem_xmalloc_trim();
}

#endif /* ADAPTER_OBJECTS_H */
