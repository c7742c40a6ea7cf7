/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * node.h - find where a range of frames leaves its NUMA node
 *
 * Used when memory is added, to cut ranges at node borders. The nodes of the
 * first and last frame are not enough: a range may return to a node that it
 * has left (0, 1, 0). So the search goes in the steps of xmem_port_node_end(),
 * each of which crosses at most one border.
 */
#ifndef LIB_NODE_H
#define LIB_NODE_H

#include <xmem/config.h>
#include <xmem/port.h>

/** The first frame that is not on @node. @low is on @node, @high is not, and
 *  one border lies between them. */
static inline unsigned long xmem_node_border(unsigned long low,
					     unsigned long high,
					     unsigned int node)
{
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

/** The first frame after @smfn, at most @emfn, that is not on its node. */
static inline unsigned long xmem_node_end(unsigned long smfn,
					  unsigned long emfn)
{
	unsigned int node = xmem_port_mfn_to_node(smfn);

	while (MAX_NUMNODES > 1 && smfn < emfn &&
	       xmem_port_mfn_to_node(smfn) == node) {
		/* As a distance, since the sum may wrap. */
		unsigned long more = xmem_port_node_end(smfn) - smfn - 1;
		unsigned long last =
			more < emfn - 1 - smfn ? smfn + more : emfn - 1;

		if (xmem_port_mfn_to_node(last) != node) {
			return xmem_node_border(smfn, last, node);
		}
		smfn = last + 1;
	}
	return MAX_NUMNODES > 1 ? smfn : emfn;
}

#endif /* LIB_NODE_H */
