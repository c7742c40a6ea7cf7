/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - a kernel whose maps are its own; little of this is used
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#define MY_FRAMES 256UL
#include <my_ram.h>

struct page_info;
extern unsigned long my_window;
extern struct page_info *my_frametable;

#define VMAP_VIRT_START	      my_window
#define FRAMETABLE_VIRT_START my_frametable

#endif /* ARCH_LAYOUT_H */
