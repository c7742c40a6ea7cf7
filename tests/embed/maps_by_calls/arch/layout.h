/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - a kernel with a direct map and an array of descriptors
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#define MY_FRAMES 4096UL
#include <my_ram.h>

struct page_info;
extern unsigned long my_window;
extern struct page_info *my_frametable;

#define VMAP_VIRT_START	      my_window
#define FRAMETABLE_VIRT_START my_frametable

#endif /* ARCH_LAYOUT_H */
