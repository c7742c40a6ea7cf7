/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * directmap.h - the functions of layout.h, for a direct map laid out by index
 *
 * For <arch/layout.h>, which defines the windows
 *
 *	DIRECTMAP_VIRT_START, DIRECTMAP_SIZE	the direct map
 *	FRAMETABLE_VIRT, FRAMETABLE_SIZE	the frame table
 *	CPU_WINDOWS_VIRT			CPU_WINDOWS_SIZE bytes for
 *						map_domain_page()
 *
 * and includes this header, which defines the functions that every layout.h
 * must supply. src/directmap builds the windows. An architecture that needs
 * something else supplies the functions itself.
 *
 * The direct map holds the RAM below frame xmem_frames.mapped_end: all RAM in
 * the full layout, RAM up to xenheap_max_mfn() in the partial one, and what
 * fits into the window in the separate one.
 */
#ifndef ARCH_DIRECTMAP_H
#define ARCH_DIRECTMAP_H

#include <arch/frame_index.h>
#include <xmem/config.h>
#include <xmem/types.h>

struct page_info;

#define FRAMETABLE_VIRT_START ((struct page_info *)FRAMETABLE_VIRT)

/** Pages that a CPU can have mapped by map_domain_page() at a time. */
#define XMEM_CPU_WINDOWS 16UL
/** Bytes of address space for the windows of all CPUs and one page more. */
#define CPU_WINDOWS_SIZE ((NR_CPUS * XMEM_CPU_WINDOWS + 1) << PAGE_SHIFT)
/** That page: see xmem_arch_set_alias() in src/pt/pt_arch.h. */
#define CPU_ALIAS_VIRT (CPU_WINDOWS_VIRT + CPU_WINDOWS_SIZE - PAGE_SIZE)

/* What the port has mapped when arch_init_directmap() runs, from frame 0 on,
 * unless it calls xmem_boot_window(). */
#ifndef ARCH_BOOT_WINDOW_PAGES
#define ARCH_BOOT_WINDOW_PAGES 0UL
#define ARCH_BOOT_WINDOW_VIRT  0UL
#endif

/* arch_init_directmap() and arch_init_frametable() are steps of the boot. */
#define XMEM_ARCH_BUILDS_MAPS

/* The frame table and the direct map are laid out by index. */
#define BY_INDEX_VIRT	DIRECTMAP_VIRT_START
#define BY_INDEX_FRAMES xmem_frames
#include <arch/by_index.h>

/** Does frame @mfn, any value, have a descriptor? */
static inline bool xmem_arch_mfn_valid(unsigned long mfn)
{
	return xmem_directmap_valid(mfn);
}

/** Does the direct map cover frame @mfn? Any value. */
static inline bool xmem_arch_mfn_mapped(unsigned long mfn)
{
	return mfn < xmem_frames.mapped_end && xmem_directmap_valid(mfn);
}

/** Is @va, any value, an address of RAM in the direct map? */
static inline bool xmem_arch_in_directmap(const void *va)
{
	return xmem_directmap_has(xmem_arch_virt_to_index(va));
}

XMEM_AGREE(directmap)
{
	XMEM_AGREE_ON("DIRECTMAP_VIRT_START", DIRECTMAP_VIRT_START);
	XMEM_AGREE_ON("FRAMETABLE_VIRT", FRAMETABLE_VIRT);
	XMEM_AGREED();
}

#endif /* ARCH_DIRECTMAP_H */
