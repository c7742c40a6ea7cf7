/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xvmalloc.h - the default allocation interface
 *
 * Virtually contiguous, physically contiguous or not as it happens. Up to
 * XMEM_CONFIG_XVMALLOC_SMALL bytes straight from the xmalloc pool, above
 * that whole pages by vmalloc; when one world has nothing left the other is
 * tried, both ways. Use it unless physical contiguity is needed.
 *
 * All functions: any CPU, normal context.
 */
#ifndef XMEM_XVMALLOC_H
#define XMEM_XVMALLOC_H

#include <xmem/config.h>
#include <xmem/types.h>
#include <xmem/xmalloc.h>

/* One object of a type; the z form is zeroed. */
#define xvmalloc(_type) \
	((_type *)_xvmalloc(sizeof(_type), __alignof__(_type)))
#define xvzalloc(_type) \
	((_type *)_xvzalloc(sizeof(_type), __alignof__(_type)))

/* An array of one or more dimensions: xvmalloc_array(int, rows, columns). */
#define xvmalloc_array(_type, ...)                                     \
	((_type *)_xvmalloc(xmem_dims_size(sizeof(_type),              \
		sizeof((unsigned long[]){ __VA_ARGS__ }) /             \
			sizeof(unsigned long),                         \
		(const unsigned long[]){ __VA_ARGS__ }), __alignof__(_type)))
#define xvzalloc_array(_type, ...)                                     \
	((_type *)_xvzalloc(xmem_dims_size(sizeof(_type),              \
		sizeof((unsigned long[]){ __VA_ARGS__ }) /             \
			sizeof(unsigned long),                         \
		(const unsigned long[]){ __VA_ARGS__ }), __alignof__(_type)))
#define xvrealloc_array(_ptr, _num)                                     \
	((__typeof__(_ptr))_xvrealloc((_ptr),                           \
		xmem_flex_size(0, 0, sizeof(*(_ptr)), (_num)),          \
		__alignof__(*(_ptr))))

/* A struct whose last member @_field is an array of @_nr elements. */
#define xvmalloc_flex_struct(_type, _field, _nr)                        \
	((_type *)_xvmalloc(xmem_flex_size(sizeof(_type),               \
				offsetof(_type, _field),                \
				sizeof(((_type *)0)->_field[0]), (_nr)), \
			    __alignof__(_type)))
#define xvzalloc_flex_struct(_type, _field, _nr)                        \
	((_type *)_xvzalloc(xmem_flex_size(sizeof(_type),               \
				offsetof(_type, _field),                \
				sizeof(((_type *)0)->_field[0]), (_nr)), \
			    __alignof__(_type)))
#define xvrealloc_flex_struct(_ptr, _field, _nr)                        \
	((__typeof__(_ptr))_xvrealloc((_ptr),                           \
		xmem_flex_size(sizeof(*(_ptr)),                         \
			offsetof(__typeof__(*(_ptr)), _field),          \
			sizeof((_ptr)->_field[0]), (_nr)),              \
		__alignof__(*(_ptr))))

/* A copy of *@_ptr. */
#define xvmemdup(_ptr)                                                 \
	((__typeof__(*(_ptr)) *)_xvmemdup((_ptr), sizeof(*(_ptr)),      \
					  __alignof__(*(_ptr))))

/* Free and forget, so that a stale pointer cannot be used again. */
#define XVFREE(p)                    \
	do {                         \
		void *xmem_ptr_ = (p); \
		(p) = NULL;          \
		xvfree(xmem_ptr_);   \
	} while (0)

/**
 * _xvmalloc - @size bytes aligned to @align.
 * @size:  bytes; 0 gives ZERO_BLOCK_PTR.
 * @align: bytes, a power of two; 0 counts as 1. Above PAGE_SIZE the memory
 *         comes from xmalloc's world, which can align physically.
 *
 * Return: uninitialised memory owned by the caller, to be given to xvfree();
 * NULL if both worlds are exhausted or the arguments are absurd.
 */
XMEM_MUST_CHECK void *_xvmalloc(size_t size, unsigned long align);

/** _xvzalloc - the same, zeroed. */
XMEM_MUST_CHECK void *_xvzalloc(size_t size, unsigned long align);

/**
 * _xvrealloc - change the size of an xvmalloc'd allocation.
 *
 * As _xrealloc(), moving between the two worlds as the size asks for and
 * keeping min(old, new) bytes. Return: NULL on failure, @ptr untouched. Panics,
 * before anything is read, if @ptr is no allocation: a mapping of vmap() or
 * ioremap() for one.
 */
XMEM_MUST_CHECK void *_xvrealloc(void *ptr, size_t size, unsigned long align);

/** _xvmemdup - a copy of @size bytes at @src. */
XMEM_MUST_CHECK void *_xvmemdup(const void *src, size_t size,
				unsigned long align);

/**
 * xvfree - give back what a function of this header returned (or vmalloc or
 * xmalloc: the address range tells). NULL and ZERO_BLOCK_PTR are ignored.
 * Panics as xfree() and vfree() do.
 */
void xvfree(void *ptr);

/** xmem_dims_size - @elem times @nr factors; ~0UL on overflow. */
static inline unsigned long xmem_dims_size(unsigned long elem, size_t nr,
					   const unsigned long *dims)
{
	for (size_t i = 0; i < nr; i++) {
		if (__builtin_mul_overflow(elem, dims[i], &elem)) {
			return ~0UL;
		}
	}
	return elem;
}

#endif /* XMEM_XVMALLOC_H */
