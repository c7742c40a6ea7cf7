/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * align.h - round to powers of two, calculate sizes with checks
 *
 * The plain forms are for values known to be in range. Use the checked forms,
 * which return true if the result is valid, for sizes that come from outside.
 */
#ifndef LIB_ALIGN_H
#define LIB_ALIGN_H

#include <xmem/config.h>
#include <xmem/types.h>

/** Is @x a power of two? 0 is not. */
static inline bool xmem_is_pow2(unsigned long x)
{
	return x != 0 && (x & (x - 1)) == 0;
}

/** @x rounded down to a multiple of @align, a power of two. */
static inline unsigned long xmem_align_down(unsigned long x,
					    unsigned long align)
{
	return x & ~(align - 1);
}

/** @x rounded up to a multiple of @align, a power of two; may wrap to 0. */
static inline unsigned long xmem_align_up(unsigned long x, unsigned long align)
{
	return (x + align - 1) & ~(align - 1);
}

/** Is @x a multiple of @align, a power of two? */
static inline bool xmem_is_aligned(unsigned long x, unsigned long align)
{
	return (x & (align - 1)) == 0;
}

/** *@res = @x rounded up to @align, a power of two; false if it wraps. */
XMEM_MUST_CHECK static inline bool xmem_checked_align_up(unsigned long x,
							 unsigned long align,
							 unsigned long *res)
{
	if (__builtin_add_overflow(x, align - 1, res)) {
		return false;
	}
	*res &= ~(align - 1);
	return true;
}

/** *@res = @a + @b; false if it wraps. */
XMEM_MUST_CHECK static inline bool xmem_checked_add(unsigned long a,
						    unsigned long b,
						    unsigned long *res)
{
	return !__builtin_add_overflow(a, b, res);
}

/** *@res = @a * @b; false if it wraps. */
XMEM_MUST_CHECK static inline bool xmem_checked_mul(unsigned long a,
						    unsigned long b,
						    unsigned long *res)
{
	return !__builtin_mul_overflow(a, b, res);
}

/** Pages that hold @size bytes; cannot overflow. */
static inline unsigned long xmem_pages_for(unsigned long size)
{
	return (size >> PAGE_SHIFT) + ((size & (PAGE_SIZE - 1)) != 0);
}

/** @frame, a physical address >> PAGE_SHIFT, as a long; ~0UL, which is no
 *  frame, if a long is too short for it. */
static inline unsigned long xmem_frame_number(paddr_t frame)
{
	unsigned int most = sizeof(long) * 8 - 1;

	return frame >> most >> 1 == 0 ? (unsigned long)frame : ~0UL;
}

#endif /* LIB_ALIGN_H */
