/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * glue.c - the kernel's own calls, for which xmem has others
 */
#include <stdlib.h>

#include <xmem/pages.h>

struct page_info *my_frametable;

void my_memory_starts(unsigned long bytes)
{
	my_frametable = calloc(MY_FRAMES, sizeof(*my_frametable));
	init_domheap_pages(0, bytes);
}

unsigned long my_guest_frame(void)
{
	struct page_info *pg = alloc_domheap_page(NULL, 0);

	return pg != NULL ? mfn_x(page_to_mfn(pg)) : 0;
}

void my_free_guest_frame(unsigned long mfn)
{
	free_domheap_page(mfn_to_page(_mfn(mfn)));
}
