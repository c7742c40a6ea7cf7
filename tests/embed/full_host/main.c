/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - a whole hypervisor: pages, page tables, boot allocator and lock of
 * its own
 *
 * That of tests/embed/own_accounting, whose page_alloc.c keeps the books, now
 * with all the rest: paging.c are its page tables, under the library's vmap,
 * vmalloc and ioremap; objects are the library's, small and large; boot_alloc.c
 * hands RAM over, of two nodes, and some comes later. Its headers have the
 * library's names for types of its own, enumerators for errors, and macros that
 * get in the way. What is there for xmem alone is glue.c, xmem_port.h,
 * renamed.h, arch, and the lines of page_alloc.c with xmem in them;
 * tests/embed/archive.sh counts them.
 *
 * include: tests/embed/full_host tests/embed/common
 * with: tests/embed/own_accounting/page_alloc.c
 * with: tests/embed/full_host/glue.c tests/embed/full_host/paging.c
 * with: tests/embed/full_host/boot_alloc.c
 * link: src/heap/block.c src/heap/heap.c src/heap/arena.c src/heap/span.c
 * link: src/heap/arena_count.c src/heap/inspect.c src/heap/state.c
 * link: src/heap/heap_check.c src/buddy/
 * link: src/malloc/ src/pool/ src/tlsf/ src/xenheap/pages_exact.c
 * link: src/va/ src/vmap/ src/lib/[a-z]*.c
 * flags: -O0
 */
#include "full.h"

#include "../own_accounting/guests.h"

const char *xmem_vmap_check(void); /* of <xmem/debug.h> */

void printk(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
}

/* ---- what must be true at any time ---- */

static int all_agree(void)
{
	const char *wrong = pt_check();

	if (wrong == NULL) {
		wrong = xmem_vmap_check();
	}
	if (wrong != NULL) {
		printf("# %s\n", wrong);
	}
	return wrong == NULL && views_agree();
}

/* Pages that are free; all of them are scrubbed. */
static unsigned long nobodys(void)
{
	for (unsigned int i = 0; i < NR_FRAMES; i++) {
		scrub_idle();
	}
	return sum().free_pages;
}

static unsigned char first_byte(unsigned long mfn)
{
	return *frame_to_va(mfn);
}

/* ---- memory of the hypervisor: xvmalloc, vmalloc ---- */

#define NR_LIVE 24

struct memory {
	unsigned char *va;
	unsigned long bytes;
	unsigned char with;
	enum { BY_XVMALLOC, BY_VMALLOC, NR_KINDS } kind;
};

static int is_whole(const struct memory *m)
{
	for (unsigned long i = 0; i < m->bytes; i += 97) {
		if (m->va[i] != m->with) {
			return 0;
		}
	}
	return m->va[m->bytes - 1] == m->with;
}

static int drop_memory(struct memory *m)
{
	int good = m->va == NULL || is_whole(m);

	if (m->kind == BY_VMALLOC) {
		vfree(m->va);
	} else {
		xvfree(m->va);
	}
	m->va = NULL;
	return good;
}

static int grow_memory(struct memory *m)
{
	unsigned long bytes = 1 + rnd(12 * PAGE_SIZE);
	unsigned char *va = _xvrealloc(m->va, bytes, 8);
	int good = 1;

	if (va != NULL) {
		m->va = va;
		m->bytes = bytes < m->bytes ? bytes : m->bytes;
		good = is_whole(m);
		m->bytes = bytes;
		memset(va, m->with, bytes);
	}
	return good;
}

static int take_memory(struct memory *m)
{
	int used = vmalloc_domain.tot_pages;

	m->kind = rnd(NR_KINDS);
	m->bytes = 1 + rnd(20 * PAGE_SIZE);
	m->with = (unsigned char)(1 + rnd(255));
	if (m->kind == BY_XVMALLOC) {
		m->va = _xvmalloc(m->bytes, 8);
	} else if (rnd(2) == 0) {
		m->va = vmalloc(m->bytes);
	} else {
		m->va = vzalloc(m->bytes);
		if (m->va != NULL && m->va[m->bytes - 1] != 0) {
			return 0;
		}
	}
	if (m->va == NULL) {
		return vmalloc_domain.tot_pages == used;
	}
	memset(m->va, m->with, m->bytes);
	return 1;
}

