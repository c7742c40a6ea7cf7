/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guests.h - for programs of this hypervisor: panics that are expected, what is
 * true at any time, and guests that come, balloon and go
 */
#ifndef GUESTS_H
#define GUESTS_H

#include "hyp.h"

#include <xmem/hooks.h>

#include <setjmp.h>
#include <tap.h>

const char *xmem_heap_check(void); /* of <xmem/debug.h> */

/* ---- panics ---- */

static jmp_buf *expected;
static char last_words[200];

void vpanic(const char *fmt, __builtin_va_list args)
{
	vsnprintf(last_words, sizeof(last_words), fmt, args);
	if (expected == NULL) {
		printf("Bail out! %s", last_words);
		exit(1);
	}
	longjmp(*expected, 1);
}

void panic(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vpanic(fmt, args);
}

static int dies(void (*body)(void), const char *words)
{
	jmp_buf here;
	volatile int died = 1;

	expected = &here;
	if (setjmp(here) == 0) {
		body();
		died = 0;
	}
	expected = NULL;
	return died && strstr(last_words, words) != NULL;
}

/* ---- what must be true at any time ---- */

#define NR_GUESTS  4
#define MAX_BLOCKS 64

static struct guest {
	struct domain d;
	struct {
		struct page_info *pg;
		unsigned int order;
	} blocks[MAX_BLOCKS];
} guests[NR_GUESTS];

static int is_zero(unsigned long mfn)
{
	const unsigned char *page = ram + (mfn << PAGE_SHIFT);

	return page[0] == 0 &&
	       memcmp(page, page + 1, (size_t)PAGE_SIZE - 1) == 0;
}

/* The hypervisor's states are the heap's; clean frames hold nothing. */
static int views_agree(void)
{
	for (unsigned long mfn = 0; mfn < NR_FRAMES; mfn++) {
		enum xmem_frame_state now = xmem_heap_frame_state(mfn);
		int is_free =
			now == XMEM_FRAME_CLEAN || now == XMEM_FRAME_DIRTY;

		if (now != XMEM_FRAME_UNKNOWN &&
		    is_free != (page_info[mfn].state == PGS_free)) {
			return 0;
		}
		if (now == XMEM_FRAME_CLEAN && !is_zero(mfn)) {
			return 0;
		}
	}
	return xmem_heap_check() == NULL;
}

static struct xmem_heap_stats sum(void)
{
	struct xmem_heap_stats all;
	struct xmem_heap_stats other;

	xmem_heap_get_stats(0, &all);
	xmem_heap_get_stats(1, &other);
	all.span_pages += other.span_pages;
	all.free_pages += other.free_pages;
	all.dirty_pages += other.dirty_pages;
	return all;
}

static unsigned int seed = 1;

static unsigned int rnd(unsigned int below)
{
	seed = seed * 1103515245U + 12345U;
	return (seed >> 8) % below;
}

/* ---- guests: they come, balloon and go ---- */

/* A guest finds its memory empty, and leaves its secrets there. */
static int populate(struct guest *g, unsigned int at)
{
	unsigned int order = rnd(5);
	int flags = rnd(3) == 0 ? MEMF_node((int)rnd(2)) | MEMF_exact_node : 0;
	int before = g->d.tot_pages;
	struct page_info *pg = alloc_domheap_pages(&g->d, order, flags);
	int good = 1;

	if (pg == NULL) {
		return g->d.tot_pages == before;
	}
	for (int i = 0; i < 1 << order; i++) {
		unsigned long mfn = (unsigned long)(pg + i - page_info);

		good &= is_zero(mfn) && pg[i].owner == &g->d;
		good &= (flags & MEMF_exact_node) == 0 ||
			node_of_frame(mfn) + 1 == (unsigned int)flags >> 8;
		memset(ram + (mfn << PAGE_SHIFT), 0x5e, PAGE_SIZE);
	}
	g->blocks[at].pg = pg;
	g->blocks[at].order = order;
	return good && g->d.tot_pages == before + (1 << order) &&
	       g->d.tot_pages <= g->d.max_pages;
}

static void balloon(struct guest *g, unsigned int at)
{
	struct page_info *pg = g->blocks[at].pg;

	if (pg != NULL && rnd(2) == 0) { /* page by page */
		for (int i = 0; i < 1 << g->blocks[at].order; i++) {
			free_domheap_pages(pg + i, 0);
		}
	} else if (pg != NULL) {
		free_domheap_pages(pg, g->blocks[at].order);
	}
	g->blocks[at].pg = NULL;
}

static void destroy(struct guest *g)
{
	for (unsigned int at = 0; at < MAX_BLOCKS; at++) {
		balloon(g, at);
	}
}

/* Some page, and back: it may be free, in use, or a guest's that dies. */
static unsigned long bad_page;

static void offline_some(void)
{
	unsigned long mfn = 1 + rnd(NR_FRAMES - 1);

	if (bad_page != 0 && page_info[bad_page].state == PGS_offline) {
		online_page(bad_page);
		bad_page = 0;
	} else if (bad_page == 0 && !page_info[mfn].xenheap &&
		   xmem_heap_frame_state(mfn) != XMEM_FRAME_UNKNOWN) {
		(void)offline_page(mfn);
		bad_page = mfn;
	}
}

/* All guests are destroyed, and no page is bad any more. Has none a page? */
static int guests_leave(void)
{
	int good = 1;

	for (unsigned int i = 0; i < NR_GUESTS; i++) {
		destroy(&guests[i]);
		good &= guests[i].d.tot_pages == 0;
	}
	if (bad_page != 0) {
		online_page(bad_page);
		bad_page = 0;
	}
	return good;
}

#endif /* GUESTS_H */
