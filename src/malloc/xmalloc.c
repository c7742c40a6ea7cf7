/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmalloc.c - physically contiguous objects, from a pool or as whole pages
 *
 * Model       An object that fits in a page beside the pool's headers comes
 *             from a pool of one-page regions (xmalloc_pool.c), so it never
 *             crosses a page boundary. A larger one is whole pages, exactly as
 *             many as needed. The tag of the page that holds a pointer says
 *             which: XMEM_TAG_POOL; or, for whole pages, their number at the
 *             first one and XMEM_TAG_INNER at the others. free_xenheap_pages()
 *             refuses pages with a tag, so nobody else can free them.
 * Operations  Small: one pool operation, O(1). Large: one page allocation of
 *             the next power of two; the tail is freed again, in at most
 *             MAX_ORDER aligned blocks.
 * Below       xmem_alloc_pages_exact, xmem_free_pages_exact, xmem_xenheap_tag
 *             and xmem_xenheap_set_tag: whoever supplies these four has
 *             xmalloc. Instead of the first two, alloc_xenheap_pages and
 *             free_xenheap_pages will do.
 * Locking     none of its own; the pool locks itself and calls for pages
 *             with no lock held.
 * Trade-offs  A page-aligned object cannot be in the pool, as the page starts
 *             with a header: an alignment above PAGE_SIZE / 4 costs a page.
 *             Growing a large object always moves it.
 * See         docs/design.md, docs/memory-allocation-functions.rst
 */
#include <xmem/xmalloc.h>

#include <xmem/debug.h>
#include <xmem/hooks.h>
#include <xmem/xenheap.h>

#include "lib/align.h"
#include "lib/assert.h"
#include "lib/attr.h"
#include "lib/bits.h"
#include "lib/mem.h"
#include "malloc/malloc_priv.h"

#define POOL_MAX_ALIGN (PAGE_SIZE / 4)

/* --- pages ------------------------------------------------------------- */

/* Give @tag to pages [@from, @to) of the object at @va. */
static void tag_pages(void *va, unsigned long from, unsigned long to,
		      unsigned long tag)
{
	for (unsigned long i = from; i < to; i++) {
		xmem_xenheap_set_tag((char *)va + (i << PAGE_SHIFT), tag);
	}
}

/* Free pages [@from, @to) of the object at @va. Their tags go first, since
 * free_xenheap_pages() refuses pages with a tag. */
static void free_tail(void *va, unsigned long from, unsigned long to)
{
	tag_pages(va, from, to, XMEM_TAG_NONE);
	xmem_free_pages_exact((char *)va + (from << PAGE_SHIFT), to - from);
}

/* Allocate whole pages for @size, aligned to @align and to PAGE_SIZE. */
static void *alloc_large(unsigned long size, unsigned long align)
{
	unsigned long nr = xmem_pages_for(size);
	unsigned int order =
		align > PAGE_SIZE ? xmem_log2(align) - PAGE_SHIFT : 0;
	void *va = xmem_alloc_pages_exact(nr, order, 0);

	if (va != NULL) {
		xmem_xenheap_set_tag(va, nr);
		tag_pages(va, 1, nr, XMEM_TAG_INNER);
	}
	return va;
}

/*
 * Find out how many pages the allocation at @ptr has; 0: it is in the pool.
 * Panics, on behalf of @func, if no allocation starts at @ptr.
 */
static unsigned long find_pages(const void *ptr, const char *func, void *from)
{
	unsigned long tag = xmem_xenheap_tag(ptr);

	XMEM_PANIC_IF(tag == XMEM_TAG_NONE,
		      "%s: %p is not in memory of xmalloc, or was freed "
		      "already (no allocation, caller %p)\n",
		      func, ptr, from);
	if (tag == XMEM_TAG_POOL) {
		return 0;
	}
	XMEM_PANIC_IF(tag == XMEM_TAG_INNER ||
			      !xmem_is_aligned((uintptr_t)ptr, PAGE_SIZE),
		      "%s: %p is inside an allocation of pages, not its start "
		      "(caller %p)\n",
		      func, ptr, from);
	return tag;
}

static inline bool is_nothing(const void *ptr)
{
	return ptr == NULL || ptr == ZERO_BLOCK_PTR;
}

/* --- allocate and free ------------------------------------------------- */

/* Does the pool serve @size at @align, a power of two or 0? */
static inline bool fits_pool(unsigned long size, unsigned long align)
{
	return align <= POOL_MAX_ALIGN &&
	       size <= xmem_tlsf_max_aligned(PAGE_SIZE, align);
}

/* Allocate, whatever the size and alignment. */
static XMEM_NOINLINE void *alloc_any(unsigned long size, unsigned long align,
				     const char *func, void *from)
{
	if (size == 0) {
		return ZERO_BLOCK_PTR;
	}
	if ((align & (align - 1)) != 0) {
		return NULL;
	}
	if (fits_pool(size, align)) {
		return xmem_pool_take(xmem_xmalloc_ready(), size, align, func,
				      from);
	}
	return alloc_large(size, align);
}

static XMEM_NOINLINE void free_large(void *ptr, unsigned long nr)
{
	free_tail(ptr, 0, nr);
}

static unsigned long usable_size(const void *ptr, const char *func, void *from)
{
	unsigned long nr = find_pages(ptr, func, from);

	if (nr == 0) {
		return xmem_pool_room(&xmem_xmalloc_pool, ptr, func, from);
	}
	return nr << PAGE_SHIFT;
}

