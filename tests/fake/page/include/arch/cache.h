/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cache.h - caches of the fake machine: a test sees what is cleaned
 *
 * Included where a test defines ARCH_FLUSH_TO_RAM.
 */
#ifndef ARCH_CACHE_H
#define ARCH_CACHE_H

void xmem_arch_clean_page(const void *page);
void xmem_arch_forget_code(void);

#endif /* ARCH_CACHE_H */
