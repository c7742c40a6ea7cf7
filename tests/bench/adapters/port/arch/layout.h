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

#define BY_INDEX_VIRT	DIRECTMAP_VIRT_START
#define BY_INDEX_FRAMES adapter_frames
#include <arch/by_index.h>

static inline bool xmem_arch_mfn_valid(unsigned long mfn)
{
	return adapter_valid(mfn);
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
