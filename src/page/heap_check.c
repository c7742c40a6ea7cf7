/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * heap_check.c - the validator of the heap: I1 to I4 of page_priv.h
 */
#include <xmem/debug.h>

#include "page/page_priv.h"

/* Free frames of @part in zone @zone. */
static unsigned long free_in_zone(const struct heap_part *part,
				  unsigned int zone)
{
	unsigned long lo = 1UL << zone;
	unsigned long nr = 0;

	for (unsigned int a = 0; a < part->nr_arenas; a++) {
		const struct xmem_buddy *b = &part->arena[a]->buddy;

		if (b->end > lo && b->start <= lo + (lo - 1)) {
			nr += xmem_buddy_count_free(b, lo, lo + (lo - 1));
			nr += xmem_buddy_is_free(b, lo + (lo - 1), NULL);
		}
	}
	return nr;
}

static const char *check_counts(const struct heap_part *part)
{
	unsigned long nr = 0;

	for (unsigned int zone = 0; zone < HEAP_NR_ZONES; zone++) {
		if (part->zone_free[zone] != free_in_zone(part, zone)) {
			return "heap I4: zone_free is not the number of free "
			       "frames";
		}
		nr += part->zone_free[zone];
	}
	return nr == part->nr_free ? NULL
				   : "heap I4: nr_free is not the sum of zones";
}

static const char *check_masks(const struct heap_part *part)
{
	for (unsigned int k = 0; k <= MAX_ORDER; k++) {
		uint64_t with = 0;

		for (unsigned int a = 0; a < part->nr_arenas; a++) {
			with |= (uint64_t)(part->arena[a]->buddy.orders >> k &
					   1)
				<< a;
		}
		if (with != part->with[k]) {
			return "heap I2: `with` does not match the arenas";
		}
		if ((part->orders >> k & 1) != (with != 0)) {
			return "heap I3: `orders` does not match `with`";
		}
	}
	return NULL;
}

static const char *check_part(const struct heap_part *part)
{
	const char *broken = NULL;

	for (unsigned int a = 0; a < part->nr_arenas && broken == NULL; a++) {
		const struct xmem_buddy *b = &part->arena[a]->buddy;

		if (a > 0 && part->arena[a - 1]->buddy.end > b->start) {
			return "heap I1: arenas overlap or are out of order";
		}
		broken = xmem_buddy_check(b);
	}
	if (broken == NULL) {
		broken = check_masks(part);
	}
	return broken == NULL ? check_counts(part) : broken;
}

XMEM_API_PAGES const char *xmem_heap_check(void)
{
	const char *broken = NULL;

	for (unsigned int n = 0; n < MAX_NUMNODES && broken == NULL; n++) {
		struct heap_node *node = &xmem_heap_nodes[n];

		xmem_port_lock(&node->lock);
		for (unsigned int p = 0; p < NR_PARTS && broken == NULL; p++) {
			broken = check_part(&node->part[p]);
		}
		xmem_port_unlock(&node->lock);
	}
	return broken;
}
