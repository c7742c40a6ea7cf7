/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * no_boot.c - what vmap hears if there is no boot allocator
 *
 * A host that has memory of its own before the library comes up takes neither
 * src/boot nor writes these four functions. They are weak: where src/boot is
 * linked, or the host has such functions itself, those are called, in any order
 * of linking. (With XMEM_CONFIG_WEAK_PAGES those of src/boot are weak, too, and
 * the first ones win: leave out this file, or link src/boot before it, as the
 * archive does.)
 */
#include <xmem/boot.h>

__attribute__((__weak__)) bool xmem_boot_active(void)
{
	return false;
}

__attribute__((__weak__)) unsigned long xmem_boot_take(unsigned long nr,
						       unsigned long align,
						       unsigned long smfn,
						       unsigned long emfn)
{
	(void)nr;
	(void)align;
	(void)smfn;
	(void)emfn;
	return XMEM_NO_MFN;
}

__attribute__((__weak__)) bool xmem_boot_give(unsigned long mfn)
{
	(void)mfn;
	return false;
}

__attribute__((__weak__)) bool xmem_boot_ram(unsigned int i,
					     unsigned long *smfn,
					     unsigned long *emfn)
{
	(void)i;
	(void)smfn;
	(void)emfn;
	return false;
}
