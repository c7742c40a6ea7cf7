/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - where the windows of the library lie, skel
 *
 *	from		size	 what
 *	000000000000	32 TiB	 the port's own: its mapping of RAM at boot
 *	200000000000	64 GiB	 vmap, default window
 *	280000000000	1 GiB	 the hypervisor's image
 *	280040000000	1 GiB	 vmap near the image, for code
 *	2c0000000000		 windows of map_domain_page()
 *	300000000000	2 TiB	 frame table, by index
 *	400000000000	16 TiB	 direct map of RAM, by index
 *
 * Decide: the sizes. Direct map and frame table go by frame index
 * (<arch/frame_index.h>), so they need room for as much RAM as a machine may
 * have, plus what its last sections lack, wherever RAM lies: 16 TiB here, and
 * 32 bytes of 4 KiB for the frame table, 128 GiB; the rest is reserve. The
 * direct map begins at a multiple of its largest block.
 *
 * Every window can be moved by defining its name in xmem_port.h or with -D.
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#include <xmem/config.h>
#include <xmem/types.h>

#ifndef VMAP_VIRT_START
#define VMAP_VIRT_START 0x200000000000UL
#endif
#ifndef VMAP_VIRT_SIZE
#define VMAP_VIRT_SIZE	(64UL << 30)
#endif
#ifndef XMEM_IMAGE_VIRT_START
#define XMEM_IMAGE_VIRT_START 0x280000000000UL
#endif
/* Decide: code in this window calls the image, so it lies within the reach of
 * a branch. */
#ifndef VMAP_XEN_VIRT_START
#define VMAP_XEN_VIRT_START 0x280040000000UL
#endif
#ifndef VMAP_XEN_VIRT_END
#define VMAP_XEN_VIRT_END   (VMAP_XEN_VIRT_START + (1UL << 30))
#endif
#ifndef CPU_WINDOWS_VIRT
#define CPU_WINDOWS_VIRT 0x2c0000000000UL
#endif
#ifndef FRAMETABLE_VIRT
#define FRAMETABLE_VIRT 0x300000000000UL
#endif
#ifndef FRAMETABLE_SIZE
#define FRAMETABLE_SIZE (1UL << 41)
#endif
#ifndef DIRECTMAP_VIRT_START
#define DIRECTMAP_VIRT_START 0x400000000000UL
#endif
#ifndef DIRECTMAP_SIZE
#define DIRECTMAP_SIZE	     (1UL << 44)
#endif

/*
 * Decide: is some RAM always mapped in the direct map at boot? Then
 * ARCH_BOOT_WINDOW_PAGES and ARCH_BOOT_WINDOW_VIRT say so, as in
 * arch/x86/include/arch/layout.h. Without them the port calls
 * xmem_boot_window().
 */

/* The functions that are asked of a layout.h. */
#include <arch/directmap.h>

#endif /* ARCH_LAYOUT_H */