XMEM_API_OBJECTS void *_xmalloc(unsigned long size, unsigned long align)
{
	void *ptr;

	if (size - 1 < xmem_xmalloc_pool_max && align <= XMEM_TLSF_ALIGN &&
	    (align & (align - 1)) == 0) {
		ptr = xmem_pool_take_fast(&xmem_xmalloc_pool, size, align);
		if (ptr != NULL) {
			return ptr;
		}
	}
	return alloc_any(size, align, "_xmalloc", XMEM_CALLER());
}

static void *alloc_zeroed(unsigned long size, unsigned long align,
			  const char *func, void *from)
{
	void *ptr = alloc_any(size, align, func, from);

	return is_nothing(ptr) ? ptr : memset(ptr, 0, size);
}

XMEM_API_OBJECTS void *_xzalloc(unsigned long size, unsigned long align)
{
	return alloc_zeroed(size, align, "_xzalloc", XMEM_CALLER());
}

XMEM_API_OBJECTS void *_xmalloc_array(unsigned long size, unsigned long align,
				      unsigned long num)
{
	unsigned long bytes;

	if (!xmem_checked_mul(size, num, &bytes)) {
		return NULL;
	}
	return alloc_any(bytes, align, "_xmalloc_array", XMEM_CALLER());
}

XMEM_API_OBJECTS void *_xzalloc_array(unsigned long size, unsigned long align,
				      unsigned long num)
{
	unsigned long bytes;

	if (!xmem_checked_mul(size, num, &bytes)) {
		return NULL;
	}
	return alloc_zeroed(bytes, align, "_xzalloc_array", XMEM_CALLER());
}

XMEM_API_OBJECTS void *_xmemdup(const void *src, unsigned long size,
				unsigned long align)
{
	void *ptr = alloc_any(size, align, "_xmemdup", XMEM_CALLER());

	return is_nothing(ptr) ? ptr : memcpy(ptr, src, size);
}

XMEM_API_OBJECTS void xfree(void *ptr)
{
	if (is_nothing(ptr)) {
		return;
	}
	if (XMEM_UNLIKELY(xmem_xenheap_tag(ptr) != XMEM_TAG_POOL)) {
		free_large(ptr, find_pages(ptr, "xfree", XMEM_CALLER()));
		return;
	}
	xmem_pool_give(&xmem_xmalloc_pool, ptr, "xfree");
}

XMEM_API_OBJECTS unsigned long xmem_usable_size(const void *ptr)
{
	if (is_nothing(ptr)) {
		return 0;
	}
	return usable_size(ptr, "xmem_usable_size", XMEM_CALLER());
}

/* --- resize ------------------------------------------------------------ */

/* Keep only the pages for @size of the @nr pages at @ptr. Return: false if they
 * are too few. */
static bool fit_pages(void *ptr, unsigned long nr, unsigned long size)
{
	unsigned long need = xmem_pages_for(size);

	if (need > nr) {
		return false;
	}
	if (need < nr) {
		xmem_xenheap_set_tag(ptr, need);
		free_tail(ptr, need, nr);
	}
	return true;
}

static bool fit_in_place(void *ptr, unsigned long size, const char *func,
			 void *from)
{
	unsigned long nr = find_pages(ptr, func, from);

	return nr == 0 ? xmem_pool_fit(&xmem_xmalloc_pool, ptr, size, func,
				       from)
		       : fit_pages(ptr, nr, size);
}

/* xfree() on behalf of @func. (xfree() itself may be the host's.) */
static XMEM_COLD void free_any(void *ptr, const char *func, void *from)
{
	unsigned long nr = find_pages(ptr, func, from);
	enum xmem_tlsf_error error;
	void *what = NULL;

	if (nr != 0) {
		free_large(ptr, nr);
		return;
	}
	xmem_pool_lock(&xmem_xmalloc_pool);
	error = xmem_tlsf_give(xmem_xmalloc_pool.tlsf, ptr, &what);
	xmem_pool_end_give(&xmem_xmalloc_pool, what, error, func, from);
}

static void *resize_any(void *ptr, unsigned long size, unsigned long align,
			const char *func, void *from)
{
	unsigned long old_size;
	void *new_ptr;

	if (is_nothing(ptr)) {
		return alloc_any(size, align, func, from);
	}
	old_size = usable_size(ptr, func, from);
	if (size == 0) {
		free_any(ptr, func, from);
		return ZERO_BLOCK_PTR;
	}
	if ((align & (align - 1)) != 0) {
		return NULL;
	}
	if (((uintptr_t)ptr & (align - (align != 0))) == 0 &&
	    fit_in_place(ptr, size, func, from)) {
		return ptr;
	}
	new_ptr = alloc_any(size, align, func, from);
	if (new_ptr != NULL) {
		memcpy(new_ptr, ptr, old_size < size ? old_size : size);
		free_any(ptr, func, from);
	}
	return new_ptr;
}

XMEM_API_OBJECTS void *_xrealloc(void *ptr, unsigned long size,
				 unsigned long align)
{
	return resize_any(ptr, size, align, "_xrealloc", XMEM_CALLER());
}

XMEM_API_OBJECTS void *_xrealloc_array(void *ptr, unsigned long size,
				       unsigned long align, unsigned long num)
{
	unsigned long bytes;

	if (!xmem_checked_mul(size, num, &bytes)) {
		return NULL;
	}
	return resize_any(ptr, bytes, align, "_xrealloc_array", XMEM_CALLER());
}
