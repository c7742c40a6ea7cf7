/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - its windows: numbers, nothing of the process lies there
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#include <xmem/config.h>
#include <xmem/types.h>

extern unsigned long fake_directmap_size;

#ifdef FAKE_WINDOWS_VARY
/* Windows as a port may have them wrong: test_windows.c. */
struct fake_windows {
	unsigned long direct, direct_size, frames, frames_size, per_cpu;
	unsigned long vmap, vmap_size, code, code_end;
};
extern struct fake_windows fake_windows;

#define DIRECTMAP_VIRT_START fake_windows.direct
#define DIRECTMAP_SIZE	     fake_windows.direct_size
#define FRAMETABLE_VIRT	     fake_windows.frames
#define FRAMETABLE_SIZE	     fake_windows.frames_size
#define CPU_WINDOWS_VIRT     fake_windows.per_cpu
#define VMAP_VIRT_START	     fake_windows.vmap
#define VMAP_VIRT_SIZE	     fake_windows.vmap_size
#define VMAP_XEN_VIRT_START  fake_windows.code
#define VMAP_XEN_VIRT_END    fake_windows.code_end
#else
#define DIRECTMAP_VIRT_START 0x100000000000UL
#define DIRECTMAP_SIZE	     fake_directmap_size
#define FRAMETABLE_VIRT	     0x200000000000UL
#define FRAMETABLE_SIZE	     (1UL << 40)
#define CPU_WINDOWS_VIRT     0x300000000000UL
/* 512 GiB share a top-level entry: these take four of them, and one. */
#define VMAP_VIRT_START	     0x310000001000UL
#define VMAP_VIRT_SIZE	     (3UL << 39)
#define VMAP_XEN_VIRT_START  0x330000000000UL
#define VMAP_XEN_VIRT_END    0x338000000000UL
#endif

#include <arch/directmap.h>

#endif /* ARCH_LAYOUT_H */
