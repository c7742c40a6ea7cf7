/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - frames and addresses, by the kernel's macros
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#include <xmem/types.h>

static inline bool xmem_arch_mfn_valid(unsigned long mfn)
{
	return my_is_ram(mfn);
}

static inline bool xmem_arch_mfn_mapped(unsigned long mfn)
{
	return my_is_ram(mfn);
}

static inline void *xmem_arch_mfn_to_virt(unsigned long mfn)
{
	return my_address(mfn);
}

static inline unsigned long xmem_arch_virt_to_mfn(const void *va)
{
	return my_frame(va);
}

static inline bool xmem_arch_in_directmap(const void *va)
{
	return (unsigned long)va >= my_ram_at && my_is_ram(my_frame(va));
}

struct page_info;
extern struct page_info *my_frametable;
#define FRAMETABLE_VIRT_START my_frametable
#define VMAP_VIRT_START	      0UL /* no vmap here */

#endif /* ARCH_LAYOUT_H */
