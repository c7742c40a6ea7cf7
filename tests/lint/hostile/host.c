/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host.c - a source of that host: it reads all public headers and uses what
 * they have for programs, macros above all
 */
#include <xmem/xmem.h>

struct tail {
	unsigned long nr;
	int item[];
};

void hostile_objects(void);
void hostile_pages(struct domain *d);

void hostile_objects(void)
{
	struct tail *a = xmalloc_flex_struct(struct tail, item, 3);
	struct tail *b = xvzalloc_flex_struct(struct tail, item, 3);
	int *matrix = xvmalloc_array(int, 3, 4);
	char *bytes = xmalloc_bytes(100);

	a = xrealloc_flex_struct(a, item, 4);
	b = xvrealloc_flex_struct(b, item, 4);
	matrix = xvrealloc_array(matrix, 24);
	XFREE(a);
	XVFREE(b);
	XVFREE(matrix);
	XFREE(bytes);
}

void hostile_pages(struct domain *d)
{
	struct page_info *pg = alloc_domheap_page(d, MEMF_bits(32));
	void *va = alloc_xenheap_page();
	struct xmem_run run = {0, 0};
	mfn_t mfn = virt_to_page(va) == pg ? INVALID_MFN : page_to_mfn(pg);

	xmem_free_runs(&run, 1);
	if (mfn_valid(mfn) && page_get_owner(pg) == d) {
		unmap_domain_page(map_domain_page(mfn));
	}
	FREE_XENHEAP_PAGE(va);
	FREE_DOMHEAP_PAGE(pg);
	va = vmalloc(1UL << (PAGE_SHIFT + get_order_from_bytes(5000)));
	VFREE(va);
}
