/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmalloc.h - physically contiguous objects
 *
 * For memory that must be physically contiguous (say why in a comment); for
 * everything else use <xmem/xvmalloc.h>. Objects of up to PAGE_SIZE less 40
 * bytes come from a TLSF pool and never cross a page boundary. Larger ones are
 * whole pages: page aligned, and exactly as many as needed.
 *
 * All functions: any CPU, normal context, no lock of the library held. No
 * set-up call is needed, but the first call of any of them comes before other
 * CPUs make one. Sizes and alignments are in bytes.
 */
#ifndef XMEM_XMALLOC_H
#define XMEM_XMALLOC_H

#include <xmem/config.h>
#include <xmem/types.h>

XMEM_BEGIN_DECLS

/* One object, or an array, of a type; the z forms are zeroed. */
#define xmalloc(_type) ((_type *)_xmalloc(sizeof(_type), __alignof__(_type)))
#define xzalloc(_type) ((_type *)_xzalloc(sizeof(_type), __alignof__(_type)))
#define xmalloc_array(_type, _num) \
	((_type *)_xmalloc_array(sizeof(_type), __alignof__(_type), (_num)))
#define xzalloc_array(_type, _num) \
	((_type *)_xzalloc_array(sizeof(_type), __alignof__(_type), (_num)))

/* Resize an array to @_num elements; content up to the smaller size stays. */
#define xrealloc_array(_ptr, _num)                                  \
	((__typeof__(_ptr))_xrealloc_array((_ptr), sizeof(*(_ptr)), \
					   __alignof__(*(_ptr)), (_num)))

/* A struct whose last member @_field is an array of @_nr elements. */
#define xmalloc_flex_struct(_type, _field, _nr)                              \
	((_type *)_xmalloc(xmem_flex_size(sizeof(_type),                     \
					  __builtin_offsetof(_type, _field), \
					  sizeof(((_type *)0)->_field[0]),   \
					  (_nr)),                            \
			   __alignof__(_type)))
#define xzalloc_flex_struct(_type, _field, _nr)                              \
	((_type *)_xzalloc(xmem_flex_size(sizeof(_type),                     \
					  __builtin_offsetof(_type, _field), \
					  sizeof(((_type *)0)->_field[0]),   \
					  (_nr)),                            \
			   __alignof__(_type)))
#define xrealloc_flex_struct(_ptr, _field, _nr)                          \
	((__typeof__(_ptr))_xrealloc(                                    \
		(_ptr),                                                  \
		xmem_flex_size(                                          \
			sizeof(*(_ptr)),                                 \
			__builtin_offsetof(__typeof__(*(_ptr)), _field), \
			sizeof((_ptr)->_field[0]), (_nr)),               \
		__alignof__(*(_ptr))))

/* Untyped, cache-line aligned. */
#define xmalloc_bytes(_bytes) _xmalloc((_bytes), SMP_CACHE_BYTES)
#define xzalloc_bytes(_bytes) _xzalloc((_bytes), SMP_CACHE_BYTES)

/* A copy of *@_ptr, or of @_bytes bytes at @_ptr. */
#define xmemdup(_ptr)                                             \
	((__typeof__(*(_ptr)) *)_xmemdup((_ptr), sizeof(*(_ptr)), \
					 __alignof__(*(_ptr))))
#define xmemdup_bytes(_ptr, _bytes) _xmemdup((_ptr), (_bytes), SMP_CACHE_BYTES)

/* Free @p and set it to NULL, so that it cannot be used again. */
#define XFREE(p)                       \
	do {                           \
		void *xmem_ptr_ = (p); \
		(p) = NULL;            \
		xfree(xmem_ptr_);      \
	} while (0)

/**
 * _xmalloc - allocate physically contiguous memory.
 * @size:  bytes, at most 2^MAX_ORDER pages; 0 gives ZERO_BLOCK_PTR, which is
 *         not NULL, must not be dereferenced and may be given to xfree().
 * @align: alignment in bytes, a power of two of at most 2^MAX_ORDER pages; 0
 *         counts as 1. The memory is always at least 16-byte aligned.
 *
 * Return: uninitialised memory, owned by the caller until xfree(); NULL if
 * there is no memory, or @size or @align is out of range.
 */
XMEM_MUST_CHECK void *_xmalloc(unsigned long size, unsigned long align);

/** _xzalloc - _xmalloc(), and zero the memory. */
XMEM_MUST_CHECK void *_xzalloc(unsigned long size, unsigned long align);

/**
 * _xrealloc - change the size of an allocation.
 * @ptr:   what a function of this header returned; NULL and ZERO_BLOCK_PTR: as
 *         _xmalloc().
 * @size:  new size in bytes; 0 frees @ptr and gives ZERO_BLOCK_PTR.
 * @align: as _xmalloc(); the result has it even if @ptr has not.
 *
 * Keeps the contents up to the smaller size. Works in place where possible:
 * always when it shrinks and @ptr has the alignment. Return: the memory, and
 * @ptr is not valid any more; NULL on failure, and @ptr is unchanged and still
 * the caller's. Panics as xfree() does.
 */
XMEM_MUST_CHECK void *_xrealloc(void *ptr, unsigned long size,
				unsigned long align);

/** _xmalloc_array, _xzalloc_array - _xmalloc() and _xzalloc() of @num * @size
 *  bytes; NULL if that overflows. */
XMEM_MUST_CHECK void *_xmalloc_array(unsigned long size, unsigned long align,
				     unsigned long num);
XMEM_MUST_CHECK void *_xzalloc_array(unsigned long size, unsigned long align,
				     unsigned long num);

/** _xrealloc_array - _xrealloc() to @num * @size bytes; NULL if that
 *  overflows. */
XMEM_MUST_CHECK void *_xrealloc_array(void *ptr, unsigned long size,
				      unsigned long align, unsigned long num);

/** _xmemdup - _xmalloc() of @size and @align, and copy @size bytes from
 *  @src. */
XMEM_MUST_CHECK void *_xmemdup(const void *src, unsigned long size,
			       unsigned long align);

/**
 * xfree - free an allocation.
 * @ptr: what a function of this header returned; NULL and ZERO_BLOCK_PTR are
 *       ignored.
 *
 * Panics, naming @ptr, the state found and the caller, on a double free, an
 * interior, wild or foreign pointer (also a vmalloc'd one), or an overwritten
 * header. Panics, naming the page, if the object was the last one in its page
 * and the header of the page was overwritten. All of this is checked in release
 * builds, too.
 */
void xfree(void *ptr);

/**
 * xmem_usable_size - how many bytes may be used at @ptr: at least as many as
 * were asked for; 0 for NULL and ZERO_BLOCK_PTR. Panics as xfree() does. Takes
 * a lock: not for a panic handler.
 */
unsigned long xmem_usable_size(const void *ptr);

/**
 * xmem_flex_size - bytes of a struct whose last member is an array.
 * @type:   bytes of the struct.
 * @offset: offset of the array.
 * @elem:   bytes of an element.
 * @nr:     number of elements.
 *
 * Return: max(@type, @offset + @nr * @elem); ~0UL if that overflows, for which
 * every allocation function returns NULL.
 */
static inline unsigned long xmem_flex_size(unsigned long type,
					   unsigned long offset,
					   unsigned long elem, unsigned long nr)
{
	unsigned long size;

	if (__builtin_mul_overflow(elem, nr, &size) ||
	    __builtin_add_overflow(size, offset, &size)) {
		return ~0UL;
	}
	return size > type ? size : type;
}

XMEM_END_DECLS

#endif /* XMEM_XMALLOC_H */
