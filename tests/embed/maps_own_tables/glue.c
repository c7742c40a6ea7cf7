/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * glue.c - vmap over a kernel's own page tables
 *
 * A parked entry is not present, but keeps its frame, in the entry itself. So
 * a range is flushed once, between the last page parked and the first frame
 * collected.
 */
#include <xmem/config.h>
#include <xmem/errors.h>
#include <xmem/hooks.h>

#include "mmu.h"

int xmem_map_prepare(unsigned long va, unsigned long nr)
{
	for (; nr > 0; nr--, va += PAGE_SIZE) {
		if (my_entry(va, true) == NULL) {
			return -XMEM_ENOMEM;
		}
	}
	return 0;
}

void xmem_map_commit(unsigned long va, unsigned long mfn, unsigned long nr,
		     unsigned int flags)
{
	unsigned long rights = (flags & XMEM_MAP_WRITE) != 0 ? MY_WRITABLE : 0;

	for (; nr > 0; nr--, va += PAGE_SIZE) {
		*my_entry(va, false) =
			mfn++ << PAGE_SHIFT | rights | MY_PRESENT;
	}
}

void xmem_map_park(unsigned long va, unsigned long nr)
{
	for (; nr > 0; nr--, va += PAGE_SIZE) {
		volatile unsigned long *entry = my_entry(va, false);

		if ((*entry & MY_PRESENT) != 0) {
			*entry ^= MY_PRESENT | MY_PARKED;
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
		volatile unsigned long *entry = my_entry(va, false);

		if ((*entry & MY_PARKED) != 0) {
			runs[filled++] =
				(struct xmem_run){*entry >> PAGE_SHIFT, 1};
			*entry = 0;
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
