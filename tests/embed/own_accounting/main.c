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
 * link: src/heap/arena_count.c src/heap/inspect.c src/heap/state.c
 * link: src/heap/heap_check.c src/buddy/
 * link: src/lib/bitmap_tree.c src/lib/bitmap_tree_check.c
 * link: src/malloc/xmalloc*.c src/pool/ src/tlsf/
 * flags: -O0
 */
#include "guests.h"

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
	good &= guests_leave();
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
