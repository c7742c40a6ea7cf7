/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_alloc.c - the hypervisor's own boot allocator: it counts up, through
 * ranges of RAM
 */
#include "full.h"

#include <string.h>

static struct {
	mfn_t next, to;
	int node;
} regions[4];

static unsigned int nr_regions;

void __init boot_add_ram(mfn_t from, mfn_t to, int node)
{
	BUG_ON(nr_regions == 4);
	regions[nr_regions].next = from;
	regions[nr_regions].to = to;
	regions[nr_regions++].node = node;
}

void *__init boot_alloc(unsigned long nr_pages)
{
	for (unsigned int i = 0; i < nr_regions; i++) {
		if (regions[i].to - regions[i].next > nr_pages) {
			void *va = frame_to_va(regions[i].next);

			regions[i].next += nr_pages;
			return memset(va, 0, nr_pages << PAGE_SHIFT);
		}
	}
	panic("boot_alloc: no memory\n");
}

void __init boot_hand_over(void)
{
	for (unsigned int i = 0; i < nr_regions; i++) {
		add_memory(regions[i].next, regions[i].to, regions[i].node);
	}
	nr_regions = 0;
}
