/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - the windows of the benchmark adapters, where a process has room
 *
 * Frames have an index, as on a real machine, and it is asked where the library
 * would ask its own. adapter.h maps the frame table and, if objects are to be
 * written to, the direct map.
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#include <arch/frame_index.h>
#include <xmem/config.h>
#include <xmem/types.h>

struct page_info;

#define DIRECTMAP_VIRT_START  (1UL << 46)
#define FRAMETABLE_VIRT_START ((struct page_info *)(1UL << 45))
#define VMAP_VIRT_START	      (1UL << 44)

/* adapter.h has these. */
extern struct xmem_frame_index adapter_frames;
bool adapter_valid(unsigned long mfn);
bool adapter_mapped(unsigned long i);

#define XMEM_ARCH_FRAME_INDEX

static inline unsigned long xmem_arch_frame_to_index(unsigned long mfn)
{
	return xmem_frame_to_index(&adapter_frames, mfn);
}

static inline unsigned long xmem_arch_index_to_frame(unsigned long i)
{
	return xmem_index_to_frame(&adapter_frames, i);
}

static inline unsigned long xmem_arch_virt_to_index(const void *va)
{
	return ((unsigned long)va - DIRECTMAP_VIRT_START) >> PAGE_SHIFT;
}

static inline void *xmem_arch_index_to_virt(unsigned long i)
{
	return (void *)(DIRECTMAP_VIRT_START + (i << PAGE_SHIFT));
}

static inline void *xmem_arch_mfn_to_virt(unsigned long mfn)
{
	return xmem_arch_index_to_virt(xmem_arch_frame_to_index(mfn));
}

static inline unsigned long xmem_arch_virt_to_mfn(const void *va)
{
	return xmem_arch_index_to_frame(xmem_arch_virt_to_index(va));
}

static inline bool xmem_arch_mfn_valid(unsigned long mfn)
{
	return adapter_valid(mfn);
}

#define XMEM_ARCH_RAM_END
static inline unsigned long xmem_arch_ram_end(unsigned long mfn)
{
	return xmem_frame_ram_end(&adapter_frames, mfn);
}

static inline bool xmem_arch_mfn_mapped(unsigned long mfn)
{
	return adapter_valid(mfn);
}

static inline bool xmem_arch_in_directmap(const void *va)
{
	return adapter_mapped(xmem_arch_virt_to_index(va));
}

#endif /* ARCH_LAYOUT_H */
