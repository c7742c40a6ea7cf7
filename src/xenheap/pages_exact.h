/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pages_exact.h - any number of xenheap pages, not only 2^n
 *
 * xmalloc's only way to pages: xmem_alloc_pages_exact() and
 * xmem_free_pages_exact() of <xmem/hooks.h>. They call only
 * alloc_xenheap_pages() and free_xenheap_pages(), so they also work for an
 * embedder that has these two.
 */
#ifndef XENHEAP_PAGES_EXACT_H
#define XENHEAP_PAGES_EXACT_H

#include <xmem/hooks.h>
#include <xmem/xenheap.h>

#endif /* XENHEAP_PAGES_EXACT_H */
