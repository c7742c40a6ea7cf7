/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * own_vmalloc.c - vmalloc() of the host's: pages of the domheap in a vmap()
 */
#include <xmem/xmem.h>

unsigned long own_vmalloc_calls;

#define MAX_PAGES 256U

static void *alloc(size_t size)
{
	unsigned int nr = (unsigned int)((size + PAGE_SIZE - 1) >> PAGE_SHIFT);
	mfn_t mfn[MAX_PAGES];

	own_vmalloc_calls++;
	if (nr > MAX_PAGES) {
		return NULL;
	}
	for (unsigned int i = 0; i < nr; i++) {
		struct page_info *pg = alloc_domheap_page(NULL, 0);

		if (pg == NULL) {
			return NULL;
		}
		mfn[i] = page_to_mfn(pg);
	}
	return vmap(mfn, nr);
}

void *vmalloc(size_t size)
{
	return alloc(size);
}

void *vmalloc_xen(size_t size)
{
	return alloc(size);
}

void *vzalloc(size_t size)
{
	return alloc(size); /* the domheap has scrubbed it */
}

void vfree(void *va)
{
	unsigned int nr = va != NULL ? vmap_size(va) : 0;
	struct page_info *pg[MAX_PAGES];

	own_vmalloc_calls++;
	for (unsigned int i = 0; i < nr; i++) {
		pg[i] = vmap_to_page((char *)va +
				     ((unsigned long)i << PAGE_SHIFT));
	}
	vunmap(va);
	while (nr > 0) {
		free_domheap_page(pg[--nr]);
	}
}

unsigned int vmalloc_size(const void *va)
{
	own_vmalloc_calls++;
	return vmap_size(va);
}
