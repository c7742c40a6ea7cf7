/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - the address space of the fake machine: a direct map of frames
 * [0, FAKE_FRAMES), of which a test may take the upper part or a hole away
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#include <xmem/config.h>
#include <xmem/types.h>

struct page_info;

/* Four largest blocks. */
#define FAKE_FRAMES (4UL << 18)

extern unsigned char *fake_memory;	       /* frame 0 */
extern struct page_info *fake_frametable;      /* entry of frame 0 */
extern unsigned long fake_mapped_end;	       /* direct map ends here */
extern unsigned long fake_hole, fake_hole_end; /* frames that are not RAM */

#define VMAP_VIRT_START	      0UL
#define FRAMETABLE_VIRT_START fake_frametable

static inline bool xmem_arch_mfn_valid(unsigned long mfn)
{
	return mfn < FAKE_FRAMES && (mfn < fake_hole || mfn >= fake_hole_end);
}

static inline bool xmem_arch_mfn_mapped(unsigned long mfn)
{
	return mfn < fake_mapped_end && xmem_arch_mfn_valid(mfn);
}

static inline void *xmem_arch_mfn_to_virt(unsigned long mfn)
{
	return fake_memory + (mfn << PAGE_SHIFT);
}

static inline unsigned long xmem_arch_virt_to_mfn(const void *va)
{
	return ((unsigned long)va - (unsigned long)fake_memory) >> PAGE_SHIFT;
}

static inline bool xmem_arch_in_directmap(const void *va)
{
	return (unsigned long)va >= (unsigned long)fake_memory &&
	       xmem_arch_mfn_mapped(xmem_arch_virt_to_mfn(va));
}

#endif /* ARCH_LAYOUT_H */
