/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmalloc.h - physically contiguous objects
 *
 * For memory that must be contiguous in physical memory (say why in a
 * comment); everything else is better served by <xmem/xvmalloc.h>. Objects
 * up to the pool's maximum (PAGE_SIZE less 40 bytes) come from a TLSF pool
 * and never cross a page boundary; larger ones are whole pages, page
 * aligned, the exact number of them.
 *
 * All functions: any CPU, normal context. No set-up call: the first
 * allocation does it. Sizes are bytes in `unsigned long`, alignments bytes.
 */
#ifndef XMEM_XMALLOC_H
#define XMEM_XMALLOC_H

#include <xmem/config.h>
#include <xmem/types.h>

/* One object, or an array, of a type; the z forms are zeroed. */
#define xmalloc(_type) ((_type *)_xmalloc(sizeof(_type), __alignof__(_type)))
#define xzalloc(_type) ((_type *)_xzalloc(sizeof(_type), __alignof__(_type)))
#define xmalloc_array(_type, _num) \
	((_type *)_xmalloc_array(sizeof(_type), __alignof__(_type), (_num)))
#define xzalloc_array(_type, _num) \
	((_type *)_xzalloc_array(sizeof(_type), __alignof__(_type), (_num)))

/* Resize an array to @_num elements; content up to the smaller size stays. */
#define xrealloc_array(_ptr, _num)                                 \
	((__typeof__(_ptr))_xrealloc_array((_ptr), sizeof(*(_ptr)), \
					   __alignof__(*(_ptr)), (_num)))

/* A struct whose last member @_field is an array of @_nr elements. */
#define xmalloc_flex_struct(_type, _field, _nr)                        \
	((_type *)_xmalloc(xmem_flex_size(sizeof(_type),               \
				offsetof(_type, _field),               \
				sizeof(((_type *)0)->_field[0]), (_nr)), \
			   __alignof__(_type)))
#define xzalloc_flex_struct(_type, _field, _nr)                        \
	((_type *)_xzalloc(xmem_flex_size(sizeof(_type),               \
				offsetof(_type, _field),               \
				sizeof(((_type *)0)->_field[0]), (_nr)), \
			   __alignof__(_type)))
#define xrealloc_flex_struct(_ptr, _field, _nr)                        \
	((__typeof__(_ptr))_xrealloc((_ptr),                           \
		xmem_flex_size(sizeof(*(_ptr)),                        \
			offsetof(__typeof__(*(_ptr)), _field),         \
			sizeof((_ptr)->_field[0]), (_nr)),             \
		__alignof__(*(_ptr))))

/* Untyped, cache-line aligned. */
#define xmalloc_bytes(_bytes) _xmalloc((_bytes), SMP_CACHE_BYTES)
#define xzalloc_bytes(_bytes) _xzalloc((_bytes), SMP_CACHE_BYTES)

/* A copy of *@_ptr, or of @_bytes bytes at @_ptr. */
#define xmemdup(_ptr)                                                 \
	((__typeof__(*(_ptr)) *)_xmemdup((_ptr), sizeof(*(_ptr)),      \
					 __alignof__(*(_ptr))))
#define xmemdup_bytes(_ptr, _bytes) \
	_xmemdup((_ptr), (_bytes), SMP_CACHE_BYTES)

/* Free and forget, so that a stale pointer cannot be used again. */
#define XFREE(p)                     \
	do {                         \
		void *xmem_ptr_ = (p); \
		(p) = NULL;          \
		xfree(xmem_ptr_);    \
	} while (0)

/**
 * _xmalloc - @size bytes aligned to @align.
 * @size:  bytes; 0 gives ZERO_BLOCK_PTR, which is not NULL, must not be
 *         dereferenced and is accepted by xfree().
 * @align: bytes, a power of two, up to 2^MAX_ORDER pages; 0 counts as 1. The
 *         result is always 16-byte aligned at least.
 *
 * Return: uninitialised memory owned by the caller; NULL if nothing fits,
 * @size is absurd (rounding would overflow, above 2^MAX_ORDER pages) or
 * @align is not a power of two.
 */
XMEM_MUST_CHECK void *_xmalloc(unsigned long size, unsigned long align);

/** _xzalloc - the same, zeroed. */
XMEM_MUST_CHECK void *_xzalloc(unsigned long size, unsigned long align);

/**
 * _xrealloc - change the size of an allocation.
 * @ptr:   an xmalloc'd pointer; NULL and ZERO_BLOCK_PTR act as _xmalloc().
 * @size:  new size; 0 frees @ptr and gives ZERO_BLOCK_PTR.
 * @align: as _xmalloc(); the result has it even if the old one had not.
 *
 * Keeps min(old, new) bytes. In place where possible (always when it
 * shrinks and the alignment fits). Return: the memory; NULL on failure, and
 * then @ptr is untouched and still the caller's.
 */
XMEM_MUST_CHECK void *_xrealloc(void *ptr, unsigned long size,
				unsigned long align);

/** _xmalloc_array, _xzalloc_array - @num * @size bytes; NULL on overflow. */
XMEM_MUST_CHECK void *_xmalloc_array(unsigned long size, unsigned long align,
				     unsigned long num);
XMEM_MUST_CHECK void *_xzalloc_array(unsigned long size, unsigned long align,
				     unsigned long num);

/** _xrealloc_array - _xrealloc() to @num * @size; NULL on overflow. */
XMEM_MUST_CHECK void *_xrealloc_array(void *ptr, unsigned long size,
				      unsigned long align, unsigned long num);

/** _xmemdup - a copy of @size bytes at @src, aligned to @align. */
XMEM_MUST_CHECK void *_xmemdup(const void *src, unsigned long size,
			       unsigned long align);

/**
 * xfree - give an allocation back, on any CPU.
 * @ptr: what a function of this header returned; NULL and ZERO_BLOCK_PTR are
 *       ignored.
 *
 * Panics, naming @ptr, the state found and the caller, on a double free, an
 * interior, wild or foreign pointer (a vmalloc'd one included), or a block
 * whose header was overwritten; naming the page, if it is empty now and its
 * header was overwritten. Checked in release builds too.
 */
void xfree(void *ptr);

/**
 * xmem_usable_size - bytes that may be used at @ptr, at least as many as were
 * asked for. 0 for NULL and ZERO_BLOCK_PTR.
 */
unsigned long xmem_usable_size(const void *ptr);

/**
 * xmem_flex_size - max(@type, @offset + @nr * @elem), or ~0UL on overflow
 * (which every allocation function answers with NULL).
 */
static inline unsigned long xmem_flex_size(unsigned long type,
					   unsigned long offset,
					   unsigned long elem,
					   unsigned long nr)
{
	unsigned long size;

	if (__builtin_mul_overflow(elem, nr, &size) ||
	    __builtin_add_overflow(size, offset, &size)) {
		return ~0UL;
	}
	return size > type ? size : type;
}

#endif /* XMEM_XMALLOC_H */
