/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * node.h - where a range of frames leaves its NUMA node
 *
 * Asked for memory that enters, once for each node's part of a range. A
 * range may come back to a node it has left (0, 1, 0), so the ends do not
 * tell: it is looked at in the steps that xmem_port_node_end() allows, each
 * of which crosses one border at most. With one node there is nothing to ask.
 */
#ifndef LIB_NODE_H
#define LIB_NODE_H

#include <xmem/config.h>
#include <xmem/port.h>

/** The border that lies between @low, which is on @node, and @high, which is
 *  not: the first frame behind it. */
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

/** First frame behind @smfn, at most @emfn, that is on another node than
 *  @smfn. */
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
