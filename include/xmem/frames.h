/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frames.h - frames by number, by index, and by address in the direct map
 *
 * What the library knows about a frame without its descriptor. (For descriptors
 * see <xmem/page_info.h>.) <arch/layout.h> supplies
 *
 *	xmem_arch_mfn_valid(mfn)     is the frame RAM that has a descriptor?
 *	xmem_arch_mfn_mapped(mfn)    does the direct map cover it?
 *	xmem_arch_in_directmap(va)   is it an address of RAM in the direct map?
 *	xmem_arch_mfn_to_virt(mfn)   address of a frame that is mapped
 *	xmem_arch_virt_to_mfn(va)    frame of an address in the direct map
 *
 * The first three see any value at all, and answer without a panic: the third
 * NULL, ~0UL, ZERO_BLOCK_PTR, addresses of users, of vmap, of the stack, behind
 * the last frame, in a hole, or not aligned, as they are what xfree() and the
 * like get by mistake. So it compares, and does not convert first. The last two
 * are called only for what the second and the third have said yes to, or what
 * the library has itself made of a frame of the direct map: a host's own
 * conversions may panic at anything else.
 *
 * It may supply more; the defaults are below.
 * <arch/directmap.h> defines all of them, given the addresses of the windows.
 *
 * All functions: any CPU, any context, also under a lock; they take none. They
 * may be called after arch_init_directmap(), and their answers never change.
 */
#ifndef XMEM_FRAMES_H
#define XMEM_FRAMES_H

#include <arch/layout.h>
#include <xmem/config.h>
#include <xmem/types.h>

/*
 * The place of a frame in the direct map and in the frame table is given by its
 * index. If <arch/layout.h> does not define XMEM_ARCH_FRAME_INDEX, the index is
 * the frame number.
 */
#ifndef XMEM_ARCH_FRAME_INDEX
/**
 * xmem_arch_frame_to_index - find the index of a frame.
 * @mfn: a valid frame.
 *
 * Return: its index. A higher frame has a higher index, and consecutive frames
 * of an aligned block of order MAX_ORDER have consecutive indices.
 */
static inline unsigned long xmem_arch_frame_to_index(unsigned long mfn)
{
	return mfn;
}

/**
 * xmem_arch_index_to_frame - find the frame with an index.
 * @i: any value.
 *
 * Return: the frame. If no valid frame has the index: a frame that is not valid
 * or has another index.
 */
static inline unsigned long xmem_arch_index_to_frame(unsigned long i)
{
	return i;
}

/**
 * xmem_arch_virt_to_index - find the index of the frame at an address.
 * @va: an address in the direct map. If <arch/layout.h> defines
 *      XMEM_ARCH_ANY_VIRT, any value: then the function only calculates, and
 *      what comes out is compared before it is used.
 */
static inline unsigned long xmem_arch_virt_to_index(const void *va)
{
	return xmem_arch_virt_to_mfn(va);
}

/**
 * xmem_arch_index_to_virt - find the address of the frame with an index.
 * @i: index of a frame that the direct map covers.
 */
static inline void *xmem_arch_index_to_virt(unsigned long i)
{
	return xmem_arch_mfn_to_virt(i);
}
#endif

#ifndef XMEM_ARCH_QUICK_FRAME
/**
 * xmem_arch_quick_frame - find the frame of RAM with an index, if that is easy.
 * @i: any value.
 *
 * A look that costs next to nothing, before a frame is freed. Return: the
 * frame; XMEM_NO_MFN if there is none, and also where this cannot tell: then
 * the functions above are asked. An <arch/layout.h> that has a better one than
 * this defines XMEM_ARCH_QUICK_FRAME and this function.
 */
static inline unsigned long xmem_arch_quick_frame(unsigned long i)
{
	(void)i;
	return XMEM_NO_MFN;
}
#endif

#ifndef XMEM_ARCH_RAM_END
/**
 * xmem_arch_ram_end - find an end such that [@mfn, end) is all RAM.
 * @mfn: any value.
 *
 * Return: the frame behind the RAM that begins at @mfn, or behind a part of it;
 * @mfn itself if that is no RAM. An <arch/layout.h> that knows the ranges of
 * RAM defines XMEM_ARCH_RAM_END and this function: then memory that comes late
 * takes time by the number of ranges, not of frames.
 */
static inline unsigned long xmem_arch_ram_end(unsigned long mfn)
{
	return xmem_arch_mfn_valid(mfn) ? mfn + 1 : mfn;
}
#endif

/**
 * mfn_valid - is a frame RAM that the library knows, with a descriptor?
 * @mfn: any value.
 */
static inline bool mfn_valid(mfn_t mfn)
{
	return xmem_arch_mfn_valid(mfn_x(mfn));
}

/**
 * mfn_to_virt - find the address of a frame in the direct map.
 * @mfn: a frame that the direct map covers, as a plain number.
 *
 * Return: the address of its first byte.
 */
static inline void *mfn_to_virt(unsigned long mfn)
{
	return xmem_arch_mfn_to_virt(mfn);
}

/**
 * virt_to_mfn - find the frame of an address in the direct map.
 * @va: an address in the direct map, of any byte of the frame; never one that
 *      xmem_arch_in_directmap() has not been asked about, if it is a caller's.
 *
 * Return: the frame, as a plain number.
 */
static inline unsigned long virt_to_mfn(const void *va)
{
	return xmem_arch_virt_to_mfn(va);
}

#endif /* XMEM_FRAMES_H */
