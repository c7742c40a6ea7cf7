/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - the page heap alone, over a minimal architecture (E6: pages)
 *
 * No boot allocator, no objects, no maps, no page tables: an embedder hands
 * memory to init_domheap_pages() and has a heap.
 *
 * once: pages_inline has the same layers
 * include: tests/embed/pages_alone tests/embed/common
 * link: tests/embed/common/console.c
 * link: src/buddy/ src/heap/ src/page/ src/xenheap/ src/lib/[a-z]*.c
 * flags: -O0
 */
#include <xmem/debug.h>
#include <xmem/map.h>
#include <xmem/pages.h>

#include <tap.h>

_Static_assert(sizeof(xmem_lock_t) == 4,
	       "a port without preemption pays nothing for it");

unsigned char *my_ram;
struct page_info *my_frametable;

void *map_domain_page(mfn_t mfn)
{
	return mfn_to_virt(mfn_x(mfn));
}

void unmap_domain_page(const void *va)
{
	(void)va;
}

static int is_zero(const unsigned char *p, unsigned long size)
{
	while (size > 0 && p[size - 1] == 0) {
		size--;
	}
	return size == 0;
}

int main(void)
{
	struct domain d;
	struct page_info *pg;
#ifndef WITHOUT_BULK
	unsigned long frames[9];
#endif
	unsigned long all;
	void *va;

	xmem_owner_init(&d.mem, 20, 0);
	my_ram = aligned_alloc(MY_FRAMES * PAGE_SIZE, MY_FRAMES * PAGE_SIZE);
	my_frametable = calloc(MY_FRAMES, sizeof(*my_frametable));
	memset(my_ram, 0xff, MY_FRAMES * PAGE_SIZE);
	tap(alloc_xenheap_page() == NULL, "no memory, no page");

	init_domheap_pages(PAGE_SIZE, (paddr_t)MY_FRAMES << PAGE_SHIFT);
	all = total_free_pages();
	tap(all > MY_FRAMES - 16, "the memory is the heap's, less metadata");
	tap(xmem_heap_check() == NULL, "the heap is sound");

	va = alloc_xenheap_pages(3, 0);
	tap(va != NULL && (unsigned long)va % (8 * PAGE_SIZE) == 0,
	    "xenheap pages are mapped and aligned");
	pg = alloc_domheap_pages(&d, 4, 0);
	tap(pg != NULL && is_zero(page_to_virt(pg), 16 * PAGE_SIZE),
	    "domheap pages have forgotten what they held");
	tap(alloc_domheap_pages(&d, 3, 0) == NULL, "the quota holds");
	tap(total_free_pages() == all - 24, "counts are exact");

	free_xenheap_pages(va, 3);
#ifndef WITHOUT_BULK
	tap(xmem_alloc_frames(&d, 9, 0, frames) == 4 &&
		    is_zero(mfn_to_virt(frames[3]), PAGE_SIZE) &&
		    xmem_free_frames(&d, frames, 4) == 4,
	    "a list of frames has what the quota leaves");
#endif
	for (int i = 0; i < 16; i++) {
		free_domheap_page(pg + i);
	}
	tap(total_free_pages() == all && d.mem.tot_pages == 0,
	    "all is free again");
	tap(xmem_heap_check() == NULL, "the heap is still sound");
	free(my_frametable);
	free(my_ram);
	return tap_end();
}
