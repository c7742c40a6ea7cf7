/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * own_xvmalloc.c - xvmalloc() of the host's: half a page is small
 */
#include <xmem/xmem.h>

#include <string.h>

unsigned long own_xvmalloc_calls;

void *_xvmalloc(size_t size, unsigned int align)
{
	own_xvmalloc_calls++;
	return size <= PAGE_SIZE / 2 ? _xmalloc(size, align) : vmalloc(size);
}

void *_xvzalloc(size_t size, unsigned int align)
{
	own_xvmalloc_calls++;
	return size <= PAGE_SIZE / 2 ? _xzalloc(size, align) : vzalloc(size);
}

void xvfree(void *ptr)
{
	own_xvmalloc_calls++;
	if (vmap_contains(ptr)) {
		vfree(ptr);
	} else {
		xfree(ptr);
	}
}

void *_xvrealloc(void *ptr, size_t size, unsigned int align)
{
	unsigned long old = vmap_contains(ptr)
				    ? (unsigned long)vmalloc_size(ptr)
					      << PAGE_SHIFT
				    : xmem_usable_size(ptr);
	void *to = _xvmalloc(size, align);

	if (to != NULL) {
		memcpy(to, ptr, old < size ? old : size);
		xvfree(ptr);
	}
	return to;
}

void *_xvmemdup(const void *src, size_t size, unsigned int align)
{
	void *to = _xvmalloc(size, align);

	return to != NULL ? memcpy(to, src, size) : NULL;
}
