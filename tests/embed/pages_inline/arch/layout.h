/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - the kernel's header, under names that xmem does not have
 *
 * Inlines get another name while the header is read. Macros are used by the
 * functions below, which the library calls, and then forgotten.
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#include <xmem/config.h>
#include <xmem/types.h>

#define map_domain_page	  my_map_domain_page
#define unmap_domain_page my_unmap_domain_page
#include <my_mm.h>
#undef map_domain_page
#undef unmap_domain_page

static inline bool xmem_arch_mfn_valid(unsigned long mfn)
{
	return mfn_valid(mfn);
}

static inline bool xmem_arch_mfn_mapped(unsigned long mfn)
{
	return mfn_valid(mfn);
}

static inline void *xmem_arch_mfn_to_virt(unsigned long mfn)
{
	return mfn_to_virt(mfn);
}

static inline unsigned long xmem_arch_virt_to_mfn(const void *va)
{
	return virt_to_mfn(va);
}

static inline bool xmem_arch_in_directmap(const void *va)
{
	return (unsigned long)va >= my_ram_at && mfn_valid(virt_to_mfn(va));
}

#undef mfn_valid
#undef mfn_to_virt
#undef virt_to_mfn

struct page_info;
extern struct page_info *my_frametable;
#define FRAMETABLE_VIRT_START my_frametable
#define VMAP_VIRT_START	      0UL

#endif /* ARCH_LAYOUT_H */
