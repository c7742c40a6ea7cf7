/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - RAM of the fake architecture: an array, numbered from far off
 *
 * Frame numbers begin at FAKE_MFN, which is no multiple of any block, so
 * that an index taken for a frame number, or the reverse, is out of range.
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#include <xmem/config.h>
#include <xmem/types.h>

struct page_info;

#define FAKE_FRAMES 512UL
#define FAKE_MFN    0x1234567UL

extern unsigned char fake_ram[FAKE_FRAMES][PAGE_SIZE];
extern struct page_info *fake_frametable;

#define VMAP_VIRT_START	      0UL
#define FRAMETABLE_VIRT_START fake_frametable

static inline bool xmem_arch_mfn_valid(unsigned long mfn)
{
	return mfn - FAKE_MFN < FAKE_FRAMES;
}

static inline bool xmem_arch_mfn_mapped(unsigned long mfn)
{
	return xmem_arch_mfn_valid(mfn);
}

static inline void *xmem_arch_mfn_to_virt(unsigned long mfn)
{
	return fake_ram[mfn - FAKE_MFN];
}

static inline unsigned long xmem_arch_virt_to_mfn(const void *va)
{
	unsigned long offset = (unsigned long)va - (unsigned long)fake_ram;

	return (offset >> PAGE_SHIFT) + FAKE_MFN;
}

static inline bool xmem_arch_in_directmap(const void *va)
{
	return (unsigned long)va - (unsigned long)fake_ram < sizeof(fake_ram);
}

#endif /* ARCH_LAYOUT_H */
