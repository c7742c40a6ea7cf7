/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - vmap and vmalloc over an embedder's own maps (E6: maps)
 *
 * The embedder has page tables, frames and a page for metadata; the library
 * gives addresses, guard pages and bookkeeping. Here "page tables" are an
 * array carried out with mmap(), so what is mapped can really be used.
 *
 * include: tests/embed/maps_alone tests/embed/common
 * link: tests/embed/common/console.c
 * link: src/va/ src/vmap/ src/lib/[a-z]*.c
 */
#define _GNU_SOURCE
#include <xmem/boot.h>
#include <xmem/debug.h>
#include <xmem/map.h>
#include <xmem/pages.h>
#include <xmem/vmap.h>

#include <sys/mman.h>
#include <unistd.h>

#include <tap.h>

#define WINDOW_PAGES 512UL

unsigned char *my_ram;
struct page_info *my_frametable;
unsigned long my_window;

/* ---- frames ---- */

static unsigned char used[MY_FRAMES];
static unsigned long nr_used;

unsigned int xmem_alloc_runs(struct xmem_run *runs, unsigned int max_runs,
			     unsigned long nr, unsigned int memflags,
			     unsigned long *got)
{
	unsigned int filled = 0;

	(void)memflags;
	/* Scattered on purpose: no two frames are neighbours. */
	for (unsigned long i = 0; i < MY_FRAMES; i++) {
		unsigned long mfn = i * 37 % MY_FRAMES;

		if (filled < max_runs && filled < nr && !used[mfn]) {
			used[mfn] = 1;
			runs[filled++] = (struct xmem_run){mfn, 1};
		}
	}
	nr_used += filled;
	*got = filled;
	return filled;
}

void xmem_free_runs(const struct xmem_run *runs, unsigned int nr_runs)
{
	for (unsigned int i = 0; i < nr_runs; i++) {
		for (unsigned long k = 0; k < runs[i].nr; k++) {
			used[runs[i].mfn + k] = 0;
		}
		nr_used -= runs[i].nr;
	}
}

/* Each frame bears the address at which vmalloc has it. */
unsigned long xmem_free_runs_at(const struct xmem_run *runs,
				unsigned int nr_runs, unsigned long va,
				unsigned long nr)
{
	unsigned long done = 0;

	for (unsigned int i = 0; i < nr_runs; i++) {
		for (unsigned long k = 0; k < runs[i].nr; k++) {
			struct page_info *pg = my_frametable + runs[i].mfn + k;

			if (!xmem_page_is_at(pg, (va >> PAGE_SHIFT) + done)) {
				return done;
			}
			xmem_page_unset_vmalloc(pg);
			done++;
		}
	}
	if (done == nr) {
		xmem_free_runs(runs, nr_runs);
	}
	return done;
}

/* ---- metadata: the library asks once for each window ---- */

void *xmem_meta_take(unsigned long nr)
{
	return aligned_alloc(PAGE_SIZE, nr << PAGE_SHIFT);
}

void xmem_meta_give(void *va, unsigned long nr)
{
	(void)nr;
	free(va);
}

/* ---- no boot allocator ---- */

bool xmem_boot_active(void)
{
	return false;
}

unsigned long xmem_boot_take(unsigned long nr_pfns, unsigned long pfn_align,
			       unsigned long smfn, unsigned long emfn)
{
	(void)nr_pfns;
	(void)pfn_align;
	(void)smfn;
	(void)emfn;
	return XMEM_NO_MFN;
}

bool xmem_boot_give(unsigned long mfn)
{
	(void)mfn;
	return false;
}

bool xmem_boot_ram(unsigned int i, unsigned long *smfn, unsigned long *emfn)
{
	*smfn = 0;
	*emfn = MY_FRAMES;
	return i == 0;
}

/* ---- page tables ---- */

enum { NONE, MAPPED, PARKED };
static struct {
	unsigned long mfn;
	int state;
} entries[WINDOW_PAGES];
static int ram_file;
static unsigned long nr_prepared;
static bool prepare_fails;

static unsigned long entry_of(unsigned long va)
{
	return (va - my_window) >> PAGE_SHIFT;
}

static void real_map(unsigned long va, unsigned long mfn, int prot)
{
	void *want = (void *)va;

	if (mmap(want, PAGE_SIZE, prot, MAP_SHARED | MAP_FIXED, ram_file,
		 (off_t)(mfn << PAGE_SHIFT)) != want) {
		abort();
	}
}

int xmem_map_prepare(unsigned long va, unsigned long nr)
{
	(void)va;
	nr_prepared += nr;
	return prepare_fails ? -XMEM_ENOMEM : 0;
}

