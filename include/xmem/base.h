/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * base.h - what every public header needs, under names that no host has
 *
 * It includes nothing and declares nothing but macros with the prefix XMEM_. So
 * headers that are made of it alone can be read beside any header of a host
 * (<xmem/hooks.h>).
 */
#ifndef XMEM_BASE_H
#define XMEM_BASE_H

/** XMEM_BOOL - `bool`, which a host may have made a macro or a type of its own.
 *  The `bool` of a port (XMEM_PORT_TYPES) must be this type. */
#ifdef __cplusplus
#define XMEM_BOOL bool
#else
#define XMEM_BOOL _Bool
#endif

/*
 * What C and C++ say in different ways. Declarations of functions that are
 * linked stand between XMEM_BEGIN_DECLS and XMEM_END_DECLS. `xmem_port.h` may
 * use all of these.
 */
#ifdef __cplusplus
#define XMEM_BEGIN_DECLS   extern "C" {
#define XMEM_END_DECLS	   }
#define XMEM_STATIC_ASSERT static_assert
#define XMEM_IF_CONSTANT(x, otherwise) \
	(__builtin_constant_p(x) ? (x) : (otherwise))
#else
#define XMEM_BEGIN_DECLS
#define XMEM_END_DECLS
#define XMEM_STATIC_ASSERT _Static_assert
#define XMEM_IF_CONSTANT(x, otherwise) \
	__builtin_choose_expr(__builtin_constant_p(x), x, otherwise)
#endif

/** No frame: INVALID_MFN as a plain number. */
#define XMEM_NO_MFN (~0UL)

/* Attributes. A compiler other than gcc and clang supplies its own. */
#define XMEM_MUST_CHECK	  __attribute__((__warn_unused_result__))
#define XMEM_PRINTF(f, a) __attribute__((__format__(__printf__, f, a)))
#define XMEM_NORETURN	  __attribute__((__noreturn__))
/* On functions that may read a word while another CPU writes it: callers ask
 * again under a lock before they act on the answer. (tests/interleave, which
 * tries just that, defines it as nothing.) */
#ifndef XMEM_MAY_RACE
#define XMEM_MAY_RACE __attribute__((__no_sanitize__("thread")))
#endif
/* On variables that are shared inside the library: no GOT entry is needed. */
#define XMEM_HIDDEN __attribute__((__visibility__("hidden")))

#endif /* XMEM_BASE_H */