static int use_memory(struct memory *m)
{
	if (m->va == NULL) {
		return take_memory(m);
	}
	if (m->kind == BY_XVMALLOC && rnd(2) == 0) {
		return grow_memory(m);
	}
	return drop_memory(m);
}

/* ---- views of guests' pages, and of the device ---- */

/* What is written through the mapping is in the guest's frames. */
static int look_into(struct guest *g)
{
	mfn_t mfns[8];
	unsigned int nr = 0;
	unsigned char *va;
	int good = 1;

	for (unsigned int at = 0; at < MAX_BLOCKS && nr < 8; at++) {
		if (g->blocks[at].pg != NULL) {
			mfns[nr++] = (mfn_t)(g->blocks[at].pg - page_info);
		}
	}
	if (nr == 0) {
		return vmap(mfns, 0) == NULL;
	}
	va = vmap(mfns, nr);
	if (va == NULL) {
		return 1;
	}
	for (unsigned int i = 0; i < nr; i++) {
		unsigned char *page = va + i * PAGE_SIZE;

		good &= vmap_to_mfn(page + 5) == mfns[i];
		*page = (unsigned char)(i + 1);
		good &= first_byte(mfns[i]) == i + 1;
	}
	vunmap(va);
	return good && vmap_to_mfn(va) == NO_FRAME;
}

static int use_device(void)
{
	unsigned int reg = rnd(DEVICE_FRAMES) * PAGE_SIZE + 8;
	paddr_t pa = ((paddr_t)DEVICE_FRAME << PAGE_SHIFT) + reg;
	volatile unsigned char *va = ioremap(pa, 4);
	int good;

	if (va == NULL) {
		return 1;
	}
	va[0] = (unsigned char)reg;
	good = frame_to_va(DEVICE_FRAME)[reg] == (unsigned char)reg;
	iounmap((void *)va);
	return good && ioremap((paddr_t)PAGE_SIZE, 4) == NULL; /* RAM */
}

/* ---- all of it at once ---- */

static struct memory live[NR_LIVE];

static int step(void)
{
	struct guest *g = &guests[rnd(NR_GUESTS)];
	unsigned int at = rnd(MAX_BLOCKS);
	int good = 1;

	if (rnd(100) == 0) {
		destroy(g);
	} else if (g->blocks[at].pg != NULL) {
		balloon(g, at);
	} else {
		good &= populate(g, at);
	}
	good &= use_memory(&live[rnd(NR_LIVE)]);
	if (rnd(4) == 0) {
		good &= look_into(g);
	}
	if (rnd(10) == 0) {
		good &= use_device();
	}
	if (rnd(20) == 0) {
		offline_some();
	}
	if (rnd(3) == 0) {
		scrub_idle();
	}
	return good;
}

static int run(unsigned int steps)
{
	int good = 1;

	for (unsigned int i = 0; i < steps && good; i++) {
		good = step() && (i % 100 != 0 || all_agree());
	}
	return good;
}

static int all_leave(void)
{
	int good = 1;

	for (unsigned int i = 0; i < NR_LIVE; i++) {
		good &= drop_memory(&live[i]);
	}
	good &= guests_leave();
	return good && vmalloc_domain.tot_pages == 0 &&
	       pt_entries_in_use() == 0 && all_agree();
}

/* A guest without quota takes all there is: the hypervisor's calls fail. */
static int out_of_memory(void)
{
	static struct domain glutton = {"a glutton", 0, NR_FRAMES};
	static struct page_info *all[NR_FRAMES];
	const int had = vmalloc_domain.tot_pages;
	const unsigned long mapped = pt_entries_in_use();
	unsigned long nr = 0;
	int good = 1;

	while (nr < NR_FRAMES &&
	       (all[nr] = alloc_domheap_pages(&glutton, 0, 0)) != NULL) {
		nr++;
	}
	free_domheap_pages(all[--nr], 0);
	good &= vmalloc(3 * PAGE_SIZE) == NULL && sum().free_pages == 1;
	good &= _xvmalloc(3 * PAGE_SIZE, 8) == NULL && sum().free_pages == 1;
	good &= vmalloc_domain.tot_pages == had &&
		pt_entries_in_use() == mapped;
	while (nr > 0) {
		free_domheap_pages(all[--nr], 0);
	}
	return good && glutton.tot_pages == 0 && all_agree();
}

