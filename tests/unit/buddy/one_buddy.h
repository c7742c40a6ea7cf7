/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * one_buddy.h - the buddy that a unit test plays with
 */
#ifndef ONE_BUDDY_H
#define ONE_BUDDY_H

#include "buddy/buddy.h"
#include "test.h"

static struct xmem_buddy buddy;

/** Let it have frames [@start, @start + @nr), all used. */
static void make_buddy(unsigned long start, unsigned long nr)
{
	static void *meta;
	unsigned long bytes = xmem_buddy_bytes(start, start + nr, MAX_ORDER);

	free(meta);
	meta = malloc(bytes);
	memset(meta, 0xa5, bytes);
	xmem_buddy_init(&buddy, start, start + nr, MAX_ORDER, meta);
}

static inline void give_block(unsigned long mfn, unsigned int order, bool dirty)
{
	assert_int_equal(xmem_buddy_give(&buddy, mfn, order, false, dirty), 0);
}

#endif /* ONE_BUDDY_H */
