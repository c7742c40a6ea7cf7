/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * glue.c - vmap over my_map(va, frame, rights), my_unmap(va), my_lookup(va)
 *
 * A page that is mapped without rights is prepared, since it has a table; and
 * one that loses its rights is parked, since it keeps its frame.
 */
#include <xmem/config.h>
#include <xmem/errors.h>
#include <xmem/hooks.h>

#include "mmu.h"

int xmem_map_prepare(unsigned long va, unsigned long nr)
{
	for (; nr > 0; nr--, va += PAGE_SIZE) {
		if (!my_map(va, 0, 0)) {
			return -XMEM_ENOMEM;
		}
	}
	return 0;
}

void xmem_map_commit(unsigned long va, unsigned long mfn, unsigned long nr,
		     unsigned int flags)
{
	unsigned int rights = MY_READ;

	rights |= (flags & XMEM_MAP_WRITE) != 0 ? MY_WRITE : 0;
	for (; nr > 0; nr--, va += PAGE_SIZE) {
		(void)my_map(va, mfn++, rights);
	}
}

void xmem_map_park(unsigned long va, unsigned long nr)
{
	for (; nr > 0; nr--, va += PAGE_SIZE) {
		unsigned long frame = my_lookup(va);

		if (frame != MY_NO_FRAME) {
			(void)my_map(va, frame, 0);
		}
	}
}

unsigned int xmem_map_collect(unsigned long va, unsigned long nr,
			      struct xmem_run *runs, unsigned int max_runs,
			      unsigned long *nr_done)
{
	unsigned int filled = 0;
	unsigned long i;

	for (i = 0; i < nr && filled < max_runs; i++, va += PAGE_SIZE) {
		unsigned long frame = my_unmap(va);

		if (frame != MY_NO_FRAME) {
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
	my_flush(va, nr_pages);
}
