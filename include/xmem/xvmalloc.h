/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xvmalloc.h - the default allocation interface
 *
 * The memory is virtually contiguous; physically it may be scattered. Up to
 * XMEM_CONFIG_XVMALLOC_SMALL bytes come from xmalloc, larger allocations from
 * vmalloc. If one has no memory the other is tried. Use this interface unless
 * the memory must be physically contiguous.
 *
 * All functions: any CPU, normal context, no lock of the library held.
 */
#ifndef XMEM_XVMALLOC_H
#define XMEM_XVMALLOC_H

#include <xmem/config.h>
#include <xmem/types.h>
#include <xmem/xmalloc.h>

XMEM_BEGIN_DECLS

/* One object of a type; the z form is zeroed. */
#define xvmalloc(_type) ((_type *)_xvmalloc(sizeof(_type), __alignof__(_type)))
#define xvzalloc(_type) ((_type *)_xvzalloc(sizeof(_type), __alignof__(_type)))

/* An array of one or more dimensions: xvmalloc_array(int, rows, columns). */
#define xvmalloc_array(_type, ...)                                       \
	((_type *)_xvmalloc(xmem_array_size(sizeof(_type), __VA_ARGS__), \
			    __alignof__(_type)))
#define xvzalloc_array(_type, ...)                                       \
	((_type *)_xvzalloc(xmem_array_size(sizeof(_type), __VA_ARGS__), \
			    __alignof__(_type)))
#define xvrealloc_array(_ptr, _num)                                    \
	((__typeof__(_ptr))_xvrealloc(                                 \
		(_ptr), xmem_flex_size(0, 0, sizeof(*(_ptr)), (_num)), \
		__alignof__(*(_ptr))))

/* A struct whose last member @_field is an array of @_nr elements. */
#define xvmalloc_flex_struct(_type, _field, _nr)                              \
	((_type *)_xvmalloc(xmem_flex_size(sizeof(_type),                     \
					   __builtin_offsetof(_type, _field), \
					   sizeof(((_type *)0)->_field[0]),   \
					   (_nr)),                            \
			    __alignof__(_type)))
#define xvzalloc_flex_struct(_type, _field, _nr)                              \
	((_type *)_xvzalloc(xmem_flex_size(sizeof(_type),                     \
					   __builtin_offsetof(_type, _field), \
					   sizeof(((_type *)0)->_field[0]),   \
					   (_nr)),                            \
			    __alignof__(_type)))
#define xvrealloc_flex_struct(_ptr, _field, _nr)                         \
	((__typeof__(_ptr))_xvrealloc(                                   \
		(_ptr),                                                  \
		xmem_flex_size(                                          \
			sizeof(*(_ptr)),                                 \
			__builtin_offsetof(__typeof__(*(_ptr)), _field), \
			sizeof((_ptr)->_field[0]), (_nr)),               \
		__alignof__(*(_ptr))))

/* A copy of *@_ptr. */
#define xvmemdup(_ptr)                                             \
	((__typeof__(*(_ptr)) *)_xvmemdup((_ptr), sizeof(*(_ptr)), \
					  __alignof__(*(_ptr))))

/* Free @p and set it to NULL, so that it cannot be used again. */
#define XVFREE(p)                      \
	do {                           \
		void *xmem_ptr_ = (p); \
		(p) = NULL;            \
		xvfree(xmem_ptr_);     \
	} while (0)

/**
 * _xvmalloc - allocate virtually contiguous memory.
 * @size:  bytes; 0 gives ZERO_BLOCK_PTR.
 * @align: alignment in bytes, a power of two; 0 counts as 1. Above PAGE_SIZE
 *         only xmalloc can serve it.
 *
 * Return: uninitialised memory, owned by the caller until xvfree(); NULL if
 * neither xmalloc nor vmalloc has the memory, or an argument is out of range.
 */
XMEM_MUST_CHECK void *_xvmalloc(size_t size, unsigned int align);

/** _xvzalloc - _xvmalloc(), and zero the memory. */
XMEM_MUST_CHECK void *_xvzalloc(size_t size, unsigned int align);

/**
 * _xvrealloc - change the size of an allocation.
 * @ptr:   what a function of this header returned; NULL and ZERO_BLOCK_PTR: as
 *         _xvmalloc().
 * @size:  new size in bytes; 0 frees @ptr and gives ZERO_BLOCK_PTR.
 * @align: as _xvmalloc(); the result has it even if @ptr has not.
 *
 * Keeps the contents up to the smaller size. May move the memory from xmalloc
 * to vmalloc or back, as the size requires. Return: the memory, and @ptr is
 * not valid any more; NULL on failure, and @ptr is unchanged and still the
 * caller's. Panics, before it reads anything, if @ptr is no allocation, for
 * example a mapping of vmap() or ioremap().
 */
XMEM_MUST_CHECK void *_xvrealloc(void *ptr, size_t size, unsigned int align);

/** _xvmemdup - _xvmalloc() of @size and @align, and copy @size bytes from
 *  @src. */
XMEM_MUST_CHECK void *_xvmemdup(const void *src, size_t size,
				unsigned int align);

/**
 * xvfree - free an allocation of xvmalloc, xmalloc or vmalloc.
 * @ptr: what a function of these returned; NULL and ZERO_BLOCK_PTR are ignored.
 *
 * The address says which of them it is. Panics as xfree() and vfree() do.
 */
void xvfree(void *ptr);

/** xmem_dims_size - @elem times the @nr factors in @dims; ~0UL if that
 *  overflows. */
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

XMEM_END_DECLS

/* xmem_array_size - @elem times the factors that follow, by xmem_dims_size().
 * (In C++ an array without a name has no address.) */
#ifdef __cplusplus
template <typename... Dims>
static inline unsigned long xmem_array_size(unsigned long elem, Dims... dims)
{
	const unsigned long all[] = {static_cast<unsigned long>(dims)...};

	return xmem_dims_size(elem, sizeof...(dims), all);
}
#else
#define xmem_array_size(elem, ...)                              \
	xmem_dims_size(elem,                                    \
		       sizeof((unsigned long[]){__VA_ARGS__}) / \
			       sizeof(unsigned long),           \
		       (const unsigned long[]){__VA_ARGS__})
#endif

#endif /* XMEM_XVMALLOC_H */
