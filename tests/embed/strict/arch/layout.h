/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - RAM with a hole in it, and conversions that panic elsewhere
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#include <xmem/config.h>
#include <xmem/types.h>

#define MY_FRAMES 1024UL
#define MY_HOLE	  512UL /* these frames are no RAM */
#define MY_BEHIND 528UL

struct my_page;
extern struct my_page *my_frametable;
extern unsigned char *my_ram; /* frame 0 */
extern unsigned long my_window;

#define MY_WINDOW_PAGES	      256UL
#define VMAP_VIRT_START	      my_window
#define FRAMETABLE_VIRT_START my_frametable

/* These three see any value at all. */
static inline bool xmem_arch_mfn_valid(unsigned long mfn)
{
	return mfn < MY_HOLE || (mfn >= MY_BEHIND && mfn < MY_FRAMES);
}

static inline bool xmem_arch_mfn_mapped(unsigned long mfn)
{
	return xmem_arch_mfn_valid(mfn);
}

static inline bool xmem_arch_in_directmap(const void *va)
{
	return xmem_arch_mfn_mapped(
		((unsigned long)va - (unsigned long)my_ram) >> PAGE_SHIFT);
}

/* These two do not. */
static inline void *xmem_arch_mfn_to_virt(unsigned long mfn)
{
	if (!xmem_arch_mfn_mapped(mfn)) {
		my_conversion_panic("mfn_to_virt", mfn);
	}
	return my_ram + (mfn << PAGE_SHIFT);
}

static inline unsigned long xmem_arch_virt_to_mfn(const void *va)
{
	if (!xmem_arch_in_directmap(va)) {
		my_conversion_panic("virt_to_mfn", (unsigned long)va);
	}
	return ((unsigned long)va - (unsigned long)my_ram) >> PAGE_SHIFT;
}

#endif /* ARCH_LAYOUT_H */
