/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xvmalloc.c - one interface to xmalloc and vmalloc
 *
 * Model       Up to XMEM_CONFIG_XVMALLOC_SMALL bytes xmalloc is tried first,
 *             above that vmalloc; if one has no memory the other is tried. An
 *             alignment above a page is xmalloc's. A pointer in a vmap window
 *             is vmalloc's, any other one xmalloc's.
 * Operations  A small object costs one comparison to allocate and one to free:
 *             a pointer that is not page aligned cannot be vmalloc's. realloc
 *             leaves vmalloc's memory in place if the number of pages stays
 *             the same, and lets xmalloc resize its own unless the new size is
 *             vmalloc's; else it allocates, copies and frees.
 * Locking     None here.
 * Trade-offs  A large object that shrinks to a small one moves to xmalloc; if
 *             there is no memory it stays, so shrinking never fails.
 */
#include <xmem/xvmalloc.h>

#include <xmem/vmap.h>

#include "lib/align.h"
#include "lib/assert.h"
#include "lib/attr.h"
#include "lib/mem.h"

#define SMALL ((unsigned long)XMEM_CONFIG_XVMALLOC_SMALL)

static void *alloc_by_xmalloc(size_t size, unsigned int align, bool zero)
{
	return zero ? _xzalloc(size, align) : _xmalloc(size, align);
}

static void *alloc_by_vmalloc(size_t size, bool zero)
{
	return zero ? vzalloc(size) : vmalloc(size);
}

static bool is_alignment(unsigned int align)
{
	return align == 0 || xmem_is_pow2(align);
}

/* xmalloc has refused a small size: try vmalloc, unless @align is the reason.
 */
static XMEM_NOINLINE void *alloc_small_fallback(size_t size, unsigned int align,
						bool zero)
{
	if (!is_alignment(align) || align > PAGE_SIZE) {
		return NULL;
	}
	return alloc_by_vmalloc(size, zero);
}

static XMEM_NOINLINE void *alloc_large(size_t size, unsigned int align,
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

/* _xvmalloc() in full, for itself; alloc_any() is for those that also move or
 * copy. (The public function may be the host's.) */
static XMEM_ALWAYS_INLINE void *alloc_inline(size_t size, unsigned int align)
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

static XMEM_NOINLINE void *alloc_any(size_t size, unsigned int align)
{
	return alloc_inline(size, align);
}

XMEM_API_OBJECTS void *_xvmalloc(size_t size, unsigned int align)
{
	return alloc_inline(size, align);
}

XMEM_API_OBJECTS void *_xvzalloc(size_t size, unsigned int align)
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

/* vmalloc's pointers are page aligned. Any other pointer goes to xfree(), which
 * panics if it is wrong. */
static inline bool is_vmalloced(const void *ptr)
{
	return xmem_is_aligned((unsigned long)ptr, PAGE_SIZE) &&
	       vmap_contains(ptr);
}

static XMEM_ALWAYS_INLINE void free_inline(void *ptr)
{
	if (is_vmalloced(ptr)) {
		vfree(ptr);
	} else {
		xfree(ptr);
	}
}

static XMEM_NOINLINE void free_any(void *ptr)
{
	free_inline(ptr);
}

XMEM_API_OBJECTS void xvfree(void *ptr)
{
	free_inline(ptr);
}

/* Move @ptr, which has @old bytes, to new memory. NULL: there is none, and @ptr
 * is unchanged. */
static void *move(void *ptr, unsigned long old, size_t size, unsigned int align)
{
	void *to = alloc_any(size, align);

	if (to != NULL) {
		memcpy(to, ptr, old < size ? old : size);
		free_any(ptr);
	}
	return to;
}

/* @ptr: an area of @nr pages. */
static void *realloc_vmalloced(void *ptr, unsigned long nr, size_t size,
			       unsigned int align)
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

static void *realloc_xmalloced(void *ptr, size_t size, unsigned int align)
{
	unsigned long old = xmem_usable_size(ptr);
	void *to = NULL;

	if (size <= SMALL || size <= old || align > PAGE_SIZE) {
		to = _xrealloc(ptr, size, align);
	}
	return to != NULL ? to : move(ptr, old, size, align);
}

XMEM_API_OBJECTS void *_xvrealloc(void *ptr, size_t size, unsigned int align)
{
	unsigned long nr;

	if (ptr == NULL || ptr == ZERO_BLOCK_PTR) {
		return alloc_any(size, align);
	}
	if (!is_alignment(align)) {
		return NULL;
	}
	if (size == 0) {
		free_any(ptr);
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
				 unsigned int align)
{
	void *to = alloc_any(size, align);

	if (to != NULL && size != 0) {
		memcpy(to, src, size);
	}
	return to;
}
