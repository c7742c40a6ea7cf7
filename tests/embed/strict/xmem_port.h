/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem_port.h - a kernel with page descriptors of its own that trusts nobody
 */
#ifndef MY_PORT_H
#define MY_PORT_H

#define XMEM_PORT_PAGE_TAG  my_page
#define XMEM_PORT_PAGE_INFO "my_page.h"

/* Its conversions end here if they are given what they do not convert. */
_Noreturn void my_conversion_panic(const char *which, unsigned long what);

#define xmem_port_map_domain_page(mfn)	mfn_to_virt(mfn_x(mfn))
#define xmem_port_unmap_domain_page(va) ((void)(va))

/* Frames are free: their words must be at rest. */
void my_frames_given(unsigned long mfn, unsigned int order);
#define xmem_port_frames_given(mfn, order) my_frames_given(mfn, order)

#endif /* MY_PORT_H */