/* ---- misuse: words of the hypervisor, and of the library ---- */

static unsigned char *victim;

static void frees_vmalloc_twice(void)
{
	vfree(victim);
	vfree(victim);
}

static void frees_a_mapping(void)
{
	vfree(victim);
}

static void frees_a_frame_of_vmalloc(void)
{
	free_domheap_pages(&page_info[vmap_to_mfn(victim)], 0);
	vfree(victim);
}

static void loses_a_page(void)
{
	(void)pt_unmap((unsigned long)victim + 2 * PAGE_SIZE);
	vfree(victim);
}

static void frees_guests_page_as_object(void)
{
	xfree(victim);
}

static void frees_page_twice(void)
{
	free_xenheap_pages(victim, 0);
	free_xenheap_pages(victim, 0);
}

/* These cost what they break: last. */
static void check_misuse(void)
{
	struct domain *d = &guests[0].d;
	struct page_info *pg;
	char words[40];
	mfn_t mfn = 77;

	victim = alloc_xenheap_pages(0);
	tap(dies(frees_page_twice, "page_alloc: free of page"),
	    "a page that is freed twice: the hypervisor's words");
	pg = alloc_domheap_pages(d, 0, 0);
	victim = frame_to_va(pg - page_info);
	tap(dies(frees_guests_page_as_object, "xfree"),
	    "a guest's page is no object: the library's words");
	free_domheap_pages(pg, 0);
	victim = vmalloc(3 * PAGE_SIZE);
	tap(dies(frees_vmalloc_twice, "is a free address, freed twice"),
	    "memory of vmalloc that is freed twice");
	victim = vmap(&mfn, 1);
	tap(dies(frees_a_mapping, "is a mapping, for vunmap()"),
	    "a mapping is no memory");
	vunmap(victim);
	tap(all_leave(), "nothing has changed by that");
	victim = vmalloc(5 * PAGE_SIZE);
	snprintf(words, sizeof(words), "page %p of",
		 (void *)(victim + 2 * PAGE_SIZE));
	tap(dies(loses_a_page, words), "a hole is found, and named");
	victim = vmalloc(5 * PAGE_SIZE);
	snprintf(words, sizeof(words), "page %p of", (void *)victim);
	tap(dies(frees_a_frame_of_vmalloc, words),
	    "a frame of vmalloc that somebody else has freed");
}

int main(void)
{
	const unsigned long half = NR_FRAMES / 2;
	unsigned long before;

	boot_add_ram(1, half, 0);
	boot_add_ram(half, half + 512, 1);
	pt_init();
	tap(boot_alloc(3) != NULL && alloc_xenheap_pages(0) == NULL,
	    "at boot there is memory of the boot allocator alone");
	boot_hand_over();
	before = nobodys();
	vm_init();
	tap(nobodys() < before && all_agree(),
	    "vm_init has taken pages of the hypervisor");
	for (unsigned int i = 0; i < NR_GUESTS; i++) {
		guests[i].d.name = "a guest";
		guests[i].d.max_pages = 200;
	}
	xfree(_xmalloc(8, 8)); /* Its pool keeps a page. */
	before = nobodys() + pt_tables;
	tap(run(3000), "guests, objects, vmalloc, vmap and ioremap at once");
	tap(all_leave(), "all of them leave");
	tap(nobodys() + pt_tables == before, "and nothing is lost");
	add_memory(half + 512, NR_FRAMES, 1);
	before = nobodys() + pt_tables;
	tap(sum().span_pages == NR_FRAMES - 5, "a DIMM was added");
	tap(run(3000), "and they go on with more");
	tap(out_of_memory(), "without memory, calls fail and change nothing");
	tap(all_leave() && nobodys() + pt_tables == before,
	    "in the end nothing is lost");
	tap(sum().dirty_pages == 0, "and idle CPUs have scrubbed all");
	check_misuse();
	return tap_end();
}
