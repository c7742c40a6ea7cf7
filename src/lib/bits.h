/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bits.h - find, mask and count bits in a word
 *
 * A word of the bitmap structures is a uint64_t of which XMEM_WORD_BITS bits
 * are used: 64, or fewer in tests that enumerate every state of a tiny
 * structure and still want several levels.
 *
 * No function here calls libgcc: a 32-bit target works on the halves of a
 * word, set bits are counted by hand, and so are leading zeros if ARCH_HAS_CLZ
 * is 0 (<xmem/log2.h>). tests/unit/lib/test_bits.c shows that all
 * ways give the same result.
 */
#ifndef LIB_BITS_H
#define LIB_BITS_H

#include <xmem/log2.h>
#include <xmem/types.h>

#ifndef XMEM_WORD_SHIFT
#define XMEM_WORD_SHIFT 6
#endif
#define XMEM_WORD_BITS (1U << XMEM_WORD_SHIFT)
#define XMEM_WORD_FULL (~(uint64_t)0 >> (64 - XMEM_WORD_BITS))

/* The result of a search that finds nothing. */
#define XMEM_NO_BIT (~0UL)

_Static_assert(XMEM_WORD_SHIFT >= 1 && XMEM_WORD_SHIFT <= 6,
	       "a word has 2 to 64 bits");

/** The same as xmem_fls64() below, by halves. */
static inline unsigned int xmem_fls64_by_halves(uint64_t x)
{
	if (sizeof(long) >= sizeof(x) || x >> 32 == 0) {
		return xmem_log2_by_halves((unsigned long)x);
	}
	return 32U + xmem_log2_by_halves((uint32_t)(x >> 32));
}

/** Index of the lowest set bit of @x, which is not 0. */
static inline unsigned int xmem_ffs64(uint64_t x)
{
	if (!ARCH_HAS_CLZ) {
		return xmem_fls64_by_halves(x & -x);
	}
	if (sizeof(long) >= sizeof(x)) {
		return (unsigned int)__builtin_ctzl((unsigned long)x);
	}
	return (uint32_t)x != 0
		       ? (unsigned int)__builtin_ctz((uint32_t)x)
		       : 32U + (unsigned int)__builtin_ctz((uint32_t)(x >> 32));
}

/** The same of 32 bits. */
static inline unsigned int xmem_ffs32(unsigned int x)
{
	return ARCH_HAS_CLZ ? (unsigned int)__builtin_ctz(x)
			    : xmem_log2_by_halves(x & -x);
}

/** Index of the highest set bit of @x, which is not 0. */
static inline unsigned int xmem_fls64(uint64_t x)
{
	if (!ARCH_HAS_CLZ) {
		return xmem_fls64_by_halves(x);
	}
	/* 31 ^ n is 31 - n here, and one instruction with the count. */
	if (sizeof(long) >= sizeof(x)) {
		return (unsigned int)__builtin_clzl((unsigned long)x) ^ 63U;
	}
	return x >> 32 != 0
		       ? (unsigned int)__builtin_clz((uint32_t)(x >> 32)) ^ 63U
		       : (unsigned int)__builtin_clz((uint32_t)x) ^ 31U;
}

/** Number of set bits of @x, any value. */
static inline unsigned int xmem_popcount64(uint64_t x)
{
	x -= (x >> 1) & 0x5555555555555555ULL;
	x = (x & 0x3333333333333333ULL) + ((x >> 2) & 0x3333333333333333ULL);
	x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return (unsigned int)((x * 0x0101010101010101ULL) >> 56);
}

/** Smallest n with 2^n >= @x; @x not 0. */
static inline unsigned int xmem_log2_ceil(unsigned long x)
{
	return x == 1 ? 0 : xmem_log2(x - 1) + 1;
}

/** Order of the largest aligned block that starts at frame @at and has at most
 *  @nr > 0 frames. */
static inline unsigned int xmem_block_order(unsigned long at, unsigned long nr)
{
	return xmem_ffs64(at | 1UL << xmem_log2(nr));
}

/** The single bit @i, 0..63. */
static inline uint64_t xmem_bit(unsigned int i)
{
	return (uint64_t)1 << i;
}

/** The bit of position @at in its word. */
static inline unsigned int xmem_bit_of(unsigned long at)
{
	return (unsigned int)at & (XMEM_WORD_BITS - 1);
}

/** Bits @from..63; @from 0..63. */
static inline uint64_t xmem_bits_from(unsigned int from)
{
	return ~(uint64_t)0 << from;
}

/** Bits 0..@upto; @upto 0..63. */
static inline uint64_t xmem_bits_upto(unsigned int upto)
{
	return ~(uint64_t)0 >> (63 - upto);
}

/** @nr bits from bit @from on; @nr 1..64, @from + @nr <= 64. */
static inline uint64_t xmem_bits_run(unsigned int from, unsigned int nr)
{
	return (~(uint64_t)0 >> (64 - nr)) << from;
}

/** Number of words for @nr bits. */
static inline unsigned long xmem_words_for(unsigned long nr)
{
	return (nr >> XMEM_WORD_SHIFT) + ((nr & (XMEM_WORD_BITS - 1)) != 0);
}

#endif /* LIB_BITS_H */
