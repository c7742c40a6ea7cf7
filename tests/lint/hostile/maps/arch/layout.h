/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - a host that takes vmap and vmalloc, and has pages of its own
 *
 * All that they ask for: where the window is, and frames.
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#include <xmem/types.h>

#define VMAP_VIRT_START 0x10000000UL

bool xmem_arch_mfn_valid(unsigned long mfn);
bool xmem_arch_mfn_mapped(unsigned long mfn);
bool xmem_arch_in_directmap(const void *va);
void *xmem_arch_mfn_to_virt(unsigned long mfn);
unsigned long xmem_arch_virt_to_mfn(const void *va);

#endif /* ARCH_LAYOUT_H */
