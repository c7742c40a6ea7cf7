/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * admin.h - set up the heap and inspect it
 *
 * All functions: any CPU, normal context, no lock of the library held.
 */
#ifndef XMEM_ADMIN_H
#define XMEM_ADMIN_H

#include <xmem/config.h>
#include <xmem/hooks.h>
#include <xmem/types.h>

/**
 * heap_init_late - check the set-up and print a summary.
 *
 * Call it once, after end_boot_allocator(), when all memory is in the heap and
 * all CPUs are known; panics if called too early or twice. Checks that the
 * layout fits the memory that the heap was given.
 */
void heap_init_late(void);

/**
 * xmem_xenheap_limit - the frame below which xenheap memory must lie.
 *
 * Return: ~0UL in the full layout; the frame of xenheap_max_mfn() + 1 in the
 * partial one; 0 in the separate one, where only the ranges given to
 * init_xenheap_pages() are xenheap.
 */
unsigned long xmem_xenheap_limit(void);

#endif /* XMEM_ADMIN_H */
