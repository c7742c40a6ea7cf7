/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * own_ioremap.c - ioremap() of the host's, over vmap()
 */
#include <xmem/xmem.h>

unsigned long own_ioremap_calls;

void __iomem *ioremap_attr(paddr_t pa, size_t len, unsigned int flags)
{
	mfn_t mfn = _mfn((unsigned long)(pa >> PAGE_SHIFT));
	unsigned long offset = (unsigned long)pa & (PAGE_SIZE - 1);
	unsigned int nr =
		(unsigned int)((offset + len + PAGE_SIZE - 1) >> PAGE_SHIFT);
	char *va = __vmap(&mfn, nr, 1, 1, flags, VMAP_DEFAULT);

	own_ioremap_calls++;
	return va != NULL ? va + offset : NULL;
}

void __iomem *ioremap(paddr_t pa, size_t len)
{
	return ioremap_attr(pa, len, PAGE_HYPERVISOR_UC);
}

void iounmap(const void __iomem *va)
{
	own_ioremap_calls++;
	vunmap((const void *)((unsigned long)va & PAGE_MASK));
}
