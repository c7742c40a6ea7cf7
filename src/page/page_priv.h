/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page_priv.h - nodes and arenas: the state of the heap, for this folder
 *
 * node   a NUMA node; has the lock
 * part   the arenas of a node that serve one heap: [PART_DOM] and, in the
 *        separate layout, [PART_XEN]
 * arena  a contiguous span with its own buddy engine; blocks never merge
 *        across arenas
 * zone   frames whose number has the same highest bit: [2^z, 2^(z+1)). No
 *        block straddles a zone, since frame 0 is never in the heap.
 *
 * I1  arena[0..nr_arenas) ascends by address, spans are disjoint
 * I2  bit a of with[k]  <=>  arena a has a free block of order k
 * I3  bit k of orders   <=>  with[k] != 0
 * I4  zone_free[z] = free frames of the part in zone z; nr_free = their sum
 *
 * Lock letters: (H) lock of the node; (C) constant once set.
 */
#ifndef PAGE_PRIV_H
#define PAGE_PRIV_H

#include <xmem/admin.h>
#include <xmem/pages.h>
#include <xmem/port.h>

#include "lib/assert.h"
#include "page/buddy.h"
#include "page/heap.h"

#define HEAP_NR_ZONES (sizeof(unsigned long) * 8)

enum { PART_DOM, PART_XEN, NR_PARTS };

struct heap_arena {
	struct xmem_buddy buddy;  /* (H) */
	unsigned long meta_bytes; /* (C) */
};

struct heap_part {
	unsigned int nr_arenas;				  /* (H) */
	unsigned int orders;				  /* (H) */
	unsigned long nr_free;				  /* (H) */
	uint64_t with[MAX_ORDER + 1];			  /* (H) */
	unsigned long zone_free[HEAP_NR_ZONES];		  /* (H) */
	struct heap_arena *arena[XMEM_CONFIG_MAX_ARENAS]; /* (H) */
};

struct heap_node {
	xmem_lock_t lock;
	struct heap_part part[NR_PARTS]; /* (H) */
};

/* The nodes (heap.c). */
XMEM_HIDDEN extern struct heap_node xmem_heap_nodes[MAX_NUMNODES];

/** Arena of @part that holds frame @mfn: its index, or ~0U. Lock held. */
unsigned int xmem_heap_find_arena(const struct heap_part *part,
				  unsigned long mfn);

/** Arena @a has, or has no more, blocks of the orders @changed: I2, I3. */
void xmem_heap_sync_orders(struct heap_part *part, unsigned int a,
			   unsigned int changed);

/** The engine of arena @a has changed: bring I2 and I3 up to date. */
static inline void heap_sync_arena(struct heap_part *part, unsigned int a,
				   unsigned int orders_before)
{
	unsigned int changed = orders_before ^ part->arena[a]->buddy.orders;

	if (changed != 0) {
		xmem_heap_sync_orders(part, a, changed);
	}
}

/** Node that frame @mfn belongs to. */
static inline struct heap_node *heap_node_of(unsigned long mfn)
{
	return &xmem_heap_nodes[xmem_port_mfn_to_node(mfn)];
}

#endif /* PAGE_PRIV_H */
