/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - what headers want to see declared; objects alone use none of it
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#include <xmem/config.h>
#include <xmem/types.h>

struct page_info;
extern struct page_info *no_frametable;

#define VMAP_VIRT_START	      0UL
#define FRAMETABLE_VIRT_START no_frametable

void *xmem_arch_mfn_to_virt(unsigned long mfn);
unsigned long xmem_arch_virt_to_mfn(const void *va);
bool xmem_arch_in_directmap(const void *va);
bool xmem_arch_mfn_mapped(unsigned long mfn);
bool xmem_arch_mfn_valid(unsigned long mfn);

#endif /* ARCH_LAYOUT_H */
