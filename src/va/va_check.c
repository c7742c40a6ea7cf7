/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * va_check.c - check the invariants of the address engine
 *
 * Walks over the segments from page 1 on, checks that the class bit of each
 * free one is set, and counts. If as many class bits are set as were found,
 * then I3 holds without a second walk. Cost: proportional to segments. Changes
 * and prints nothing.
 */
#include "va/va.h"

/* What the walk has counted so far. */
struct census {
	unsigned long used;
	unsigned long areas;
	unsigned long classed; /* free segments of two pages or more */
	bool after_free;       /* the last segment was free */
};

static unsigned int state_at(const struct xmem_va *va, unsigned long page)
{
	unsigned int byte = va->state[page >> 2];

	return (byte >> ((page & 3) * 2)) & 3U;
}

static const char *check_free(const struct xmem_va *va, unsigned long start,
			      unsigned long length, struct census *census)
{
	unsigned int class;

	if (census->after_free) {
		return "va: two free segments are neighbours";
	}
	census->after_free = true;
	if (length < 2) {
		return NULL;
	}
	census->classed++;
	class = xmem_va_class(length);
	if (!xmem_bitmap_tree_test(&va->class[class],
				   xmem_va_bit(start, xmem_va_grain(class)))) {
		return "va: a free segment is not in the class of its length";
	}
	return NULL;
}

static const char *check_segment(const struct xmem_va *va, unsigned long start,
				 unsigned long length, struct census *census)
{
	if (state_at(va, start) == XMEM_VA_FREE) {
		return check_free(va, start, length, census);
	}
	census->after_free = false;
	census->used += length;
	census->areas++;
	return length < 2 ? "va: an area has no room for its guard" : NULL;
}

static const char *check_segments(const struct xmem_va *va,
				  struct census *census)
{
	unsigned long page = xmem_bitmap_tree_first(&va->start, 0);
	const char *broken = NULL;
	unsigned long next;

	if (page != 1) {
		return "va: the first segment does not start at page 1";
	}
	while (page < va->nr && broken == NULL) {
		next = xmem_bitmap_tree_first(&va->start, page + 1);
		next = next == XMEM_NO_BIT ? va->nr : next;
		broken = check_segment(va, page, next - page, census);
		page = next;
	}
	return broken;
}

static unsigned long count_bits(const struct xmem_bitmap_tree *tree)
{
	unsigned long bit = xmem_bitmap_tree_first(tree, 0);
	unsigned long nr = 0;

	while (bit != XMEM_NO_BIT) {
		nr++;
		bit = xmem_bitmap_tree_first(tree, bit + 1);
	}
	return nr;
}

/* I3 and I4: the trees, the number of class bits, the mask of classes. */
static const char *check_classes(const struct xmem_va *va,
				 unsigned long classed)
{
	unsigned long bits = 0;
	uint64_t mask = 0;
	const char *broken;
	unsigned long nr;

	for (unsigned int c = 0; c <= xmem_va_class(va->nr - 1); c++) {
		broken = xmem_bitmap_tree_check(&va->class[c]);
		if (broken != NULL) {
			return broken;
		}
		nr = count_bits(&va->class[c]);
		mask |= (uint64_t)(nr != 0) << c;
		bits += nr;
	}
	if (bits != classed) {
		return "va: a class holds a bit of no free segment";
	}
	return mask != va->classes ? "va: the mask of classes is wrong" : NULL;
}

const char *xmem_va_check(const struct xmem_va *va)
{
	struct census census = {0, 0, 0, false};
	const char *broken = xmem_bitmap_tree_check(&va->start);

	if (broken == NULL) {
		broken = check_segments(va, &census);
	}
	if (broken == NULL) {
		broken = check_classes(va, census.classed);
	}
	if (broken == NULL && census.used != va->nr_used) {
		broken = "va: the count of used pages is wrong";
	}
	if (broken == NULL && census.areas != va->nr_areas) {
		broken = "va: the count of areas is wrong";
	}
	return broken;
}
