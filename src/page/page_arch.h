/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page_arch.h - how an architecture cleans its caches; the default does nothing
 *
 * A domain that runs with its caches off reads RAM itself. An architecture
 * where that can happen defines ARCH_FLUSH_TO_RAM in <arch/page.h> and
 * supplies in <arch/cache.h>
 *
 *  xmem_arch_clean_page(page)	write the page at address @page, which is
 *				mapped, from the caches to RAM and drop it
 *				from them. Done, for everything that can read
 *				RAM, when the function returns
 *  xmem_arch_forget_code()	invalidate the instruction caches of all CPUs
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
