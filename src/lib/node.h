/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * node.h - where a range of frames leaves its NUMA node
 */
#ifndef LIB_NODE_H
#define LIB_NODE_H

#include <xmem/port.h>

/** First frame behind @smfn, at most @emfn, that is on another node than
 *  @smfn. By bisection: a range crosses from one node to the next once. */
static inline unsigned long xmem_node_end(unsigned long smfn,
					  unsigned long emfn)
{
	unsigned int node = xmem_port_mfn_to_node(smfn);
	unsigned long low = smfn;
	unsigned long high = emfn;

	if (xmem_port_mfn_to_node(emfn - 1) == node) {
		return emfn;
	}
	while (high - low > 1) {
		unsigned long mid = low + (high - low) / 2;

		if (xmem_port_mfn_to_node(mid) == node) {
			low = mid;
		} else {
			high = mid;
		}
	}
	return high;
}

#endif /* LIB_NODE_H */
