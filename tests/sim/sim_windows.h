/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sim_windows.h - the library's windows where the simulated machine has room
 *
 * For the layout.h that a test puts before the one of an architecture. All of
 * them lie in one space of 2^SIM_SPACE_BITS bytes, sixteen parts:
 *
 *	part	what
 *	0	the process's own: it may have a program there
 *	1	RAM that the port has mapped at boot
 *	2	what tests map
 *	3	vmap, default window
 *	4	the image, and vmap near it
 *	5	windows of map_domain_page()
 *	6	frame table
 *	8..15	direct map
 *
 * The space is the lower half of the addresses of Sv39, so that it suits every
 * CPU. An architecture that needs a larger one defines SIM_SPACE_BITS first.
 */
#ifndef SIM_WINDOWS_H
#define SIM_WINDOWS_H

#ifndef SIM_SPACE_BITS
#define SIM_SPACE_BITS 38
#endif

/* Is this program under the address sanitizer? */
#ifdef __SANITIZE_ADDRESS__
#define SIM_HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SIM_HAS_ASAN 1
#endif
#endif
#ifndef SIM_HAS_ASAN
#define SIM_HAS_ASAN 0
#endif

/*
 * Where the space begins. The sanitizer has its shadow in the low addresses, on
 * x86-64 from 7fff8000 to 10007fff8000, on arm64 from 1000000000 to
 * 201000000000, and programs begin at 550000000000: with it the space lies
 * between.
 */
#define SIM_SPACE (SIM_HAS_ASAN ? 0x280000000000UL : 0UL)

/** Bits that the addresses of the space have. */
#define SIM_ADDRESS_BITS (SIM_HAS_ASAN ? 47 : SIM_SPACE_BITS)

#define SIM_PART_SIZE (1UL << (SIM_SPACE_BITS - 4))
#define SIM_PART(i)   (SIM_SPACE + (i)*SIM_PART_SIZE)

/** Addresses that belong to the simulated CPU. */
#define SIM_SPACE_START SIM_PART(1)
#define SIM_SPACE_END	SIM_PART(16)

/** Where a port may map RAM at boot, and where tests may map what they like. */
#define SIM_BOOT_VIRT SIM_PART(1)
#define SIM_FREE_VIRT SIM_PART(2)
#define SIM_FREE_SIZE SIM_PART_SIZE

/* The windows of layout.h. */
#define VMAP_VIRT_START	      SIM_PART(3)
#define VMAP_VIRT_SIZE	      (1UL << 34)
#define XMEM_IMAGE_VIRT_START SIM_PART(4)
#define VMAP_XEN_VIRT_START   (SIM_PART(4) + (1UL << 30))
#define VMAP_XEN_VIRT_END     (SIM_PART(4) + (2UL << 30))
#define CPU_WINDOWS_VIRT      SIM_PART(5)
#define FRAMETABLE_VIRT	      SIM_PART(6)
#define FRAMETABLE_SIZE	      SIM_PART_SIZE
#define DIRECTMAP_VIRT_START  SIM_PART(8)
#ifndef DIRECTMAP_SIZE
#define DIRECTMAP_SIZE (8 * SIM_PART_SIZE)
#endif

/** For -DDIRECTMAP_SIZE: as little RAM as a direct map may have. */
#define SIM_ONE_SECTION (PAGE_SIZE << XMEM_SECTION_ORDER)

#endif /* SIM_WINDOWS_H */
