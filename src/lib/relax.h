/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * relax.h - call xmem_port_relax() at times in long loops over frames
 */
#ifndef LIB_RELAX_H
#define LIB_RELAX_H

#include <xmem/config.h>
#include <xmem/port.h>

/** Frames between two calls: 2 MiB. */
#define XMEM_RELAX_FRAMES ((2UL << 20) >> PAGE_SHIFT)

/** A loop over frames has done frame @i, counted from 0. No lock is held. */
static inline void xmem_relax_after(unsigned long i)
{
	if ((i & (XMEM_RELAX_FRAMES - 1)) == XMEM_RELAX_FRAMES - 1) {
		xmem_port_relax();
	}
}

#endif /* LIB_RELAX_H */
