/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stretch.h - how much is done at a stretch
 *
 * Work that grows with the number of frames or entries is cut: so many
 * between two calls of xmem_port_relax(), or in one lock hold.
 */
#ifndef LIB_STRETCH_H
#define LIB_STRETCH_H

/** A power of two; at least a group of pages with the contiguous hint. */
#ifndef XMEM_STRETCH
#define XMEM_STRETCH 512UL
#endif

/** Of @left, from @at on, what is one stretch: cut at multiples only. */
static inline unsigned long xmem_stretch(unsigned long at, unsigned long left)
{
	return left <= XMEM_STRETCH ? left
				    : XMEM_STRETCH - (at & (XMEM_STRETCH - 1));
}

#endif /* LIB_STRETCH_H */
