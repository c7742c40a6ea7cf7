/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * va.h - ranges of pages in a window of addresses: the address engine
 *
 * Manages page numbers 0..nr-1 of a window; page 0 is a guard and every area
 * ends with one, so both sides of an area are unmapped. No lock, no global,
 * no callback, no links: who is where is said by bits alone.
 *
 *  start    tree, bit p: a segment (free or area) starts at page p
 *  state    two bits a page, read only where a segment starts: free, or the
 *           tag (1..3) that the caller gave the area
 *  class c  tree: the free segments with a length of this class, found by
 *           one bit each. Class 0 is 2..3 pages, class c < 16 is 4c..4c+3;
 *           from 32 to 127 pages a power of two has eight classes, from 128
 *           on one. With 2^k the highest power of two not above the shortest
 *           length of the class, bit i stands for page i * 2^k: a segment of
 *           the class holds one or two such pages, and the first is the one
 *           that is set. A free segment of one page is in no class: no area
 *           fits in it.
 *
 * I1  segments tile [1, nr); an area has two pages or more, guard included
 * I2  no two free segments are neighbours
 * I3  a free segment of two pages or more is in the class of its length, and
 *     in no other; class bits stand for nothing else
 * I4  bit c of `classes` is set <=> the tree of class c has a bit
 * I5  nr_used = pages in areas, guards included; nr_areas = areas
 */
#ifndef VA_VA_H
#define VA_VA_H

#include "lib/bitmap_tree.h"

#define XMEM_VA_NONE (~0UL)

/** Classes of the largest window, of less than 2^47 pages. */
#define XMEM_VA_CLASSES 64U

/** Tags of an area: 1..XMEM_VA_TAGS; 0 is what a free segment has. */
#define XMEM_VA_FREE 0U
#define XMEM_VA_TAGS 3U

struct xmem_va {
	unsigned long nr; /* pages of the window */
	unsigned long nr_used;
	unsigned long nr_areas;
	uint64_t classes; /* bit c: class c is not empty */
	struct xmem_bitmap_tree start;
	struct xmem_bitmap_tree *class; /* in the metadata */
	uint8_t *state;			/* pages 4i..4i+3 in byte i */
};

/** Bytes of metadata for a window of @nr pages; 8-aligned. */
unsigned long xmem_va_bytes(unsigned long nr);

/** Set up an empty window of @nr >= 3 pages. @mem may hold anything. */
void xmem_va_init(struct xmem_va *va, unsigned long nr, void *mem);

/**
 * Take @nr pages and a guard, aligned to @align pages (a power of two) where
 * the window begins at page number @bias of the address space; @tag is 1..3.
 *
 * Return: page in the window; XMEM_VA_NONE if @nr is 0, @align or @tag is
 * bad, or no room was found. Room is always found where a free segment is in
 * a class above that of @nr + @align pages, in others as far as a bounded
 * number of probes reaches.
 */
unsigned long xmem_va_take(struct xmem_va *va, unsigned long nr,
			   unsigned long align, unsigned long bias,
			   unsigned int tag);

/** Take exactly [@page, @page + @nr) plus guard. 0, -EINVAL, -EBUSY. */
XMEM_MUST_CHECK int xmem_va_take_at(struct xmem_va *va, unsigned long page,
				    unsigned long nr, unsigned int tag);

/** Give back the area at @page, which is there and has @nr pages, guard
 *  excluded: xmem_va_retag() has told whoever claimed it. */
void xmem_va_drop(struct xmem_va *va, unsigned long page, unsigned long nr);

/** Pages of the area that starts at @page, guard excluded; 0 if none. */
unsigned long xmem_va_size(const struct xmem_va *va, unsigned long page);

/** Give back the area that starts at @page. 0; -EINVAL if none does. */
XMEM_MUST_CHECK static inline int xmem_va_give(struct xmem_va *va,
					       unsigned long page)
{
	unsigned long nr = xmem_va_size(va, page);

	if (nr == 0) {
		return -EINVAL;
	}
	xmem_va_drop(va, page, nr);
	return 0;
}

/** Tag of the area that starts at @page; XMEM_VA_FREE if none does. */
unsigned int xmem_va_tag(const struct xmem_va *va, unsigned long page);

/** If an area with tag @from starts at @page its tag becomes @to.
 *  Return: its pages, guard excluded; 0 if there is none or @to is bad. */
XMEM_MUST_CHECK unsigned long xmem_va_retag(struct xmem_va *va,
					    unsigned long page,
					    unsigned int from, unsigned int to);

/** Start of the area that holds @page, its guard included; or
 *  XMEM_VA_NONE. */
unsigned long xmem_va_find(const struct xmem_va *va, unsigned long page);

/** NULL, or the invariant broken (va_check.c). */
XMEM_MUST_CHECK const char *xmem_va_check(const struct xmem_va *va);

/** Class of the free segments of @length >= 2 pages. */
static inline unsigned int xmem_va_class(unsigned long length)
{
	unsigned int k = xmem_log2(length);

	if (k < 5) {
		return (unsigned int)(length >> 2);
	}
	if (k < 7) {
		return (k - 5) * 8 + (unsigned int)(length >> (k - 3));
	}
	return 24 + k - 7;
}

/** The k of class @class: its bits are 2^k pages apart. */
static inline unsigned int xmem_va_grain(unsigned int class)
{
	if (class < 8) {
		return class == 0 ? 1 : xmem_log2(class) + 2;
	}
	return class < 24 ? class / 8 + 4 : class - 24 + 7;
}

/** The bit of a free segment that starts at @page in a class of @grain. */
static inline unsigned long xmem_va_bit(unsigned long page, unsigned int grain)
{
	return (page + (1UL << grain) - 1) >> grain;
}

#endif /* VA_VA_H */
