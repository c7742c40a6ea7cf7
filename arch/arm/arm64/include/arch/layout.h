/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - where the windows of the library lie, arm64 with 48 bits
 *
 *	from (base +)		size	 what
 *	0000 0000 0000 0000	8 TiB	 the port's own: identity map at boot
 *	0000 0800 0000 0000	64 GiB	 vmap, default window
 *	0000 0a00 0000 0000	1 GiB	 the hypervisor's image
 *	0000 0a00 4000 0000	1 GiB	 vmap near the image, for code
 *	0000 0c00 0000 0000		 windows of map_domain_page()
 *	0000 1000 0000 0000	2 TiB	 frame table, by index
 *	0000 8000 0000 0000	128 TiB	 direct map of RAM, by index
 *
 * The base is 0, the half of TTBR0, for a hypervisor at EL2 without VHE,
 * where there is no other; or ffff000000000000, the half of TTBR1, with VHE
 * and at EL1. It is chosen when the library is built: -DARCH_VA_UPPER=1.
 * A port may move every window by defining the names below.
 *
 * Direct map and frame table go by frame index (<arch/frame_index.h>): RAM
 * may lie anywhere in 48 bits, holes need no addresses.
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#include <xmem/config.h>
#include <xmem/types.h>

#ifndef ARCH_VA_UPPER
#define ARCH_VA_UPPER 0
#endif
#define ARCH_VA_BASE (ARCH_VA_UPPER ? 0xffff000000000000UL : 0UL)

#ifndef VMAP_VIRT_START
#define VMAP_VIRT_START (ARCH_VA_BASE + 0x080000000000UL)
#endif
#ifndef VMAP_VIRT_SIZE
#define VMAP_VIRT_SIZE (64UL << 30)
#endif
#ifndef XMEM_IMAGE_VIRT_START
#define XMEM_IMAGE_VIRT_START (ARCH_VA_BASE + 0x0a0000000000UL)
#endif
#ifndef VMAP_XEN_VIRT_START
#define VMAP_XEN_VIRT_START (ARCH_VA_BASE + 0x0a0040000000UL)
#endif
#ifndef VMAP_XEN_VIRT_END
#define VMAP_XEN_VIRT_END (VMAP_XEN_VIRT_START + (1UL << 30))
#endif
#ifndef CPU_WINDOWS_VIRT
#define CPU_WINDOWS_VIRT (ARCH_VA_BASE + 0x0c0000000000UL)
#endif
#ifndef FRAMETABLE_VIRT
#define FRAMETABLE_VIRT (ARCH_VA_BASE + 0x100000000000UL)
#endif
#ifndef FRAMETABLE_SIZE
#define FRAMETABLE_SIZE (1UL << 41)
#endif
#ifndef DIRECTMAP_VIRT_START
#define DIRECTMAP_VIRT_START (ARCH_VA_BASE + 0x800000000000UL)
#endif
#ifndef DIRECTMAP_SIZE
#define DIRECTMAP_SIZE (1UL << 47)
#endif

#include <arch/directmap.h>

#endif /* ARCH_LAYOUT_H */
