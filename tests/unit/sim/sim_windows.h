/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sim_windows.h - the library's windows where the simulated machine has room
 *
 * For the layout.h that a test puts before the one of an architecture.
 */
#ifndef SIM_WINDOWS_H
#define SIM_WINDOWS_H

#define VMAP_VIRT_START	      0x200000000000UL
#define XMEM_IMAGE_VIRT_START 0x280000000000UL
#define VMAP_XEN_VIRT_START   0x280040000000UL
#define VMAP_XEN_VIRT_END     0x280080000000UL
#define CPU_WINDOWS_VIRT      0x2c0000000000UL
#define FRAMETABLE_VIRT	      0x300000000000UL
#define DIRECTMAP_VIRT_START  0x400000000000UL
#define DIRECTMAP_SIZE	      (1UL << 44)

#endif /* SIM_WINDOWS_H */
