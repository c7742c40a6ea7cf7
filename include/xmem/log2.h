/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log2.h - the highest bit of a long, on CPUs that count zeros and on others
 *
 * Where `arch/page.h` says ARCH_HAS_CLZ the compiler's builtin is one or two
 * instructions. Elsewhere it would be a call into libgcc, which a kernel does
 * not link: there the bit is found by halves, in a loop of six rounds.
 */
#ifndef XMEM_LOG2_H
#define XMEM_LOG2_H

#include <xmem/config.h>

/** xmem_log2_by_halves - xmem_log2() for CPUs that cannot count zeros. */
static inline unsigned int xmem_log2_by_halves(unsigned long x)
{
	unsigned int n = 0;

	for (unsigned int half = sizeof(x) * 4; half != 0; half /= 2) {
		if (x >> half != 0) {
			x >>= half;
			n += half;
		}
	}
	return n;
}

/** xmem_log2 - floor(log2(@x)), the index of the highest set bit; @x not 0. */
static inline unsigned int xmem_log2(unsigned long x)
{
	if (!ARCH_HAS_CLZ) {
		return xmem_log2_by_halves(x);
	}
	return (unsigned int)(sizeof(x) * 8 - 1) -
	       (unsigned int)__builtin_clzl(x);
}

/** xmem_order_for - smallest order with 2^order >= @nr; 0 and 1 give 0. */
static inline unsigned int xmem_order_for(unsigned long nr)
{
	return nr <= 1 ? 0 : xmem_log2(nr - 1) + 1;
}

#endif /* XMEM_LOG2_H */
