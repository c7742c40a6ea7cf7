/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attr.h - what the compiler is told about a function or a condition
 */
#ifndef LIB_ATTR_H
#define LIB_ATTR_H

/* For a function that hardly ever runs in a file of others that do: better
 * small than fast. What only such functions call goes with it. (Whole files of
 * them are listed in the Makefile.) */
#define XMEM_COLD __attribute__((cold))

/* For a function that shrinks to a few instructions where it is called with
 * constants, and for one that is not to grow its callers. */
#define XMEM_ALWAYS_INLINE inline __attribute__((always_inline))
#define XMEM_NOINLINE	   __attribute__((noinline))

#define XMEM_UNLIKELY(cond) __builtin_expect(!!(cond), 0)

#endif /* LIB_ATTR_H */
