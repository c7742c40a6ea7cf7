/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * va_oracle.h - the address engine as a plain array of pages
 *
 * owner[p] is the first page of the area that holds page p, its guard
 * included, or 0. All answers come from walking the array. The classes of
 * lengths are stated anew, by their bounds, and so is the rule of placement:
 * lowest class first, in it the four lowest segments, in that the lowest
 * aligned page.
 */
#ifndef VA_ORACLE_H
#define VA_ORACLE_H

#include "test.h"
#include "va/va.h"

#define ORACLE_PROBES 4

struct oracle {
	unsigned long nr;
	unsigned int *owner;
	unsigned char *tag; /* at the first page of an area */
};

static void oracle_init(struct oracle *o, unsigned long nr)
{
	o->nr = nr;
	o->owner = calloc(nr, sizeof(*o->owner));
	o->tag = calloc(nr, 1);
}

static void oracle_fini(struct oracle *o)
{
	free(o->owner);
	free(o->tag);
}

static unsigned int oracle_class(unsigned long length)
{
	unsigned long bound = 4;
	unsigned int class = 0;

	while (length >= bound) {
		bound += bound < 64 ? 4 : bound < 128 ? 8 : bound;
		class ++;
	}
	return class;
}

/* Page behind the free run, or the area, that page is in. */
static unsigned long oracle_end(const struct oracle *o, unsigned long page)
{
	unsigned long end = page + 1;

	while (end < o->nr && o->owner[end] == o->owner[page]) {
		end++;
	}
	return end;
}

/* Where nr pages must go, or XMEM_VA_NONE. */
static unsigned long oracle_place(const struct oracle *o, unsigned long nr,
				  unsigned long align, unsigned long bias)
{
	unsigned int tried[XMEM_VA_CLASSES] = {0};
	unsigned int best_class = XMEM_VA_CLASSES;
	unsigned long best = XMEM_VA_NONE;

	for (unsigned long s = 1, e; s < o->nr; s = e) {
		unsigned int class;
		unsigned long at = s;

		e = oracle_end(o, s);
		class = oracle_class(e - s);
		if (o->owner[s] != 0 || e - s < 2 || class >= best_class ||
		    class < oracle_class(nr + 1) ||
		    tried[class]++ >= ORACLE_PROBES) {
			continue;
		}
		while (at < e && (at + bias) % align != 0) {
			at++;
		}
		if (e - at >= nr + 1) {
			best = at;
			best_class = class;
		}
	}
	return best;
}

static int oracle_is_free(const struct oracle *o, unsigned long page,
			  unsigned long nr)
{
	for (unsigned long i = page; i < page + nr; i++) {
		if (i == 0 || i >= o->nr || o->owner[i] != 0) {
			return 0;
		}
	}
	return 1;
}

/* nr pages and the guard. */
static void oracle_take(struct oracle *o, unsigned long page, unsigned long nr,
			unsigned int tag)
{
	for (unsigned long i = page; i <= page + nr; i++) {
		o->owner[i] = (unsigned int)page;
	}
	o->tag[page] = (unsigned char)tag;
}

static int oracle_is_area(const struct oracle *o, unsigned long page)
{
	return page > 0 && page < o->nr && o->owner[page] == page;
}

static void oracle_give(struct oracle *o, unsigned long page)
{
	unsigned long end = oracle_end(o, page);

	for (unsigned long i = page; i < end; i++) {
		o->owner[i] = 0;
	}
}

/* What the engine says about one page. */
static void oracle_compare_page(const struct oracle *o,
				const struct xmem_va *va, unsigned long page)
{
	unsigned int owner = page < o->nr ? o->owner[page] : 0;
	int area = oracle_is_area(o, page);

	assert_int_equal(xmem_va_find(va, page),
			 owner != 0 ? owner : XMEM_VA_NONE);
	assert_int_equal(xmem_va_tag(va, page), area ? o->tag[page] : 0);
	assert_int_equal(xmem_va_size(va, page),
			 area ? oracle_end(o, page) - page - 1 : 0);
}

static void oracle_compare(const struct oracle *o, const struct xmem_va *va)
{
	unsigned long used = 0;
	unsigned long areas = 0;

	ASSERT_VALID(xmem_va_check(va));
	for (unsigned long p = 0; p <= o->nr; p++) {
		oracle_compare_page(o, va, p);
		used += p < o->nr && o->owner[p] != 0;
		areas += (unsigned long)oracle_is_area(o, p);
	}
	assert_int_equal(used, va->nr_used);
	assert_int_equal(areas, va->nr_areas);
}

#endif /* VA_ORACLE_H */
