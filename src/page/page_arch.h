/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page_arch.h - what an architecture tells about caches, and the defaults
 *
 * Optional. If <arch/page.h> defines ARCH_FLUSH_TO_RAM, since domains may run
 * with their caches off and then see RAM past them, <arch/cache.h> supplies
 *
 *  xmem_arch_clean_page(page)	the page at address @page, which is mapped,
 *				goes from the caches to RAM, and none of it
 *				stays in them. On return this is so for
 *				everything that can read RAM
 *  xmem_arch_forget_code()	the instruction caches of all CPUs forget what
 *				they have
 *
 * By default there is nothing to do.
 */
#ifndef PAGE_PAGE_ARCH_H
#define PAGE_PAGE_ARCH_H

#include <xmem/config.h>

#ifdef ARCH_FLUSH_TO_RAM
#include <arch/cache.h>

#define XMEM_CLEANS_RAM true
#else
#define XMEM_CLEANS_RAM false

static inline void xmem_arch_clean_page(const void *page)
{
	(void)page;
}

static inline void xmem_arch_forget_code(void)
{
}
#endif

#endif /* PAGE_PAGE_ARCH_H */
