/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frames.h - frames by number, by index, and by address in the direct map
 *
 * What is said of a frame without its descriptor. (Descriptors, and what leads
 * from and to them, are in <xmem/page_info.h>.) It all comes from
 * <arch/layout.h>, which supplies
 *
 *	xmem_arch_mfn_valid(mfn)     is the frame RAM that has a descriptor?
 *	xmem_arch_mfn_mapped(mfn)    does the direct map cover it?
 *	xmem_arch_in_directmap(va)   is it an address of RAM in the direct map?
 *	xmem_arch_mfn_to_virt(mfn)   address of a frame that is mapped
 *	xmem_arch_virt_to_mfn(va)    frame of an address in the direct map
 *
 * the first three for any value, and may supply more, named below where the
 * defaults for it are. <arch/directmap.h> makes all of that from the addresses
 * of the windows.
 *
 * All functions: any CPU, any context, also under a lock; they take none. The
 * answers are there after arch_init_directmap() and do not change any more.
 */
#ifndef XMEM_FRAMES_H
#define XMEM_FRAMES_H

#include <arch/layout.h>
#include <xmem/config.h>
#include <xmem/types.h>

/*
 * Descriptors and addresses in the direct map go by the index of a frame. An
 * <arch/layout.h> that does not define XMEM_ARCH_FRAME_INDEX has the index
 * be the frame number.
 */
#ifndef XMEM_ARCH_FRAME_INDEX
/**
 * xmem_arch_frame_to_index - index of a frame.
 * @mfn: a valid frame.
 *
 * Return: its index. Frames that follow each other in an aligned block of the
 * largest order have indices that do, and the order of frames is kept.
 */
static inline unsigned long xmem_arch_frame_to_index(unsigned long mfn)
{
	return mfn;
}

/**
 * xmem_arch_index_to_frame - frame with an index.
 * @i: any value.
 *
 * Return: the frame. If no valid frame has the index, one that is not valid or
 * has another.
 */
static inline unsigned long xmem_arch_index_to_frame(unsigned long i)
{
	return i;
}

/**
 * xmem_arch_virt_to_index - index of the frame at an address.
 * @va: an address in the direct map.
 */
static inline unsigned long xmem_arch_virt_to_index(const void *va)
{
	return xmem_arch_virt_to_mfn(va);
}

/**
 * xmem_arch_index_to_virt - address of the frame with an index.
 * @i: index of a frame that the direct map covers.
 */
static inline void *xmem_arch_index_to_virt(unsigned long i)
{
	return xmem_arch_mfn_to_virt(i);
}
#endif

#ifndef XMEM_ARCH_RAM_END
/**
 * xmem_arch_ram_end - a frame behind @mfn up to which all is RAM.
 * @mfn: any value.
 *
 * An <arch/layout.h> that knows ranges defines XMEM_ARCH_RAM_END and this, so
 * that memory which comes late costs time by ranges, not by frames.
 * Return: the frame behind the RAM that begins at @mfn, or behind a part of it;
 * @mfn itself if that is no RAM.
 */
static inline unsigned long xmem_arch_ram_end(unsigned long mfn)
{
	return xmem_arch_mfn_valid(mfn) ? mfn + 1 : mfn;
}
#endif

/**
 * mfn_valid - is there a descriptor (RAM known to the library) for a frame?
 * @mfn: any value.
 */
static inline bool mfn_valid(mfn_t mfn)
{
	return xmem_arch_mfn_valid(mfn_x(mfn));
}

/**
 * mfn_to_virt - address of a frame in the direct map.
 * @mfn: a frame that the direct map covers, as a plain number.
 *
 * Return: the address of its first byte.
 */
static inline void *mfn_to_virt(unsigned long mfn)
{
	return xmem_arch_mfn_to_virt(mfn);
}

/**
 * virt_to_mfn - frame of an address in the direct map.
 * @va: an address in the direct map, of any byte of the frame.
 *
 * Return: the frame, as a plain number.
 */
static inline unsigned long virt_to_mfn(const void *va)
{
	return xmem_arch_virt_to_mfn(va);
}

#endif /* XMEM_FRAMES_H */
