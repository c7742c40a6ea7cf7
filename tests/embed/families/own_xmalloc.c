/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * own_xmalloc.c - xmalloc() of the host's: pages of the xenheap, whose first
 * words have the size
 */
#include <xmem/xmem.h>

#include <string.h>

unsigned long own_xmalloc_calls;

#define HEAD 64UL

static unsigned int order_of(unsigned long size)
{
	return get_order_from_bytes(size + HEAD);
}

static unsigned long *head_of(const void *ptr)
{
	return (unsigned long *)((unsigned long)ptr - HEAD);
}

void *_xmalloc(unsigned long size, unsigned long align)
{
	char *page;

	own_xmalloc_calls++;
	if (align > HEAD) {
		return NULL;
	}
	page = alloc_xenheap_pages(order_of(size), 0);
	if (page == NULL) {
		return NULL;
	}
	*(unsigned long *)page = size;
	return page + HEAD;
}

void xfree(void *ptr)
{
	own_xmalloc_calls++;
	if (ptr != NULL && ptr != ZERO_BLOCK_PTR) {
		free_xenheap_pages(head_of(ptr), order_of(*head_of(ptr)));
	}
}

void *_xzalloc(unsigned long size, unsigned long align)
{
	void *ptr = _xmalloc(size, align);

	return ptr != NULL ? memset(ptr, 0, size) : NULL;
}

void *_xmalloc_array(unsigned long size, unsigned long align, unsigned long num)
{
	return _xmalloc(size * num, align);
}

void *_xzalloc_array(unsigned long size, unsigned long align, unsigned long num)
{
	return _xzalloc(size * num, align);
}

void *_xmemdup(const void *src, unsigned long size, unsigned long align)
{
	void *ptr = _xmalloc(size, align);

	return ptr != NULL ? memcpy(ptr, src, size) : NULL;
}

unsigned long xmem_usable_size(const void *ptr)
{
	own_xmalloc_calls++;
	return ptr != NULL ? *head_of(ptr) : 0;
}

void *_xrealloc(void *ptr, unsigned long size, unsigned long align)
{
	unsigned long old = xmem_usable_size(ptr);
	void *to = _xmalloc(size, align);

	if (to != NULL && ptr != NULL) {
		memcpy(to, ptr, old < size ? old : size);
		xfree(ptr);
	}
	return to;
}

void *_xrealloc_array(void *ptr, unsigned long size, unsigned long align,
		      unsigned long num)
{
	return _xrealloc(ptr, size * num, align);
}
