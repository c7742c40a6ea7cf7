/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * types.h - the basic types of the public headers
 *
 * It reads <xmem/options.h> first, with which the library was built, then the
 * host's `xmem_port.h`, if there is one. A kernel that has its own `uint8_t`,
 * `uint32_t`, `uint64_t`, `uintptr_t`, `size_t`, `bool`, `true`, `false` and
 * `NULL` defines XMEM_PORT_TYPES there; then no standard header is included
 * (`-nostdinc`). Everyone else gets the freestanding headers of the compiler.
 */
#ifndef XMEM_TYPES_H
#define XMEM_TYPES_H

#include <xmem/options.h>

#if defined(__has_include)
#if __has_include("xmem_port.h")
#define XMEM_HOST_HEADER "xmem_port.h"
#include <xmem/host_header.h>
#undef XMEM_HOST_HEADER
#endif
#endif

#ifndef XMEM_PORT_TYPES
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#endif

/** Physical address, in bytes. 64 bits wide on every architecture. */
#ifndef XMEM_PORT_PADDR
typedef uint64_t paddr_t;
#define PRIpaddr "016llx"
#endif

/**
 * mfn_t - machine frame number: a physical address >> PAGE_SHIFT.
 *
 * A one-field struct, so that a frame number and an address or a count cannot
 * be exchanged by mistake. Costs nothing at run time.
 */
#ifndef XMEM_PORT_MFN
typedef struct {
	unsigned long mfn;
} mfn_t;

static inline mfn_t _mfn(unsigned long mfn)
{
	return (mfn_t){mfn};
}

static inline unsigned long mfn_x(mfn_t mfn)
{
	return mfn.mfn;
}

static inline mfn_t mfn_add(mfn_t mfn, unsigned long nr)
{
	return (mfn_t){mfn.mfn + nr};
}

static inline bool mfn_eq(mfn_t a, mfn_t b)
{
	return a.mfn == b.mfn;
}

#define INVALID_MFN _mfn(~0UL)
#endif

/** INVALID_MFN as a plain number. */
#define XMEM_NO_MFN (~0UL)

/*
 * Error numbers; functions return them negated (-EINVAL in a comment is
 * -XMEM_EINVAL). They have the usual values. A host with values of its own,
 * macros or enumerators, defines these names before: `#define XMEM_EINVAL
 * MY_EINVAL`.
 */
#ifndef XMEM_EINVAL
#define XMEM_ENOENT 2
#define XMEM_ENOMEM 12
#define XMEM_EBUSY  16
#define XMEM_EEXIST 17
#define XMEM_EINVAL 22
#define XMEM_ENOSPC 28
#define XMEM_ERANGE 34
#endif

/* Attributes. A compiler other than gcc and clang supplies its own. */
#define XMEM_MUST_CHECK	  __attribute__((__warn_unused_result__))
#define XMEM_PRINTF(f, a) __attribute__((__format__(__printf__, f, a)))
#define XMEM_NORETURN	  __attribute__((__noreturn__))
/* On functions that may read a word while another CPU writes it: callers ask
 * again under a lock before they act on the answer. */
#define XMEM_MAY_RACE __attribute__((__no_sanitize__("thread")))
/* On variables that are shared inside the library: no GOT entry is needed. */
#define XMEM_HIDDEN __attribute__((__visibility__("hidden")))

#endif /* XMEM_TYPES_H */
