/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * direct.c - for a kernel whose RAM is mapped all the time: map_domain_page()
 */
#include <xmem/frames.h>
#include <xmem/vmap.h>

void *map_domain_page(mfn_t mfn)
{
	return mfn_to_virt(mfn_x(mfn));
}

void unmap_domain_page(const void *va)
{
	(void)va;
}

void *arch_vmap_virt_end(void)
{
	return (void *)(VMAP_VIRT_START + (512UL << PAGE_SHIFT));
}
