/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * map.h - the hypervisor's page tables, for the folders above
 *
 * <xmem/map.h> is the interface of everyone else.
 */
#ifndef MAP_MAP_H
#define MAP_MAP_H

#include <xmem/map.h>

/**
 * Make the top-level entries of @nr pages from @va on lead to tables, which may
 * be empty. They stay for ever, so that a root table copied later sees all that
 * will be mapped there. Return: 0; -EINVAL, -ENOMEM.
 */
XMEM_MUST_CHECK int xmem_map_link_top(unsigned long va, unsigned long nr);

/** map_pages_to_xen(). */
XMEM_MUST_CHECK int xmem_map_pages(unsigned long virt, mfn_t mfn,
				   unsigned long nr_mfns, unsigned int flags);

/** populate_pt_range(). */
XMEM_MUST_CHECK int xmem_map_populate(unsigned long virt,
				      unsigned long nr_mfns);

#endif /* MAP_MAP_H */
