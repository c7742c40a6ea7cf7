/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - the address space of the host machine: variables, set at boot
 *
 * The machine reserves one piece of the process's address space and lays the
 * windows out in it, each aligned for the largest blocks that fit:
 *
 *   direct map | frame table | vmap | vmap for code | free | CPU windows
 *
 * Simulated virtual addresses are addresses of the process, so a mapping can
 * be used at once and a hole really faults.
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#include <arch/frame_index.h>
#include <xmem/config.h>
#include <xmem/types.h>

struct page_info;

/* Set when a machine is powered on; see machine.c and mmu.c. */
extern unsigned long xmem_host_directmap;  /* address of frame 0 */
extern unsigned long xmem_host_mapped_end; /* direct map ends here */
extern unsigned long xmem_host_max_mfn;	   /* frame behind the last of RAM */
extern struct page_info *xmem_host_frametable;
extern unsigned long xmem_host_vmap_start;
/* The index of all RAM of the machine. */
extern struct xmem_frame_index xmem_host_frames;

#define VMAP_VIRT_START	      xmem_host_vmap_start
#define FRAMETABLE_VIRT_START xmem_host_frametable

#define BY_INDEX_VIRT	xmem_host_directmap
#define BY_INDEX_FRAMES xmem_host_frames
#include <arch/by_index.h>

static inline bool xmem_arch_mfn_valid(unsigned long mfn)
{
	return xmem_frame_is_ram(&xmem_host_frames, mfn);
}

static inline bool xmem_arch_mfn_mapped(unsigned long mfn)
{
	return mfn < xmem_host_mapped_end && xmem_arch_mfn_valid(mfn);
}

static inline bool xmem_arch_in_directmap(const void *va)
{
	return xmem_index_is_mapped(&xmem_host_frames,
				    xmem_arch_virt_to_index(va));
}

#endif /* ARCH_LAYOUT_H */
