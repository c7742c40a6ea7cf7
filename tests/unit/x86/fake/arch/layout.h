/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - x86-64's windows where the machine of tests/unit/sim has room
 */
#ifndef FAKE_ARCH_LAYOUT_H
#define FAKE_ARCH_LAYOUT_H

#define VMAP_VIRT_START	      0x200000000000UL
#define XMEM_IMAGE_VIRT_START 0x280000000000UL
#define VMAP_XEN_VIRT_START   0x280040000000UL
#define VMAP_XEN_VIRT_END     0x280080000000UL
#define CPU_WINDOWS_VIRT      0x2c0000000000UL
#define FRAMETABLE_VIRT	      0x300000000000UL
#define DIRECTMAP_VIRT_START  0x400000000000UL
#define DIRECTMAP_SIZE	      (1UL << 44)
#define XMEM_PORT_BOOT_MAPPED (80UL << 20)

#include_next <arch/layout.h>

#endif /* FAKE_ARCH_LAYOUT_H */
