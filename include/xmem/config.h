/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config.h - every option of the library, its default and its limits
 *
 * Set an option by `#define` in `xmem_port.h`, in a file given with
 * `make CONFIG=file`, or with -D; each one separately. Only this header checks
 * options; each message says what to change. A program that is compiled with
 * the headers of a library that make has built gets the options from
 * <xmem/options.h>, and an error if it sets one differently. Options are
 * constants in C expressions, never `#if` in a `.c` file. Options of one
 * architecture are in its own headers, and listed in docs/porting.md.
 */
#ifndef XMEM_CONFIG_H
#define XMEM_CONFIG_H

#include <xmem/agree.h>
#include <xmem/types.h>
#include <xmem/version.h>

#include <arch/page.h>

/*
 * Pages. `arch/page.h` has the default of PAGE_SHIFT and the range that the
 * architecture supports.
 */
#ifndef PAGE_SHIFT
#define PAGE_SHIFT ARCH_PAGE_SHIFT
#endif
#ifndef PAGE_SIZE
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#endif
/* For the host: the library does not use it, since in some kernels the bits
 * that are set are those below. */
#ifndef PAGE_MASK
#define PAGE_MASK (~(PAGE_SIZE - 1))
#endif

/** Smallest PAGE_SIZE that this architecture supports, in bytes. */
#define MIN_PAGE_SIZE (1UL << ARCH_MIN_PAGE_SHIFT)
/** Largest PAGE_SIZE that this architecture supports, in bytes. */
#define MAX_PAGE_SIZE (1UL << ARCH_MAX_PAGE_SHIFT)

/**
 * 1 if the CPU counts the zeros at either end of a word in an instruction or
 * two (`__builtin_clz`, `__builtin_ctz`): `arch/page.h` says so. If 0, bits
 * are found by shifts and masks.
 */
#ifndef ARCH_HAS_CLZ
#define ARCH_HAS_CLZ 0
#endif

/** Largest order of one page allocation: 2^MAX_ORDER pages. */
#ifndef MAX_ORDER
#define MAX_ORDER 18
#endif

/** CPUs and NUMA nodes that the library reserves room for. */
#ifndef NR_CPUS
#define NR_CPUS 64
#endif
#ifndef MAX_NUMNODES
#define MAX_NUMNODES 1
#endif

/** Bytes of a cache line. */
#ifndef SMP_CACHE_BYTES
#define SMP_CACHE_BYTES 64
#endif

/** What an allocation of 0 bytes returns: not NULL, never to be dereferenced.
 */
#ifndef ZERO_BLOCK_PTR
#define ZERO_BLOCK_PTR ((void *)-1L)
#endif

/*
 * The layouts of the heap. XMEM_LAYOUT may be any C expression; in the tests it
 * is a variable.
 */
#define XMEM_LAYOUT_FULL     0 /* direct map of all RAM, one heap */
#define XMEM_LAYOUT_PARTIAL  1 /* direct map below xenheap_max_mfn() */
#define XMEM_LAYOUT_SEPARATE 2 /* xenheap from init_xenheap_pages() only */
#define XMEM_LAYOUT_NONE     3 /* no direct map: xenheap mapped on demand */
#ifndef XMEM_LAYOUT
#define XMEM_LAYOUT XMEM_LAYOUT_FULL
#endif

/** Entries in the table of the boot allocator: pieces of RAM, free or used. */
#ifndef XMEM_CONFIG_BOOT_REGIONS
#define XMEM_CONFIG_BOOT_REGIONS 512
#endif

/**
 * 1: each CPU that xmem_cpu_up() names, and CPU 0, keeps some free frames in a
 * cache of its own. Without effect where descriptors have no room for it
 * (XMEM_PAGE_HAS_LIVE of <xmem/page_info.h>), or there are several CPUs and no
 * xmem_port_broadcast_barrier(). 0: no code for it.
 */
#ifndef XMEM_CONFIG_CPU_CACHES
#define XMEM_CONFIG_CPU_CACHES 1
#endif

/** Largest size, in bytes, for which xvmalloc tries xmalloc first. */
#ifndef XMEM_CONFIG_XVMALLOC_SMALL
#define XMEM_CONFIG_XVMALLOC_SMALL PAGE_SIZE
#endif

/**
 * Checks: 0: only those on free that find misuse and corruption, which are
 * always there; 1, 2: assertions as well; 3: validators of whole structures,
 * too.
 */
#ifndef XMEM_DEBUG
#define XMEM_DEBUG 0
#endif

/*
 * Weak API: with 1 the public functions of that layer are weak, so that a host
 * that links with --whole-archive can define its own. Without --whole-archive
 * this is not needed: the linker does not take a layer out of the archive that
 * the host has defined itself.
 */
