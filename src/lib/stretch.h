/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stretch.h - cut long work into stretches
 *
 * A stretch is how many frames or entries are done in one lock hold, or
 * between two calls of xmem_port_relax().
 */
#ifndef LIB_STRETCH_H
#define LIB_STRETCH_H

/** A power of two, and not less than the pages of one contiguous hint. */
#ifndef XMEM_STRETCH
#define XMEM_STRETCH 512UL
#endif

/** The length of the next stretch, where @left are left from @at on. Stretches
 *  end at multiples of XMEM_STRETCH. */
static inline unsigned long xmem_stretch(unsigned long at, unsigned long left)
{
	return left <= XMEM_STRETCH ? left
				    : XMEM_STRETCH - (at & (XMEM_STRETCH - 1));
}

#endif /* LIB_STRETCH_H */
