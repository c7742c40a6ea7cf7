/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - a machine with one piece of RAM, all of it mapped
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#include <xmem/config.h>
#include <xmem/types.h>

#define MY_FRAMES 1024UL

struct page_info;
extern unsigned char *my_ram;
extern struct page_info *my_frametable;

#define VMAP_VIRT_START	      0UL
#define FRAMETABLE_VIRT_START my_frametable

static inline bool xmem_arch_mfn_valid(unsigned long mfn)
{
	return mfn < MY_FRAMES;
}

static inline bool xmem_arch_mfn_mapped(unsigned long mfn)
{
	return mfn < MY_FRAMES;
}

static inline void *xmem_arch_mfn_to_virt(unsigned long mfn)
{
	return my_ram + (mfn << PAGE_SHIFT);
}

static inline unsigned long xmem_arch_virt_to_mfn(const void *va)
{
	return ((unsigned long)va - (unsigned long)my_ram) >> PAGE_SHIFT;
}

static inline bool xmem_arch_in_directmap(const void *va)
{
	return (unsigned long)va >= (unsigned long)my_ram &&
	       xmem_arch_virt_to_mfn(va) < MY_FRAMES;
}

#endif /* ARCH_LAYOUT_H */
