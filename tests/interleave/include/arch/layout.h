/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - the address space of the interleaved machine: a few frames, all
 * in a direct map
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#include <xmem/config.h>
#include <xmem/types.h>

struct page_info;

/* Three superpages, and frame 0, which no heap has. */
#define IL_FRAMES 2048UL

extern struct page_info *const il_frametable; /* entry of frame 0 */
extern unsigned char *il_memory;	      /* of frame 0 */

#define VMAP_VIRT_START	      0UL
#define FRAMETABLE_VIRT_START il_frametable

static inline bool xmem_arch_mfn_valid(unsigned long mfn)
{
	return mfn < IL_FRAMES;
}

#define XMEM_ARCH_RAM_END
static inline unsigned long xmem_arch_ram_end(unsigned long mfn)
{
	return mfn < IL_FRAMES ? IL_FRAMES : mfn;
}

static inline bool xmem_arch_mfn_mapped(unsigned long mfn)
{
	return mfn < IL_FRAMES;
}

static inline void *xmem_arch_mfn_to_virt(unsigned long mfn)
{
	return il_memory + (mfn << PAGE_SHIFT);
}

static inline unsigned long xmem_arch_virt_to_mfn(const void *va)
{
	return ((unsigned long)va - (unsigned long)il_memory) >> PAGE_SHIFT;
}

static inline bool xmem_arch_in_directmap(const void *va)
{
	return (unsigned long)va >= (unsigned long)il_memory &&
	       xmem_arch_virt_to_mfn(va) < IL_FRAMES;
}

#endif /* ARCH_LAYOUT_H */
