/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem_port.h - the library reads the kernel's header, too
 *
 * The hooks use the kernel's inlines, so xmem has no functions of these names.
 * Macros would be expanded in xmem's own headers: they are used here, and then
 * forgotten.
 */
#ifndef MY_PORT_H
#define MY_PORT_H

#include <my_mm.h>

static inline int my_is_ram(unsigned long mfn)
{
	return mfn_valid(mfn);
}

static inline void *my_address(unsigned long mfn)
{
	return mfn_to_virt(mfn);
}

static inline unsigned long my_frame(const void *va)
{
	return virt_to_mfn(va);
}

#undef mfn_valid
#undef mfn_to_virt
#undef virt_to_mfn

#define xmem_port_map_domain_page(mfn)	map_domain_page(mfn_x(mfn))
#define xmem_port_unmap_domain_page(va) unmap_domain_page(va)

#endif /* MY_PORT_H */
