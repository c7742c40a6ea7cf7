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

#include <xmem/base.h>

#if defined(__has_include)
#if __has_include("xmem_port.h")
#define XMEM_HOST_HEADER "xmem_port.h"
#include <xmem/host_header.h>
#undef XMEM_HOST_HEADER
#endif
#endif

#include <xmem/errors.h>

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
	mfn_t frame = {mfn};

	return frame;
}

static inline unsigned long mfn_x(mfn_t mfn)
{
	return mfn.mfn;
}

static inline mfn_t mfn_add(mfn_t mfn, unsigned long nr)
{
	return _mfn(mfn.mfn + nr);
}

static inline bool mfn_eq(mfn_t a, mfn_t b)
{
	return a.mfn == b.mfn;
}

#define INVALID_MFN _mfn(~0UL)
#endif

#endif /* XMEM_TYPES_H */
