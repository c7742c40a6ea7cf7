/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - a hypervisor with page accounting of its own, on the lowest door
 *
 * page_alloc.c keeps state, references, owner and quota of every page in its
 * own descriptors, scrubs what is dirty, also while idle, and keeps offline
 * pages. The library has no descriptor, no frame table, no <arch/layout.h> and
 * no boot allocator: blocks of frames (src/heap/block.c), and objects, whose
 * pages are the hypervisor's. All that is there for xmem is glue.c, which sees
 * both sides, xmem_port.h with renamed.h, arch/page.h, and the
 * lines of page_alloc.c that name xmem; tests/embed/archive.sh counts them.
 *
 * include: tests/embed/own_accounting tests/embed/common
 * link: tests/embed/own_accounting/glue.c
 * link: tests/embed/own_accounting/page_alloc.c
 * link: src/heap/block.c src/heap/heap.c src/heap/arena.c src/heap/span.c
 * link: src/heap/inspect.c src/heap/state.c src/heap/heap_check.c src/buddy/
 * link: src/lib/bitmap_tree.c src/lib/bitmap_tree_check.c
 * link: src/malloc/xmalloc*.c src/pool/ src/tlsf/
 */
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

static int live(unsigned int steps)
{
	void *objects[32] = {NULL};
	int good = 1;

	for (unsigned int i = 0; i < steps && good; i++) {
		struct guest *g = &guests[rnd(NR_GUESTS)];
		unsigned int at = rnd(MAX_BLOCKS);

		if (rnd(100) == 0) {
			destroy(g);
		} else if (g->blocks[at].pg != NULL) {
			balloon(g, at);
		} else {
			good &= populate(g, at);
		}
		if (rnd(20) == 0) {
			offline_some();
		}
		xfree(objects[at % 32]);
		objects[at % 32] = _xmalloc(1 + rnd(9000), 8);
		if (rnd(3) == 0) {
			scrub_idle();
		}
		good &= i % 100 != 0 || views_agree();
	}
	for (unsigned int i = 0; i < 32; i++) {
		xfree(objects[i]);
	}
	for (unsigned int i = 0; i < NR_GUESTS; i++) {
		destroy(&guests[i]);
		good &= guests[i].d.tot_pages == 0;
	}
	if (bad_page != 0) {
		online_page(bad_page);
		bad_page = 0;
	}
	return good && views_agree();
}

static int dma(void)
{
	struct page_info *pg = alloc_domheap_pages(NULL, 3, MEMF_dma);
	int good = pg != NULL && (unsigned long)(pg - page_info) < DMA_FRAMES;

	free_domheap_pages(pg, 3);
	return good && alloc_domheap_pages(NULL, 9, MEMF_dma) == NULL;
}

/* ---- misuse: the hypervisor's own words ---- */

static struct page_info *victim;

static void frees_twice(void)
{
	free_domheap_pages(victim, 0);
	free_domheap_pages(victim, 0);
}

static void frees_what_a_wild_write_has_changed(void)
{
	victim->state = PGS_inuse;
	free_domheap_pages(victim, 0);
}

static void frees_no_ram(void)
{
	page_info[0].state = PGS_inuse;
	free_domheap_pages(&page_info[0], 0);
}

int main(void)
{
	const unsigned long half = NR_FRAMES / 2;
	unsigned long all;

	ram = aligned_alloc(PAGE_SIZE, NR_FRAMES << PAGE_SHIFT);
	memset(ram, 0xa5, NR_FRAMES << PAGE_SHIFT);
	for (unsigned int i = 0; i < NR_GUESTS; i++) {
		guests[i].d.name = "a guest";
		guests[i].d.max_pages = 200;
	}
	tap(alloc_domheap_pages(NULL, 0, 0) == NULL, "no memory, no page");
	add_memory(1, half, 0);
	add_memory(half, half + 512, 1);
	all = sum().free_pages;
	tap(all > half + 500 && views_agree(), "the memory is in the heap");
	tap(live(4000), "guests come, balloon and go; pages go offline");
	tap(objects_in_use == 0, "the hypervisor's own xmalloc has counted");
	add_memory(half + 512, NR_FRAMES, 1);
	tap(sum().free_pages > all + 500 && views_agree(), "a DIMM was added");
	tap(live(4000), "and they go on with more");
	tap(dma(), "low memory is found, and no more than there is");
	for (unsigned int i = 0; i < NR_FRAMES; i++) {
		scrub_idle();
	}
	all = sum().free_pages;
	tap(sum().span_pages - all < 20, "in the end nothing is lost");
	tap(sum().dirty_pages == 0 && views_agree(),
	    "and idle CPUs have scrubbed all");
	victim = alloc_domheap_pages(NULL, 0, 0);
	tap(dies(frees_twice, "page_alloc: free of page"),
	    "a double free dies in the hypervisor's words");
	tap(dies(frees_what_a_wild_write_has_changed, "but free"),
	    "also one that its own states do not show");
	victim->state = PGS_free;
	tap(dies(frees_no_ram, "no RAM of the allocator"),
	    "and a page that the heap never had");
	tap(views_agree() && sum().free_pages == all, "nothing has changed");
	free(ram);
	return tap_end();
}
