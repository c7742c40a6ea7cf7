/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - where the windows of the library lie, x86-64 with four levels
 *
 *   from              to (inclusive)    size     what
 *   ffff800000000000  ffffbfffffffffff  64 TiB   direct map of RAM
 *   ffffc00000000000  ffffc1ffffffffff   2 TiB   frame table, by frame number
 *   ffffd00000000000  ffffd00fffffffff  64 GiB   vmap, default window
 *   ffffffff80000000  ffffffffbfffffff   1 GiB   the hypervisor's image
 *   ffffffffc0000000  ffffffffffdfffff   1 GiB   vmap near the image, for code
 *
 * Full layout: the direct map covers all RAM given to init_boot_pages() and
 * nothing else; device memory and holes are not in it. The lower half of the
 * address space is not touched. A port may move every window by defining the
 * names below; each must begin at a multiple of 512 GiB, except the last.
 *
 * The set of RAM frames is a sorted table searched by bisection: exact, 16
 * bytes a range, log2(ranges) steps.
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#include <xmem/config.h>
#include <xmem/types.h>

struct page_info;

#ifndef DIRECTMAP_VIRT_START
#define DIRECTMAP_VIRT_START 0xffff800000000000UL
#define DIRECTMAP_SIZE	     (1UL << 46)
#endif
#define DIRECTMAP_VIRT_END (DIRECTMAP_VIRT_START + DIRECTMAP_SIZE)

#ifndef FRAMETABLE_VIRT
#define FRAMETABLE_VIRT 0xffffc00000000000UL
#define FRAMETABLE_SIZE (1UL << 41)
#endif
#define FRAMETABLE_VIRT_START ((struct page_info *)FRAMETABLE_VIRT)

#ifndef VMAP_VIRT_START
#define VMAP_VIRT_START 0xffffd00000000000UL
#define VMAP_VIRT_SIZE	(64UL << 30)
#endif

#ifndef XMEM_IMAGE_VIRT_START
#define XMEM_IMAGE_VIRT_START 0xffffffff80000000UL
#endif
#ifndef VMAP_XEN_VIRT_START
#define VMAP_XEN_VIRT_START 0xffffffffc0000000UL
#define VMAP_XEN_VIRT_END   0xffffffffffe00000UL
#endif

/**
 * What the port promises: when arch_init_directmap() runs, the first
 * XMEM_PORT_BOOT_MAPPED bytes of physical memory (as far as there is RAM) are
 * mapped, readable and writable, at DIRECTMAP_VIRT_START, in blocks of 2 MiB
 * or 1 GiB. Of that only what is RAM stays mapped; the image and the tables
 * in use must be in a range given to init_boot_pages() (and reserved).
 */
#ifndef XMEM_PORT_BOOT_MAPPED
#define XMEM_PORT_BOOT_MAPPED (1UL << 30)
#endif

/* In mmu.c: is @mfn RAM in the direct map; has it a frame table entry? */
bool xmem_mmu_is_mapped(unsigned long mfn);
bool xmem_mmu_is_valid(unsigned long mfn);

/** Address of frame @mfn in the direct map. */
static inline void *xmem_arch_mfn_to_virt(unsigned long mfn)
{
	return (void *)(DIRECTMAP_VIRT_START + (mfn << PAGE_SHIFT));
}

/** Frame of @va, which lies in the direct map. */
static inline unsigned long xmem_arch_virt_to_mfn(const void *va)
{
	return ((unsigned long)va - DIRECTMAP_VIRT_START) >> PAGE_SHIFT;
}

/** Does the direct map cover frame @mfn? Any value. */
static inline bool xmem_arch_mfn_mapped(unsigned long mfn)
{
	return xmem_mmu_is_mapped(mfn);
}

/** Is @va, any value, an address of RAM in the direct map? */
static inline bool xmem_arch_in_directmap(const void *va)
{
	return (unsigned long)va - DIRECTMAP_VIRT_START < DIRECTMAP_SIZE &&
	       xmem_mmu_is_mapped(xmem_arch_virt_to_mfn(va));
}

/** Has frame @mfn, any value, an entry in the frame table? */
static inline bool xmem_arch_mfn_valid(unsigned long mfn)
{
	return xmem_mmu_is_valid(mfn);
}

#endif /* ARCH_LAYOUT_H */