#ifndef XMEM_CONFIG_WEAK_PAGES
#define XMEM_CONFIG_WEAK_PAGES 0
#endif
#ifndef XMEM_CONFIG_WEAK_OBJECTS
#define XMEM_CONFIG_WEAK_OBJECTS 0
#endif
#ifndef XMEM_CONFIG_WEAK_MAPS
#define XMEM_CONFIG_WEAK_MAPS 0
#endif

#if XMEM_CONFIG_WEAK_PAGES
#define XMEM_API_PAGES __attribute__((__weak__))
#else
#define XMEM_API_PAGES
#endif
#if XMEM_CONFIG_WEAK_OBJECTS
#define XMEM_API_OBJECTS __attribute__((__weak__))
#else
#define XMEM_API_OBJECTS
#endif
#if XMEM_CONFIG_WEAK_MAPS
#define XMEM_API_MAPS __attribute__((__weak__))
#else
#define XMEM_API_MAPS
#endif

XMEM_STATIC_ASSERT(PAGE_SHIFT >= ARCH_MIN_PAGE_SHIFT &&
			   PAGE_SHIFT <= ARCH_MAX_PAGE_SHIFT,
		   "PAGE_SHIFT is not one that this architecture supports");
XMEM_STATIC_ASSERT(1UL << PAGE_SHIFT == PAGE_SIZE,
		   "PAGE_SIZE must be 1 << PAGE_SHIFT");
/* XMEM_LAYOUT may be a variable: only a constant can be checked here. */
XMEM_STATIC_ASSERT(XMEM_IF_CONSTANT(XMEM_LAYOUT, XMEM_LAYOUT_FULL) <
			   XMEM_LAYOUT_NONE,
		   "XMEM_LAYOUT_NONE is not built yet: choose FULL, PARTIAL or "
		   "SEPARATE");
XMEM_STATIC_ASSERT(MAX_ORDER >= 9 && MAX_ORDER <= 20,
		   "MAX_ORDER must be 9..20: lower or raise it");
XMEM_STATIC_ASSERT(NR_CPUS >= 1 && NR_CPUS <= 4096, "NR_CPUS must be 1..4096");
XMEM_STATIC_ASSERT(MAX_NUMNODES >= 1 && MAX_NUMNODES <= 64,
		   "MAX_NUMNODES must be 1..64");
XMEM_STATIC_ASSERT(XMEM_CONFIG_BOOT_REGIONS >= 16,
		   "XMEM_CONFIG_BOOT_REGIONS below 16 cannot hold a PC's map");
XMEM_STATIC_ASSERT(XMEM_CONFIG_CPU_CACHES == 0 || XMEM_CONFIG_CPU_CACHES == 1,
		   "XMEM_CONFIG_CPU_CACHES must be 0 or 1");
XMEM_STATIC_ASSERT(XMEM_DEBUG >= 0 && XMEM_DEBUG <= 3,
		   "XMEM_DEBUG must be 0..3");
XMEM_STATIC_ASSERT((SMP_CACHE_BYTES & (SMP_CACHE_BYTES - 1)) == 0,
		   "SMP_CACHE_BYTES must be a power of two");

/* A layout that is no constant is the same as any other such. */
XMEM_AGREE(config)
{
	XMEM_AGREE_ON("XMEM_VERSION", XMEM_VERSION_NUMBER);
	XMEM_AGREE_ON("PAGE_SHIFT", PAGE_SHIFT);
	XMEM_AGREE_ON("MAX_ORDER", MAX_ORDER);
	XMEM_AGREE_ON("NR_CPUS", NR_CPUS);
	XMEM_AGREE_ON("MAX_NUMNODES", MAX_NUMNODES);
	XMEM_AGREE_ON("XMEM_LAYOUT", XMEM_LAYOUT);
	XMEM_AGREE_ON("XMEM_CONFIG_CPU_CACHES", XMEM_CONFIG_CPU_CACHES);
	XMEM_AGREE_ON("ZERO_BLOCK_PTR", (unsigned long)ZERO_BLOCK_PTR);
	XMEM_AGREE_ON("XMEM_EINVAL", XMEM_EINVAL);
	XMEM_AGREE_ON("XMEM_PORT_MFN", XMEM_IS_DEFINED(XMEM_PORT_MFN));
	XMEM_AGREE_ON("sizeof_bool", sizeof(bool));
	XMEM_AGREE_ON("sizeof_mfn_t", sizeof(mfn_t));
	XMEM_AGREE_ON("sizeof_paddr_t", sizeof(paddr_t));
	XMEM_AGREED();
}

/* All options are set now: check that they are those of the library. */
#define XMEM_OPTIONS_CHECK
#include <xmem/options.h>

#endif /* XMEM_CONFIG_H */
