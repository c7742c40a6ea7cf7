/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * relax.h - work on many frames lets the rest of the system go on
 */
#ifndef LIB_RELAX_H
#define LIB_RELAX_H

#include <xmem/config.h>
#include <xmem/port.h>

/** Frames that a loop without a lock may go through in one go: 2 MiB. */
#define XMEM_RELAX_FRAMES ((2UL << 20) >> PAGE_SHIFT)

/** Frame @i, from 0 on, of a loop over frames is done; no lock is held. */
static inline void xmem_relax_after(unsigned long i)
{
	if ((i & (XMEM_RELAX_FRAMES - 1)) == XMEM_RELAX_FRAMES - 1) {
		xmem_port_relax();
	}
}

#endif /* LIB_RELAX_H */
