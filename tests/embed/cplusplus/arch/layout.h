/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - the kernel has one piece of RAM, all of it mapped
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#define MY_FRAMES 1024UL
#include <my_ram.h>

struct page_info;
extern struct page_info *my_frametable;

#define VMAP_VIRT_START	      0UL
#define FRAMETABLE_VIRT_START my_frametable

#endif /* ARCH_LAYOUT_H */
