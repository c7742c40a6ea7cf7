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

#include <xmem/config.h>
#include <xmem/types.h>

struct page_info;

/* Set when a machine is powered on; see machine.c and mmu.c. */
extern unsigned long xmem_host_directmap;  /* address of frame 0 */
extern unsigned long xmem_host_mapped_end; /* direct map ends here */
extern unsigned long xmem_host_max_mfn;	   /* frame behind the last of RAM */
extern struct page_info *xmem_host_frametable;
extern unsigned long xmem_host_vmap_start;
/* The range of RAM in which this CPU looked last. */
extern __thread unsigned long xmem_host_hint_start
	__attribute__((tls_model("local-exec")));
extern __thread unsigned long xmem_host_hint_nr
	__attribute__((tls_model("local-exec")));

/** Is frame @mfn, any value, RAM of the machine? */
bool xmem_host_is_ram(unsigned long mfn);

#define VMAP_VIRT_START	      xmem_host_vmap_start
#define FRAMETABLE_VIRT_START xmem_host_frametable

static inline bool xmem_arch_mfn_valid(unsigned long mfn)
{
	return mfn - xmem_host_hint_start < xmem_host_hint_nr ||
	       xmem_host_is_ram(mfn);
}

static inline bool xmem_arch_mfn_mapped(unsigned long mfn)
{
	return mfn < xmem_host_mapped_end && xmem_arch_mfn_valid(mfn);
}

static inline void *xmem_arch_mfn_to_virt(unsigned long mfn)
{
	return (void *)(xmem_host_directmap + (mfn << PAGE_SHIFT));
}

static inline unsigned long xmem_arch_virt_to_mfn(const void *va)
{
	return ((unsigned long)va - xmem_host_directmap) >> PAGE_SHIFT;
}

static inline bool xmem_arch_in_directmap(const void *va)
{
	return (unsigned long)va >= xmem_host_directmap &&
	       xmem_arch_mfn_mapped(xmem_arch_virt_to_mfn(va));
}

#endif /* ARCH_LAYOUT_H */
