/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * glue.c - vmap over my_map(va, frame), my_unmap(va), my_lookup(va)
 *
 * A table stays once it is there, so a page that was mapped and unmapped is
 * prepared. my_unmap() flushes the TLB itself: then nothing is left to do
 * before the frames are collected, at the price of a flush a page.
 */
#include <xmem/config.h>
#include <xmem/errors.h>
#include <xmem/hooks.h>

#include "mmu.h"

int xmem_map_prepare(unsigned long va, unsigned long nr)
{
	for (; nr > 0; nr--, va += PAGE_SIZE) {
		if (!my_map(va, 0, false)) {
			return -XMEM_ENOMEM;
		}
		my_unmap(va);
	}
	return 0;
}

void xmem_map_commit(unsigned long va, unsigned long mfn, unsigned long nr,
		     unsigned int flags)
{
	for (; nr > 0; nr--, va += PAGE_SIZE) {
		(void)my_map(va, mfn++, (flags & XMEM_MAP_WRITE) != 0);
	}
}

void xmem_map_park(unsigned long va, unsigned long nr)
{
	(void)va;
	(void)nr;
}

unsigned int xmem_map_collect(unsigned long va, unsigned long nr,
			      struct xmem_run *runs, unsigned int max_runs,
			      unsigned long *nr_done)
{
	unsigned int filled = 0;
	unsigned long i;

	for (i = 0; i < nr && filled < max_runs; i++, va += PAGE_SIZE) {
		unsigned long frame = my_lookup(va);

		if (frame != MY_NO_FRAME) {
			my_unmap(va);
			runs[filled++] = (struct xmem_run){frame, 1};
		}
	}
	*nr_done = i;
	return filled;
}

unsigned long xmem_map_lookup(unsigned long va)
{
	return my_lookup(va); /* MY_NO_FRAME is XMEM_NO_MFN */
}

void xmem_port_tlb_flush(unsigned long va, unsigned long nr_pages)
{
	(void)va;
	(void)nr_pages;
}
