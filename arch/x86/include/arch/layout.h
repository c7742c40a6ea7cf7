/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - where the windows of the library lie, x86-64
 *
 *   from              to (inclusive)    size     what
 *   ffff800000000000  ffffbfffffffffff  64 TiB   direct map of RAM, by index
 *   ffffc00000000000  ffffc1ffffffffff   2 TiB   frame table, by index
 *   ffffd00000000000  ffffd00fffffffff  64 GiB   vmap, default window
 *   ffffd10000000000                            windows of map_domain_page()
 *   ffffffff80000000  ffffffffbfffffff   1 GiB   the hypervisor's image
 *   ffffffffc0000000  ffffffffffdfffff   1 GiB   vmap near the image, for code
 *
 * The direct map covers RAM given to init_boot_pages() and nothing else;
 * device memory and holes are not in it. It goes by frame index, so RAM may
 * lie anywhere in 52 bits (<arch/frame_index.h>). The lower half of the
 * address space is not touched.
 *
 * With five levels of tables (CR4.LA57) the same windows are used: they are
 * canonical there too, and there is room for 64 TiB of RAM. A port that wants
 * more may move every window by defining the names below; each must begin at
 * a multiple of 512 GiB, except the last.
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#include <xmem/config.h>
#include <xmem/types.h>

#ifndef DIRECTMAP_VIRT_START
#define DIRECTMAP_VIRT_START 0xffff800000000000UL
#endif
#ifndef DIRECTMAP_SIZE
#define DIRECTMAP_SIZE (1UL << 46)
#endif
#define DIRECTMAP_VIRT_END (DIRECTMAP_VIRT_START + DIRECTMAP_SIZE)

#ifndef FRAMETABLE_VIRT
#define FRAMETABLE_VIRT 0xffffc00000000000UL
#endif
#ifndef FRAMETABLE_SIZE
#define FRAMETABLE_SIZE (1UL << 41)
#endif

#ifndef CPU_WINDOWS_VIRT
#define CPU_WINDOWS_VIRT 0xffffd10000000000UL
#endif

#ifndef VMAP_VIRT_START
#define VMAP_VIRT_START 0xffffd00000000000UL
#endif
#ifndef VMAP_VIRT_SIZE
#define VMAP_VIRT_SIZE (64UL << 30)
#endif

#ifndef XMEM_IMAGE_VIRT_START
#define XMEM_IMAGE_VIRT_START 0xffffffff80000000UL
#endif
#ifndef VMAP_XEN_VIRT_START
#define VMAP_XEN_VIRT_START 0xffffffffc0000000UL
#endif
#ifndef VMAP_XEN_VIRT_END
#define VMAP_XEN_VIRT_END 0xffffffffffe00000UL
#endif

/**
 * What the port promises: when arch_init_directmap() runs, the first
 * XMEM_PORT_BOOT_MAPPED bytes of physical memory (as far as there is RAM; at
 * most 1 GiB) are mapped, readable and writable, at DIRECTMAP_VIRT_START, in
 * blocks or pages. Of that only what is RAM stays mapped; the image
 * and the tables in use must be in a range given to init_boot_pages() (and
 * reserved).
 */
#ifndef XMEM_PORT_BOOT_MAPPED
#define XMEM_PORT_BOOT_MAPPED (1UL << 30)
#endif

#define ARCH_BOOT_WINDOW_PAGES (XMEM_PORT_BOOT_MAPPED >> PAGE_SHIFT)
#define ARCH_BOOT_WINDOW_VIRT  DIRECTMAP_VIRT_START

#include <arch/directmap.h>

#endif /* ARCH_LAYOUT_H */
