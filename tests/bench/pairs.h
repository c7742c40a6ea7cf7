/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pairs.h - an allocation of pages and its free; @order: of unsigned int
 */
#ifndef PAIRS_H
#define PAIRS_H

#include <xmem/xmem.h>

#include "bench.h"

static inline void pair_domheap(void *order)
{
	unsigned int o = *(unsigned int *)order;
	struct page_info *pg = alloc_domheap_pages(NULL, o, MEMF_no_scrub);

	bench_need(pg, "alloc_domheap_pages");
	free_domheap_pages(pg, o);
}

static inline void pair_xenheap(void *order)
{
	unsigned int o = *(unsigned int *)order;
	void *va = alloc_xenheap_pages(o, 0);

	bench_need(va, "alloc_xenheap_pages");
	free_xenheap_pages(va, o);
}

#endif /* PAIRS_H */
