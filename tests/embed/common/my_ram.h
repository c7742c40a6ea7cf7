/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * my_ram.h - for arch/layout.h: MY_FRAMES frames at my_ram, all of them mapped
 */
#ifndef MY_RAM_H
#define MY_RAM_H

#include <xmem/config.h>
#include <xmem/types.h>

extern unsigned char *my_ram; /* frame 0 */

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

#endif /* MY_RAM_H */
