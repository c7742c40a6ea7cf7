/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pages_exact.c - xenheap pages in any number, not only powers of two
 */
#include "lib/pages_exact.h"

#include "lib/bits.h"

void xmem_free_pages_exact(void *va, unsigned long from, unsigned long to)
{
	while (from < to) {
		unsigned int order =
			xmem_block_order(from | 1UL << MAX_ORDER, to - from);

		free_xenheap_pages((char *)va + (from << PAGE_SHIFT), order);
		from += 1UL << order;
	}
}

void *xmem_alloc_pages_exact(unsigned long nr, unsigned int align_order,
			     unsigned int memflags)
{
	unsigned int order = get_order_from_pages(nr);
	void *va;

	order = order < align_order ? align_order : order;
	va = order <= MAX_ORDER ? alloc_xenheap_pages(order, memflags) : NULL;
	if (va != NULL) {
		xmem_free_pages_exact(va, nr, 1UL << order);
	}
	return va;
}

/* A block of 2^MAX_ORDER pages that is held: the list lies in the blocks. */
struct held {
	struct held *next;
};

#define BLOCK_BYTES (PAGE_SIZE << MAX_ORDER)

static void free_held(struct held *held)
{
	while (held != NULL) {
		struct held *next = held->next;

		free_xenheap_pages(held, MAX_ORDER);
		held = next;
	}
}

/*
 * Blocks are taken until @nr of them are neighbours. The heap prefers high
 * addresses, so each is most often the neighbour below the one before. *@rest:
 * what was taken besides. Return: the lowest of the neighbours, or NULL.
 */
static struct held *take_neighbours(unsigned long nr, struct held **rest)
{
	struct held *lowest = NULL;
	unsigned long row = 0;

	while (row < nr) {
		struct held *new = alloc_xenheap_pages(MAX_ORDER, 0);

		if (new == NULL) {
			*rest = lowest;
			return NULL;
		}
		row = (char *)new + BLOCK_BYTES == (char *)lowest ? row + 1 : 1;
		new->next = lowest;
		lowest = new;
	}
	*rest = lowest;
	for (unsigned long i = 0; i < nr; i++) {
		*rest = (*rest)->next;
	}
	return lowest;
}

void *xmem_alloc_pages_any(unsigned long nr)
{
	unsigned long blocks = ((nr - 1) >> MAX_ORDER) + 1;
	struct held *rest = NULL;
	void *va;

	if (blocks == 1) {
		return xmem_alloc_pages_exact(nr, 0, MEMF_no_scrub);
	}
	va = take_neighbours(blocks, &rest);
	free_held(rest);
	if (va != NULL) {
		xmem_free_pages_exact(va, nr, blocks << MAX_ORDER);
	}
	return va;
}
