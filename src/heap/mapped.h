/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mapped.h - is memory in the direct map?
 *
 * Apart from heap.h, which needs no <arch/layout.h>.
 */
#ifndef HEAP_MAPPED_H
#define HEAP_MAPPED_H

#include <xmem/frames.h>

/** Are all frames of [@smfn, @smfn + @nr) in the direct map? */
static inline bool heap_is_mapped(unsigned long smfn, unsigned long nr)
{
	return xmem_arch_mfn_mapped(smfn) &&
	       xmem_arch_mfn_mapped(smfn + nr - 1);
}

#endif /* HEAP_MAPPED_H */
