/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nobodys.h - blocks of nobody's, plain and such as caches hand out, and their
 * free
 */
#ifndef NOBODYS_H
#define NOBODYS_H

#include "fake.h"

#include "page/mark.h"

#define SUPER (1UL << HEAP_SUPER_ORDER)

static int set_up(void **state)
{
	(void)fake_setup(state);
	fake_add(4 * SUPER, 8 * SUPER, false);
	return 0;
}

static void nobody_free(unsigned long mfn, unsigned int order)
{
	struct marked_block block = {
		.pg = mfn_to_page(_mfn(mfn)), .mfn = mfn, .order = order};

	xmem_nobody_free(&block);
}

/* Make the block of @order at @mfn, which is plain, such as a cache hands out.
 */
static void make_live(unsigned long mfn, unsigned int order, unsigned int live)
{
	struct heap_node *node = heap_node_of(mfn);

	heap_node_lock(node);
	assert_int_equal(xmem_heap_describe(node, mfn, order, true), 0);
	heap_node_unlock(node);
	for (unsigned long i = 0; i < 1UL << order; i++) {
		if (live == XMEM_LIVE_FRAME || i == 0) {
			xmem_page_set_live(mfn_to_page(_mfn(mfn + i)), live);
		}
	}
}

#endif /* NOBODYS_H */
