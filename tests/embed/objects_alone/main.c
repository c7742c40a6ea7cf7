/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - xmalloc over an embedder's own page allocator (E6: objects)
 *
 * Pages come from four functions below; nothing else of the library is
 * linked, as the list of sources shows. tests/embed/archive.sh links the
 * same program with an archive and looks at what was pulled in. There is no
 * <arch/layout.h>, since this kernel's addresses are its own business.
 *
 * once: full_host has the same layers
 * include: tests/embed/objects_alone tests/embed/common
 * link: tests/embed/common/console.c
 * link: src/malloc/xmalloc*.c src/tlsf/ src/pool/
 * link: src/xenheap/pages_exact.c
 * flags: -O0
 */
#include <xmem/debug.h>
#include <xmem/hooks.h>
#include <xmem/xenheap.h>
#include <xmem/xmalloc.h>

#include <tap.h>

/* archive.sh also links it without: a checker is linked only if called. */
#ifdef WITHOUT_CHECKS
#define CHECK() NULL
#else
#define CHECK() xmem_xmalloc_check()
#endif

/* ---- the embedder's page allocator: first fit, a byte a page ---- */

#define NR_PAGES 256
static unsigned char *pages;
static unsigned char used[NR_PAGES];
static unsigned long tags[NR_PAGES];
static unsigned long nr_used;
static unsigned long nr_freed_with_tag; /* it must be taken away before */

static long page_of(const void *va)
{
	long i = ((const unsigned char *)va - pages) / (long)PAGE_SIZE;

	return va < (void *)pages || i >= NR_PAGES ? -1 : i;
}

static int is_free(unsigned long at, unsigned long nr)
{
	for (unsigned long i = at; i < at + nr; i++) {
		if (used[i]) {
			return 0;
		}
	}
	return 1;
}

void *alloc_xenheap_pages(unsigned int order, unsigned int memflags)
{
	unsigned long nr = 1UL << order;

	(void)memflags;
	for (unsigned long at = 0; order <= 8 && at < NR_PAGES; at += nr) {
		if (is_free(at, nr)) {
			memset(used + at, 1, nr);
			nr_used += nr;
			return pages + at * PAGE_SIZE;
		}
	}
	return NULL;
}

void free_xenheap_pages(void *va, unsigned int order)
{
	unsigned long nr = 1UL << order;

	for (unsigned long i = 0; va != NULL && i < nr; i++) {
		nr_freed_with_tag +=
			tags[page_of(va) + (long)i] != XMEM_TAG_NONE;
		used[page_of(va) + (long)i] = 0;
		nr_used--;
	}
}

#ifdef OWN_EXACT
/* This embedder has any number of pages itself: archive.sh. */
void *xmem_alloc_pages_exact(unsigned long nr, unsigned int align_order,
			     unsigned int memflags)
{
	unsigned long at = 0;

	(void)memflags;
	while (at + nr <= NR_PAGES && !is_free(at, nr)) {
		at += 1UL << align_order;
	}
	if (at + nr > NR_PAGES) {
		return NULL;
	}
	memset(used + at, 1, nr);
	memset(tags + at, 0, nr * sizeof(tags[0]));
	nr_used += nr;
	return pages + at * PAGE_SIZE;
}

void xmem_free_pages_exact(void *va, unsigned long nr)
{
	memset(used + page_of(va), 0, nr);
	nr_used -= nr;
}
#endif

unsigned long xmem_xenheap_tag(const void *va)
{
	long i = page_of(va);

	return i >= 0 && used[i] ? tags[i] : XMEM_TAG_NONE;
}

void xmem_xenheap_set_tag(void *va, unsigned long tag)
{
	tags[page_of(va)] = tag;
}

/* Allocate, write, free: sizes around all borders, out of order. */
static int churn(void)
{
	static unsigned char *live[64];
	static unsigned long sizes[64];
	unsigned long long seed = 1;

	for (unsigned int i = 0; i < 20000; i++) {
		unsigned int at = i * 7 % 64;

		for (unsigned long k = 0; k < sizes[at]; k++) {
			if (live[at][k] != (unsigned char)at) {
				return 0;
			}
		}
		xfree(live[at]);
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		sizes[at] = (seed >> 33) % (i % 50 ? 500 : 3 * PAGE_SIZE);
		live[at] = _xmalloc(sizes[at], 1UL << (seed >> 60) % 8);
		if (live[at] == NULL) {
			return 0;
		}
		if (sizes[at] != 0) {
			memset(live[at], (int)at, sizes[at]);
		}
	}
	for (unsigned int at = 0; at < 64; at++) {
		xfree(live[at]);
	}
	return 1;
}

int main(void)
{
	unsigned char *big;

	pages = aligned_alloc(NR_PAGES * PAGE_SIZE, NR_PAGES * PAGE_SIZE);
	tap(pages != NULL, "the embedder has pages");
	tap(churn(), "objects of all sizes live and die");
	tap(CHECK() == NULL, "the pools are sound");
	big = _xmalloc(3 * PAGE_SIZE + 1, 16);
	tap((unsigned long)big % PAGE_SIZE == 0, "large objects are pages");
	xmem_xmalloc_trim();
	tap(nr_used - 4 == xmem_xmalloc_total() / PAGE_SIZE,
	    "and exactly as many as needed");
	xfree(big);
	xmem_xmalloc_trim();
	tap(xmem_xmalloc_used() == 0, "no object is left");
	tap(nr_freed_with_tag == 0, "every page was freed without a tag");
	tap(nr_used <= 2, "the pages are the embedder's again");
	free(pages);
	return tap_end();
}
