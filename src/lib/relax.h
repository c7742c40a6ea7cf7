/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * relax.h - call xmem_port_relax() at times in long loops over frames
 */
#ifndef LIB_RELAX_H
#define LIB_RELAX_H

#include <xmem/config.h>
#include <xmem/lock.h>
#include <xmem/port.h>

/** Frames between two calls, of a loop that reads or writes descriptors (2 MiB
 *  of frames), or all contents of frames (256 KiB: some 10 us of work). */
#define XMEM_RELAX_FRAMES   ((2UL << 20) >> PAGE_SHIFT)
#define XMEM_RELAX_CONTENTS ((256UL << 10) >> PAGE_SHIFT)

/** A loop has done frame @i, counted from 0, and lets others run after every
 *  @batch frames, a power of two. No lock is held, and preemption is as the
 *  caller of the library has it. */
XMEM_UNLOCKED
static inline void xmem_relax_every(unsigned long batch, unsigned long i)
{
	if ((i & (batch - 1)) == batch - 1) {
		xmem_port_relax();
	}
}

/** The same for a loop over descriptors. */
XMEM_UNLOCKED
static inline void xmem_relax_after(unsigned long i)
{
	xmem_relax_every(XMEM_RELAX_FRAMES, i);
}

#endif /* LIB_RELAX_H */
