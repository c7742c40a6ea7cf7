/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attr.h - hints to the compiler about functions and conditions
 */
#ifndef LIB_ATTR_H
#define LIB_ATTR_H

/* For a function that rarely runs, in a file of others that often do: compile
 * it for size. (The Makefile lists whole files of such functions.) Where a call
 * of the compiler's own library is smaller than a shift of 64 bits, as for
 * 32-bit RISC-V, who has no such library builds with -DXMEM_COLD= */
#ifndef XMEM_COLD
#define XMEM_COLD __attribute__((__cold__))
#endif

/* For a function that becomes a few instructions when it is called with
 * constants; and for one that would make its callers too large. */
#define XMEM_ALWAYS_INLINE inline __attribute__((__always_inline__))
#define XMEM_NOINLINE	   __attribute__((__noinline__))

#define XMEM_UNLIKELY(cond) __builtin_expect(!!(cond), 0)
#define XMEM_LIKELY(cond)   __builtin_expect(!!(cond), 1)

#endif /* LIB_ATTR_H */
