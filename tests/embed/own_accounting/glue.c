/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * glue.c - between the hypervisor and xmem: sees both sides
 */
#include "hyp.h"

#include "renamed.h"
#include <xmem/hooks.h>

#include <stdarg.h>

/* ---- objects: pages from the hypervisor, and a word of its descriptor ---- */

void *xmem_alloc_pages_exact(unsigned long nr, unsigned int align_order,
			     unsigned int memflags)
{
	unsigned int order = align_order;
	void *va;

	(void)memflags;
	while (1UL << order < nr) {
		order++;
	}
	va = order <= MAX_ORDER ? alloc_xenheap_pages(order) : NULL;
	if (va != NULL) {
		xmem_free_pages_exact((char *)va + (nr << PAGE_SHIFT),
				      (1UL << order) - nr);
	}
	return va;
}

void xmem_free_pages_exact(void *va, unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++) {
		free_xenheap_pages((char *)va + (i << PAGE_SHIFT), 0);
	}
}

static struct page_info *page_at(const void *va)
{
	unsigned long at = (unsigned long)va - (unsigned long)ram;

	return at < NR_FRAMES << PAGE_SHIFT ? &page_info[at >> PAGE_SHIFT]
					    : NULL;
}

unsigned long xmem_xenheap_tag(const void *va)
{
	const struct page_info *pg = page_at(va);

	return pg != NULL && pg->xenheap ? pg->word : XMEM_TAG_NONE;
}

void xmem_xenheap_set_tag(void *va, unsigned long tag)
{
	page_at(va)->word = tag;
}

int objects_in_use;

void *_xmalloc(unsigned long size, unsigned long align)
{
	void *va = lib_xmalloc(size, align);

	objects_in_use += va != NULL;
	return va;
}

void xfree(void *va)
{
	objects_in_use -= va != NULL;
	lib_xfree(va);
}

void xmem_port_panic(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vpanic(fmt, args);
}

void xmem_port_print(const char *fmt, ...)
{
	(void)fmt;
}
