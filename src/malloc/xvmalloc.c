/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xvmalloc.c - two worlds behind one name: xmalloc's pool and vmalloc's pages
 *
 * Model       A pointer is vmalloc's if it lies in a vmap window, else
 *             xmalloc's. Requests up to XMEM_CONFIG_XVMALLOC_SMALL go to
 *             xmalloc first, larger ones to vmalloc first; what one world
 *             cannot give the other is asked for. Only xmalloc aligns to
 *             more than a page.
 * Operations  The small case costs one comparison here and one on the free
 *             path: an address that is not page aligned cannot be vmalloc's.
 *             realloc stays in place while the number of pages does not
 *             change, or in xmalloc's hands wherever that is the right
 *             world; else it allocates, copies and frees.
 * Locking     None here.
 * Trade-offs  When a large object shrinks to a small one it moves if it can;
 *             when it cannot it stays where it is, and never fails.
 */
#include <xmem/xvmalloc.h>

#include <xmem/vmap.h>

#include "lib/align.h"
#include "lib/assert.h"
#include "lib/attr.h"
#include "lib/mem.h"

#define SMALL ((unsigned long)XMEM_CONFIG_XVMALLOC_SMALL)

static void *alloc_by_xmalloc(size_t size, unsigned long align, bool zero)
{
	return zero ? _xzalloc(size, align) : _xmalloc(size, align);
}

static void *alloc_by_vmalloc(size_t size, bool zero)
{
	return zero ? vzalloc(size) : vmalloc(size);
}

static bool is_alignment(unsigned long align)
{
	return align == 0 || xmem_is_pow2(align);
}

/* A small request, or a misshapen one, that xmalloc has refused. */
static XMEM_NOINLINE void *alloc_small_fallback(size_t size,
						unsigned long align, bool zero)
{
	if (!is_alignment(align) || align > PAGE_SIZE) {
		return NULL;
	}
	return alloc_by_vmalloc(size, zero);
}

static XMEM_NOINLINE void *alloc_large(size_t size, unsigned long align,
				       bool zero)
{
	void *ptr = NULL;

	if (!is_alignment(align)) {
		return NULL;
	}
	if (align <= PAGE_SIZE) {
		ptr = alloc_by_vmalloc(size, zero);
	}
	return ptr != NULL ? ptr : alloc_by_xmalloc(size, align, zero);
}

XMEM_API_OBJECTS void *_xvmalloc(size_t size, unsigned long align)
{
	void *ptr;

	if (XMEM_UNLIKELY(size > SMALL)) {
		return alloc_large(size, align, false);
	}
	ptr = _xmalloc(size, align);
	if (XMEM_UNLIKELY(ptr == NULL)) {
		return alloc_small_fallback(size, align, false);
	}
	return ptr;
}

XMEM_API_OBJECTS void *_xvzalloc(size_t size, unsigned long align)
{
	void *ptr;

	if (XMEM_UNLIKELY(size > SMALL)) {
		return alloc_large(size, align, true);
	}
	ptr = _xzalloc(size, align);
	if (XMEM_UNLIKELY(ptr == NULL)) {
		return alloc_small_fallback(size, align, true);
	}
	return ptr;
}

/* vmalloc gives whole pages; anything else is xfree()'s, to judge too. */
static bool is_vmalloced(const void *ptr)
{
	return xmem_is_aligned((unsigned long)ptr, PAGE_SIZE) &&
	       vmap_contains(ptr);
}

XMEM_API_OBJECTS void xvfree(void *ptr)
{
	if (is_vmalloced(ptr)) {
		vfree(ptr);
	} else {
		xfree(ptr);
	}
}

/* A new place for @ptr, which has @old bytes; NULL: it stays as it is. */
static void *move(void *ptr, unsigned long old, size_t size,
		  unsigned long align)
{
	void *to = _xvmalloc(size, align);

	if (to != NULL) {
		memcpy(to, ptr, old < size ? old : size);
		xvfree(ptr);
	}
	return to;
}

/* @ptr: an area of @nr pages. */
static void *realloc_vmalloced(void *ptr, unsigned long nr, size_t size,
			       unsigned long align)
{
	unsigned long old = nr << PAGE_SHIFT;
	bool may_stay =
		align == 0 || xmem_is_aligned((unsigned long)ptr, align);
	void *to;

	if (may_stay && xmem_pages_for(size) == nr) {
		return ptr;
	}
	to = move(ptr, old, size, align);
	return to == NULL && may_stay && size <= old ? ptr : to;
}

static void *realloc_xmalloced(void *ptr, size_t size, unsigned long align)
{
	unsigned long old = xmem_usable_size(ptr);
	void *to = NULL;

	if (size <= SMALL || size <= old || align > PAGE_SIZE) {
		to = _xrealloc(ptr, size, align);
	}
	return to != NULL ? to : move(ptr, old, size, align);
}

XMEM_API_OBJECTS void *_xvrealloc(void *ptr, size_t size, unsigned long align)
{
	unsigned long nr;

	if (ptr == NULL || ptr == ZERO_BLOCK_PTR) {
		return _xvmalloc(size, align);
	}
	if (!is_alignment(align)) {
		return NULL;
	}
	if (size == 0) {
		xvfree(ptr);
		return ZERO_BLOCK_PTR;
	}
	if (!is_vmalloced(ptr)) {
		return realloc_xmalloced(ptr, size, align);
	}
	nr = vmalloc_size(ptr);
	XMEM_PANIC_IF(nr == 0 && vmap_size(ptr) != 0,
		      "xvrealloc: %p is a mapping, for vunmap() (caller %p)\n",
		      ptr, XMEM_CALLER());
	XMEM_PANIC_IF(nr == 0, "xvrealloc: no area starts at %p (caller %p)\n",
		      ptr, XMEM_CALLER());
	return realloc_vmalloced(ptr, nr, size, align);
}

XMEM_API_OBJECTS void *_xvmemdup(const void *src, size_t size,
				 unsigned long align)
{
	void *to = _xvmalloc(size, align);

	if (to != NULL && size != 0) {
		memcpy(to, src, size);
	}
	return to;
}
