/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attr.h - hints to the compiler about functions and conditions
 */
#ifndef LIB_ATTR_H
#define LIB_ATTR_H

/* For a function that rarely runs, in a file of others that often do: compile
 * it for size. (The Makefile lists whole files of such functions.) Not where a
 * word has 32 bits: for size, gcc shifts 64 of them by a call of its own
 * library on some of these CPUs. */
#if __SIZEOF_POINTER__ >= 8
#define XMEM_COLD __attribute__((__cold__))
#else
#define XMEM_COLD
#endif

/* For a function that becomes a few instructions when it is called with
 * constants; and for one that would make its callers too large. */
#define XMEM_ALWAYS_INLINE inline __attribute__((__always_inline__))
#define XMEM_NOINLINE	   __attribute__((__noinline__))

#define XMEM_UNLIKELY(cond) __builtin_expect(!!(cond), 0)
#define XMEM_LIKELY(cond)   __builtin_expect(!!(cond), 1)

#endif /* LIB_ATTR_H */
