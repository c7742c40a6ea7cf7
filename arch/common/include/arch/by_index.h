/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * by_index.h - a direct map that is laid out by the index of frames
 *
 * For an <arch/layout.h>, which defines before
 *
 *	BY_INDEX_VIRT	   address of the frame with index 0, an unsigned long
 *	BY_INDEX_FRAMES    the struct xmem_frame_index of all RAM
 *
 * and gets those functions of <xmem/frames.h> that follow from the index. What
 * is mapped, and what is RAM, it says itself.
 */
#ifndef ARCH_BY_INDEX_H
#define ARCH_BY_INDEX_H

#include <arch/frame_index.h>
#include <xmem/config.h>

#define XMEM_ARCH_FRAME_INDEX

/** Index of frame @mfn, which is RAM. */
static inline unsigned long xmem_arch_frame_to_index(unsigned long mfn)
{
	return xmem_frame_to_index(&BY_INDEX_FRAMES, mfn);
}

/** Frame with index @i, any value; XMEM_NO_MFN if there is none. */
static inline unsigned long xmem_arch_index_to_frame(unsigned long i)
{
	return xmem_index_to_frame(&BY_INDEX_FRAMES, i);
}

/** Index of the frame at @va, which lies in the direct map; of any other value,
 *  any index. */
#define XMEM_ARCH_ANY_VIRT
static inline unsigned long xmem_arch_virt_to_index(const void *va)
{
	return ((unsigned long)va - BY_INDEX_VIRT) >> PAGE_SHIFT;
}

/** Address of the frame with index @i, in the direct map. */
static inline void *xmem_arch_index_to_virt(unsigned long i)
{
	return (void *)(BY_INDEX_VIRT + (i << PAGE_SHIFT));
}

/** Address of frame @mfn in the direct map. */
static inline void *xmem_arch_mfn_to_virt(unsigned long mfn)
{
	return xmem_arch_index_to_virt(xmem_arch_frame_to_index(mfn));
}

/** Frame of @va, which lies in the direct map. */
static inline unsigned long xmem_arch_virt_to_mfn(const void *va)
{
	return xmem_arch_index_to_frame(xmem_arch_virt_to_index(va));
}

/** Frame with index @i, any value, if that is RAM; XMEM_NO_MFN if not, and for
 *  some that are. */
#define XMEM_ARCH_QUICK_FRAME
static inline unsigned long xmem_arch_quick_frame(unsigned long i)
{
	return xmem_index_quick_frame(&BY_INDEX_FRAMES, i);
}

/** The end of the range of RAM that holds @mfn; @mfn if none does. */
#define XMEM_ARCH_RAM_END
static inline unsigned long xmem_arch_ram_end(unsigned long mfn)
{
	return xmem_frame_ram_end(&BY_INDEX_FRAMES, mfn);
}

#endif /* ARCH_BY_INDEX_H */
