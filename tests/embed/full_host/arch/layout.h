/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - frames, addresses in the direct map, and the window
 */
#define xmem_arch_mfn_valid(mfn)   ((mfn) < NR_FRAMES)
#define xmem_arch_mfn_mapped(mfn)  ((mfn) < NR_FRAMES)
#define xmem_arch_mfn_to_virt(mfn) ((void *)frame_to_va(mfn))
#define xmem_arch_virt_to_mfn(va)  va_to_frame(va)
#define xmem_arch_in_directmap(va) (va_to_frame(va) < NR_FRAMES)
#define VMAP_VIRT_START		   ((unsigned long)window)
