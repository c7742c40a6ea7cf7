/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - vmap and vmalloc over an embedder's own maps (E6: maps)
 *
 * The embedder has page tables, frames and a page for metadata; the library
 * gives addresses, guard pages and bookkeeping. Here "page tables" are an
 * array carried out with mmap(), so what is mapped can really be used. They
 * hold the library to each word of <xmem/map.h>, "vmap:", and do no more than
 * is promised there.
 *
 * once: full_host has the same layers
 * include: tests/embed/maps_alone tests/embed/common
 * link: tests/embed/common/console.c
 * link: src/va/ src/vmap/ src/lib/[a-z]*.c
 * flags: -O0
 */
#define _GNU_SOURCE
#include <xmem/boot.h>
#include <xmem/debug.h>
#include <xmem/map.h>
#include <xmem/pages.h>
#include <xmem/vmap.h>

#include <sys/mman.h>
#include <unistd.h>

#include <churn.h>
#include <console.h>
#include <tap.h>

#define WINDOW_PAGES 2048UL

unsigned char *my_ram;
struct page_info *my_frametable;
unsigned long my_window;

/* ---- frames ---- */

static unsigned long max_used = MY_FRAMES;
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

		if (filled < max_runs && filled < nr && !used[mfn] &&
		    nr_used + filled < max_used) {
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

/* The life of a page; NONE again when it is collected. A hole is what somebody
 * has unmapped since it was committed. */
enum state { NONE, PREPARED, MAPPED, HOLE, PARKED, FLUSHED };
static struct {
	unsigned long mfn;
	enum state state;
	bool is_hole; /* PARKED or FLUSHED, and has no frame */
} entries[WINDOW_PAGES];
static int ram_file;
static bool prepare_fails;
static bool collects_one; /* page in each call: as few as is allowed */

/* What was asked, and how often it was not as promised. */
static unsigned long nr_prepared, nr_committed, nr_parked, nr_lookups;
static unsigned long nr_collects;

/* The end, unless the library has kept to map.h. */
static void demand(bool good, const char *what)
{
	if (!good) {
		printf("not ok - the page tables: %s\n", what);
		exit(1);
	}
}

static unsigned long entry_of(unsigned long va)
{
	return (va - my_window) >> PAGE_SHIFT;
}

/* Pages [@va, @va + @nr pages) are in the window. */
static void check_range(unsigned long va, unsigned long nr)
{
	demand(va % PAGE_SIZE == 0 && nr != 0 && va >= my_window &&
		       entry_of(va) + nr <= WINDOW_PAGES,
	       "a range of pages in the window");
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
	check_range(va, nr);
	for (unsigned long i = 0; i < nr; i++) {
		unsigned long at = entry_of(va) + i;

		demand(entries[at].state <= PREPARED, "prepared while in use");
		if (!prepare_fails) {
			entries[at].state = PREPARED;
		}
	}
	nr_prepared += nr;
	return prepare_fails ? -XMEM_ENOMEM : 0;
}

void xmem_map_commit(unsigned long va, unsigned long mfn, unsigned long nr,
		     unsigned int flags)
{
	check_range(va, nr);
	demand((flags & XMEM_MAP_READ) != 0, "committed without access");
	for (unsigned long i = 0; i < nr; i++) {
		unsigned long at = entry_of(va) + i;

		demand(entries[at].state == PREPARED, "committed unprepared");
		entries[at].state = MAPPED;
		entries[at].mfn = mfn + i;
		real_map(va + i * PAGE_SIZE, mfn + i,
			 PROT_READ |
				 ((flags & XMEM_MAP_WRITE) ? PROT_WRITE : 0));
	}
	nr_committed += nr;
}

void xmem_map_park(unsigned long va, unsigned long nr)
{
	check_range(va, nr);
	for (unsigned long i = 0; i < nr; i++) {
		unsigned long at = entry_of(va) + i;

		demand(entries[at].state == MAPPED || entries[at].state == HOLE,
		       "parked and not committed");
		entries[at].is_hole = entries[at].state == HOLE;
		entries[at].state = PARKED;
		real_map(va + i * PAGE_SIZE, 0, PROT_NONE);
	}
	nr_parked += nr;
}

static unsigned long nr_flushed;

void xmem_port_tlb_flush(unsigned long va, unsigned long nr_pages)
{
	check_range(va, nr_pages);
	for (unsigned long i = 0; i < nr_pages; i++) {
		unsigned long at = entry_of(va) + i;

		demand(entries[at].state == PARKED, "flushed and not parked");
		entries[at].state = FLUSHED;
	}
	nr_flushed += nr_pages;
}

unsigned int xmem_map_collect(unsigned long va, unsigned long nr,
			      struct xmem_run *runs, unsigned int max_runs,
			      unsigned long *nr_done)
{
	unsigned int filled = 0;
	unsigned long i = 0;

	check_range(va, nr);
	demand(nr <= 512 && max_runs > 0, "a piece to be collected");
	while (i < nr && filled < max_runs && !(collects_one && i == 1)) {
		unsigned long at = entry_of(va) + i++;

		demand(entries[at].state == FLUSHED,
		       "collected and not flushed");
		entries[at].state = NONE;
		if (!entries[at].is_hole) {
			runs[filled++] = (struct xmem_run){entries[at].mfn, 1};
		}
	}
	nr_collects++;
	*nr_done = i;
	return filled;
}

unsigned long xmem_map_lookup(unsigned long va)
{
	unsigned long at = entry_of(va);

	nr_lookups++;
	demand(va >= my_window && at < WINDOW_PAGES, "a lookup elsewhere");
	return entries[at].state == MAPPED ? entries[at].mfn : XMEM_NO_MFN;
}

/* The embedder's own functions: unmap the page at @va, or map another frame. */
static void my_unmap(void *va)
{
	entries[entry_of((unsigned long)va)].state = HOLE;
	real_map((unsigned long)va, 0, PROT_NONE);
}

static void my_map_over(void *va, unsigned long mfn)
{
	entries[entry_of((unsigned long)va)].mfn = mfn;
	real_map((unsigned long)va, mfn, PROT_READ | PROT_WRITE);
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
	vm_init_type(VMAP_DEFAULT, (void *)my_window, arch_vmap_virt_end());
}

/* ---- what the page tables are asked ---- */

/* vunmap() takes what is there: holes, other frames, nothing at all. */
static int mappings_may_have_changed(void)
{
	mfn_t mfns[20];
	char *p;

	for (unsigned int holes = 0; holes <= 20; holes += 5) {
		for (unsigned int i = 0; i < 20; i++) {
			mfns[i] = _mfn(i * 3);
		}
		p = vmap(mfns, 20);
		for (unsigned int i = 0; i < holes; i++) {
			my_unmap(p + (i * 7 % 20) * PAGE_SIZE);
		}
		if (holes < 20) {
			my_map_over(p + (19 * 7 % 20) * PAGE_SIZE, 77);
		}
		vunmap(p);
		if (vmap_size(p) != 0) {
			return 0;
		}
	}
	return xmem_vmap_used(VMAP_DEFAULT) == 0;
}

/* Whatever a physical address can name may be mapped, twice if need be. */
static int frames_are_any(void)
{
	mfn_t mfns[] = {{0}, {5}, {5}, {1UL << 20}, {0}};
	char *p = vmap(mfns, 5);
	int good = 1;

	for (unsigned int i = 0; i < 5; i++) {
		good &= mfn_eq(vmap_to_mfn(p + i * PAGE_SIZE), mfns[i]);
	}
	good &= vmap_to_page(p + 3 * PAGE_SIZE) == NULL; /* no RAM */
	vunmap(p);
	return good;
}

/* Only for addresses in a window, of any byte; INVALID_MFN where nothing is. */
static int lookups_are_in_windows(void)
{
	mfn_t mfns[2] = {{7}, {9}};
	char *p = vmap(mfns, 2);
	unsigned long before = nr_lookups;
	const char *outside[] = {NULL, (char *)my_window - 1,
				 (char *)arch_vmap_virt_end(), (char *)&mfns,
				 (char *)-1L};
	int good = 1;

	for (unsigned int i = 0; i < 5; i++) {
		good &= mfn_eq(vmap_to_mfn(outside[i]), INVALID_MFN);
		good &= vmap_to_page(outside[i]) == NULL;
	}
	good &= nr_lookups == before;
	good &= mfn_eq(vmap_to_mfn(p + PAGE_SIZE + 77), _mfn(9));
	good &= mfn_eq(vmap_to_mfn(p - 1), INVALID_MFN); /* guard page */
	good &= vmap_to_page(p + 2 * PAGE_SIZE) == NULL;
	my_unmap(p);
	good &= mfn_eq(vmap_to_mfn(p + 5), INVALID_MFN);
	before = nr_lookups;
	vunmap(p);
	vfree(vmalloc(PAGE_SIZE));
	good &= nr_lookups == before; /* Nothing that unmaps asks. */
	good &= mfn_eq(vmap_to_mfn(p), INVALID_MFN);
	return good;
}

/* Out of frames after some, or at once: what was committed is collected, the
 * rest is never asked for again until others get the addresses. */
static int half_an_area_is_taken_back(void)
{
	unsigned long before;
	char *p;

	for (unsigned long frames = 0; frames < 20; frames += 6) {
		max_used = frames;
		before = nr_prepared;
		nr_committed = nr_parked = nr_flushed = 0;
		if (vmalloc(20 * PAGE_SIZE) != NULL ||
		    nr_prepared - before != 20 || nr_committed != frames ||
		    nr_parked != frames || nr_flushed != frames ||
		    nr_used != 0) {
			return 0;
		}
	}
	max_used = MY_FRAMES;
	p = vzalloc(21 * PAGE_SIZE); /* over them */
	vfree(p);
	return p != NULL && nr_used == 0;
}

/* More than 512 pages are collected in pieces of that. */
static int long_areas_come_in_pieces(void)
{
	unsigned long before = nr_collects;
	void *p = vmap_contig(_mfn(0), 1300);

	if (p == NULL) {
		return 0;
	}
	for (unsigned long i = 0; i < 1300; i++) {
		my_unmap((char *)p + i * PAGE_SIZE);
	}
	vunmap(p); /* Holes alone: no run ends a piece. */
	return nr_collects - before >= 3 && nr_collects - before <= 4;
}

/* A page a call is enough. */
static int collecting_may_be_slow(void)
{
	unsigned long before = nr_collects;
	char *p = vmalloc(30 * PAGE_SIZE);

	collects_one = true;
	vfree(p);
	collects_one = false;
	return nr_collects - before == 30 && nr_used == 0;
}

/* An error of any kind is no memory, and nothing follows it. */
static int nothing_follows_an_error(void)
{
	mfn_t mfn = {3};
	unsigned long before = nr_committed + nr_parked + nr_flushed;
	int good;

	prepare_fails = true;
	good = vmalloc(PAGE_SIZE) == NULL && vmap(&mfn, 1) == NULL;
	prepare_fails = false;
	return good && nr_used == 0 && xmem_vmap_used(VMAP_DEFAULT) == 0 &&
	       nr_committed + nr_parked + nr_flushed == before;
}

/* vfree() of an area of 12 pages, where page 9 is not as it was: it says so,
 * and neither that frame nor the one that was found is free. */
static int vfree_finds(void (*change)(char *page))
{
	char *volatile p = vmalloc(12 * PAGE_SIZE);
	jmp_buf here;
	char page[40];

	snprintf(page, sizeof(page), "page %p of", (void *)(p + 9 * PAGE_SIZE));
	change(p + 9 * PAGE_SIZE);
	console_panic[0] = '\0';
	console_catch = &here;
	if (setjmp(here) == 0) {
		vfree(p);
	}
	console_catch = NULL;
	return strstr(console_panic, page) != NULL && nr_used >= 4;
}

static void make_hole(char *page)
{
	my_unmap(page);
}

static void take_another(char *page)
{
	my_map_over(page, 1);
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
	tap(nothing_follows_an_error(),
	    "a table that cannot be had leaves no trace");
	tap(mappings_may_have_changed(), "vunmap takes holes and other frames");
	tap(frames_are_any(), "frames are any, RAM or not, twice or not");
	tap(lookups_are_in_windows(), "lookups: any byte, but in a window");
	tap(half_an_area_is_taken_back(), "what was committed is taken back");
	tap(long_areas_come_in_pieces(), "long areas come in pieces");
	tap(collecting_may_be_slow(), "collecting goes on until all is done");
	tap(vfree_finds(make_hole), "vfree tells of a hole");
	tap(vfree_finds(take_another), "vfree tells of another frame");
	tap(xmem_vmap_check() == NULL, "the window is still sound");
	free(my_frametable);
	return tap_end();
}
