/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - a machine whose lowest gigabytes are mapped and nothing else
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#include <xmem/config.h>
#include <xmem/types.h>

struct page_info;

#define HANDOVER_MAPPED_MFNS (1UL << (34 - PAGE_SHIFT))

extern unsigned long handover_directmap;

#define FRAMETABLE_VIRT_START ((struct page_info *)(1UL << 32))
#define VMAP_VIRT_START	      (1UL << 44)

static inline bool xmem_arch_mfn_valid(unsigned long mfn)
{
	return mfn != XMEM_NO_MFN;
}

static inline bool xmem_arch_mfn_mapped(unsigned long mfn)
{
	return mfn < HANDOVER_MAPPED_MFNS;
}

static inline void *xmem_arch_mfn_to_virt(unsigned long mfn)
{
	return (void *)(handover_directmap + (mfn << PAGE_SHIFT));
}

static inline unsigned long xmem_arch_virt_to_mfn(const void *va)
{
	return ((unsigned long)va - handover_directmap) >> PAGE_SHIFT;
}

static inline bool xmem_arch_in_directmap(const void *va)
{
	return (unsigned long)va >= handover_directmap &&
	       xmem_arch_mfn_mapped(xmem_arch_virt_to_mfn(va));
}

#endif /* ARCH_LAYOUT_H */