void xmem_map_commit(unsigned long va, unsigned long mfn, unsigned long nr,
		     unsigned int flags)
{
	for (unsigned long i = 0; i < nr; i++) {
		unsigned long at = entry_of(va) + i;

		if (entries[at].state != NONE) {
			abort();
		}
		entries[at].state = MAPPED;
		entries[at].mfn = mfn + i;
		real_map(va + i * PAGE_SIZE, mfn + i,
			 PROT_READ |
				 ((flags & XMEM_MAP_WRITE) ? PROT_WRITE : 0));
	}
}

void xmem_map_park(unsigned long va, unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++) {
		unsigned long at = entry_of(va) + i;

		if (entries[at].state == MAPPED) {
			entries[at].state = PARKED;
			real_map(va + i * PAGE_SIZE, 0, PROT_NONE);
		}
	}
}

static unsigned long nr_flushed;

void xmem_port_tlb_flush(unsigned long va, unsigned long nr_pages)
{
	(void)va;
	nr_flushed += nr_pages;
}

unsigned int xmem_map_collect(unsigned long va, unsigned long nr,
			      struct xmem_run *runs, unsigned int max_runs,
			      unsigned long *nr_done)
{
	unsigned int filled = 0;
	unsigned long i = 0;

	while (i < nr && filled < max_runs) {
		unsigned long at = entry_of(va) + i++;

		if (entries[at].state == PARKED) {
			runs[filled++] = (struct xmem_run){entries[at].mfn, 1};
			entries[at].state = NONE;
		}
	}
	*nr_done = i;
	return filled;
}

unsigned long xmem_map_lookup(unsigned long va)
{
	unsigned long at = entry_of(va);

	return entries[at].state == MAPPED ? entries[at].mfn
					   : XMEM_NO_MFN;
}

void *arch_vmap_virt_end(void)
{
	return (void *)(my_window + WINDOW_PAGES * PAGE_SIZE);
}

/* ---- the kernel ---- */

static void kernel_starts(void)
{
	void *window = mmap(NULL, WINDOW_PAGES * PAGE_SIZE + MAX_PAGE_SIZE,
			    PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ram_file = memfd_create("ram", 0);
	if (window == MAP_FAILED || ram_file < 0 ||
	    ftruncate(ram_file, (off_t)(MY_FRAMES * PAGE_SIZE)) != 0) {
		abort();
	}
	my_frametable = calloc(MY_FRAMES, sizeof(*my_frametable));
	my_window = ((unsigned long)window + PAGE_SIZE - 1) & PAGE_MASK;
	vm_init();
}

static int churn(void)
{
	static unsigned char *live[8];

	for (unsigned int i = 0; i < 400; i++) {
		unsigned int at = i * 5 % 8;
		unsigned long size = (1 + i % 13) * PAGE_SIZE;

		if (live[at] != NULL && live[at][0] != (unsigned char)at) {
			return 0;
		}
		vfree(live[at]);
		live[at] = vzalloc(size);
		if (live[at] == NULL || live[at][size - 1] != 0) {
			return 0;
		}
		memset(live[at], (int)at, size);
	}
	for (unsigned int at = 0; at < 8; at++) {
		vfree(live[at]);
	}
	return 1;
}

int main(void)
{
	mfn_t mfns[3] = {{7}, {3}, {9}};
	unsigned char *a;
	unsigned char *b;

	kernel_starts();
	tap(xmem_vmap_check() == NULL, "the window is set up");
	tap(churn(), "areas of scattered frames can be used");
	tap(nr_used == 0, "all frames are the embedder's again");
	tap(nr_flushed > 0, "translations were flushed");
	a = vmap(mfns, 3);
	b = vmap(mfns, 3);
	a[0] = 1;
	a[PAGE_SIZE] = 2;
	tap(b[0] == 1 && b[PAGE_SIZE] == 2, "two views of the same frames");
	tap(vmap_to_page(b + PAGE_SIZE) == my_frametable + 3,
	    "a page behind an address is found");
	tap(vmap_size(a) == 3 && vmap_contains(a), "areas know their size");
	vunmap(a);
	vunmap(b);
	prepare_fails = true;
	tap(vmalloc(PAGE_SIZE) == NULL, "a table that cannot be had is NULL");
	tap(nr_used == 0 && xmem_vmap_used(VMAP_DEFAULT) == 0,
	    "and leaves no trace");
	tap(xmem_vmap_check() == NULL, "the window is still sound");
	free(my_frametable);
	return tap_end();
}
