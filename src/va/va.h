/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * va.h - allocate ranges of pages in a window: the address engine
 *
 * The engine works on page numbers, 0..nr-1 in a window. It has no lock, no
 * global and no callback. Page 0 is a guard and every area ends with one, so
 * both sides of an area are unmapped. Bits say all that there is to know:
 *
 *  start    a tree; bit p: a segment (free or an area) starts at page p
 *  state    two bits for each page, read only where a segment starts: free,
 *           or the tag (1..3) that the caller gave the area
 *  class c  a tree with one bit for each free segment whose length is in the
 *           class. Class 0 is 2..3 pages, class c < 16 is 4c..4c+3 pages; from
 *           32 to 127 pages a power of two has eight classes, from 128 on one.
 *           Let 2^k be the highest power of two that is not above the shortest
 *           length of the class: bit i stands for page i * 2^k. A segment of
 *           the class contains one or two such pages; the bit of the first is
 *           set. A free segment of one page is in no class, as no area fits.
 *
 * I1  segments cover [1, nr) without overlap; an area has two pages or more,
 *     guard included
 * I2  no two free segments are neighbours
 * I3  a free segment of two pages or more is in the class of its length, and
 *     in no other; class bits stand for nothing else
 * I4  bit c of `classes` is set <=> the tree of class c has a bit set
 * I5  nr_used = pages in areas, guards included; nr_areas = areas
 */
#ifndef VA_VA_H
#define VA_VA_H

#include "lib/bitmap_tree.h"

#define XMEM_VA_NONE (~0UL)

/** Classes of the largest window, of less than 2^47 pages. */
#define XMEM_VA_CLASSES 64U

/** Tags of an area: 1..XMEM_VA_TAGS. A free segment has XMEM_VA_FREE. */
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
 * Take @nr pages and a guard, aligned to @align pages, a power of two, in the
 * address space, where the window begins at page @bias. @tag: 1..3.
 *
 * Return: page in the window; XMEM_VA_NONE if @nr is 0, @align or @tag is
 * bad, or no room was found. Room is always found if there is a free segment
 * in a class above that of @nr + @align pages. Of each lower class, only the
 * first few segments are tried.
 */
unsigned long xmem_va_take(struct xmem_va *va, unsigned long nr,
			   unsigned long align, unsigned long bias,
			   unsigned int tag);

/** Take exactly [@page, @page + @nr) and a guard. Return: 0; -EINVAL if that
 *  is not inside the window or @tag is bad; -EBUSY if a page is in use. */
XMEM_MUST_CHECK int xmem_va_take_at(struct xmem_va *va, unsigned long page,
				    unsigned long nr, unsigned int tag);

/** Give back the area at @page, which has @nr pages, guard excluded. The
 *  caller knows both from xmem_va_retag(). */
void xmem_va_drop(struct xmem_va *va, unsigned long page, unsigned long nr);

/** Pages of the area that starts at @page, guard excluded; 0 if none. */
unsigned long xmem_va_size(const struct xmem_va *va, unsigned long page);

/** Give back the area that starts at @page. 0; -EINVAL if none does. */
XMEM_MUST_CHECK static inline int xmem_va_give(struct xmem_va *va,
					       unsigned long page)
{
	unsigned long nr = xmem_va_size(va, page);

	if (nr == 0) {
		return -XMEM_EINVAL;
	}
	xmem_va_drop(va, page, nr);
	return 0;
}

/** Tag of the area that starts at @page; XMEM_VA_FREE if there is none. */
unsigned int xmem_va_tag(const struct xmem_va *va, unsigned long page);

/** Change the tag of the area that starts at @page from @from to @to. Return:
 *  its pages, guard excluded; 0 if there is no such area or @to is bad. */
XMEM_MUST_CHECK unsigned long xmem_va_retag(struct xmem_va *va,
					    unsigned long page,
					    unsigned int from, unsigned int to);

/** Start of the area that holds @page, as its guard or another page of it; or
 *  XMEM_VA_NONE. */
unsigned long xmem_va_find(const struct xmem_va *va, unsigned long page);

/** NULL, or which invariant is broken (va_check.c). */
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

/** The k of class @class: one bit stands for 2^k pages. */
static inline unsigned int xmem_va_grain(unsigned int class)
{
	if (class < 8) {
		return class == 0 ? 1 : xmem_log2(class) + 2;
	}
	return class < 24 ? class / 8 + 4 : class - 24 + 7;
}

/** The bit of a free segment that starts at @page, in a class whose k is
 *  @grain. */
static inline unsigned long xmem_va_bit(unsigned long page, unsigned int grain)
{
	return (page + (1UL << grain) - 1) >> grain;
}

#endif /* VA_VA_H */
