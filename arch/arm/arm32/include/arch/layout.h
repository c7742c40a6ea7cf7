/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - where the windows of the library lie, arm32 with LPAE
 *
 *	from	  to		size	 what
 *	00200000  00ffffff	14 MiB	 the hypervisor's image
 *	01000000  02ffffff	32 MiB	 vmap near the image, for code
 *	40000000  7fffffff	1 GiB	 the port's own: identity map at boot
 *	80000000  bfffffff	1 GiB	 direct map of the lowest RAM, by index
 *	c0000000  dfffffff	512 MiB	 frame table, by index
 *	e0000000  efffffff	256 MiB	 vmap, default window
 *	f0000000		 	 windows of map_domain_page()
 *
 * One space of 32 bits for Hyp mode (HTTBR) and for PL1 (TTBR0 with
 * TTBCR.EAE). Address space is scarce, hence the separate layout: the xenheap
 * is taken from the RAM in the direct map by init_xenheap_pages(), frames of
 * the domheap are reached by map_domain_page(). The frame table has room for
 * RAM in 128 different GiB.
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#include <xmem/config.h>
#include <xmem/types.h>

#define ARCH_VA_UPPER 0
#define ARCH_VA_BASE  0UL

#ifndef XMEM_IMAGE_VIRT_START
#define XMEM_IMAGE_VIRT_START 0x00200000UL
#endif
#ifndef VMAP_XEN_VIRT_START
#define VMAP_XEN_VIRT_START 0x01000000UL
#endif
#ifndef VMAP_XEN_VIRT_END
#define VMAP_XEN_VIRT_END 0x03000000UL
#endif
#ifndef DIRECTMAP_VIRT_START
#define DIRECTMAP_VIRT_START 0x80000000UL
#endif
#ifndef DIRECTMAP_SIZE
#define DIRECTMAP_SIZE 0x40000000UL
#endif
#ifndef FRAMETABLE_VIRT
#define FRAMETABLE_VIRT 0xc0000000UL
#endif
#ifndef FRAMETABLE_SIZE
#define FRAMETABLE_SIZE 0x20000000UL
#endif
#ifndef VMAP_VIRT_START
#define VMAP_VIRT_START 0xe0000000UL
#endif
#ifndef VMAP_VIRT_SIZE
#define VMAP_VIRT_SIZE 0x10000000UL
#endif
#ifndef CPU_WINDOWS_VIRT
#define CPU_WINDOWS_VIRT 0xf0000000UL
#endif

#include <arch/directmap.h>

#endif /* ARCH_LAYOUT_H */
