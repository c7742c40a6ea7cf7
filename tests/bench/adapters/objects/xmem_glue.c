/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem_glue.c - the machine below the objects of xmem.h
 */
#include <string.h>

#include <adapter.h>

void xm_init(size_t arena);
size_t xm_held(void);

static unsigned long nr_frames;

static void *get(size_t bytes)
{
	return calloc(1, bytes);
}

/* A machine with @arena bytes of RAM, which is not zeroed. */
void xm_init(size_t arena)
{
	unsigned long start = 1UL << (32 - PAGE_SHIFT);

	nr_frames = arena >> PAGE_SHIFT;
	adapter_boot(start, nr_frames, get);
	adapter_map((unsigned long)mfn_to_virt(start), arena);
	memset(mfn_to_virt(start), 0xa5, arena);
}

/* Bytes of the pages that are not free. */
size_t xm_held(void)
{
	return (nr_frames - total_free_pages()) << PAGE_SHIFT;
}
