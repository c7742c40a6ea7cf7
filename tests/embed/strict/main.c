/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - a kernel whose conversions panic outside of their range, and whose
 * word for xmalloc's tag rests at a value of its own
 *
 * Whatever pointer a caller has, the library looks at its range before it
 * converts it: so it is the library that panics, and says what is wrong. And
 * the word of every frame is at rest when the frame is freed, and untouched if
 * xmalloc never had it.
 *
 * once: the library is that of preemptive and full_host
 * include: tests/embed/strict tests/embed/common
 * link: tests/embed/common/console.c
 * link: src/buddy/ src/heap/ src/page/ src/xenheap/ src/lib/[a-z]*.c
 * link: src/malloc/ src/tlsf/ src/pool/ src/va/ src/vmap/ src/debug/
 * flags: -O0
 */
#include <xmem/admin.h>
#include <xmem/boot.h>
#include <xmem/debug.h>
#include <xmem/map.h>
#include <xmem/pages.h>
#include <xmem/vmap.h>
#include <xmem/xvmalloc.h>

#include <console.h>
#include <tap.h>

unsigned char *my_ram;
struct my_page *my_frametable;
unsigned long my_window;
static unsigned long errors, nr_refused;

void my_conversion_panic(const char *which, unsigned long what)
{
	printf("not ok - %s is given %lx\n", which, what);
	exit(1);
}

/* ---- frames ---- */

void my_frames_given(unsigned long mfn, unsigned int order)
{
	for (unsigned long i = 0; i < 1UL << order; i++) {
		errors += my_frametable[mfn + i].word != MY_REST;
	}
}

/* ---- page tables, as far as addresses go: nothing is accessed ---- */

static struct {
	unsigned long mfn;
	enum { NONE, MAPPED, PARKED } state;
} entries[MY_WINDOW_PAGES];

static unsigned long entry_of(unsigned long va)
{
	return (va - my_window) >> PAGE_SHIFT;
}

int xmem_map_prepare(unsigned long va, unsigned long nr)
{
	(void)va;
	(void)nr;
	return 0;
}

void xmem_map_commit(unsigned long va, unsigned long mfn, unsigned long nr,
		     unsigned int flags)
{
	(void)flags;
	for (unsigned long i = 0; i < nr; i++) {
		entries[entry_of(va) + i].state = MAPPED;
		entries[entry_of(va) + i].mfn = mfn + i;
	}
}

void xmem_map_park(unsigned long va, unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++) {
		if (entries[entry_of(va) + i].state == MAPPED) {
			entries[entry_of(va) + i].state = PARKED;
		}
	}
}

unsigned int xmem_map_collect(unsigned long va, unsigned long nr,
			      struct xmem_run *runs, unsigned int max_runs,
			      unsigned long *nr_done)
{
	unsigned int filled = 0;
	unsigned long i;

	for (i = 0; i < nr && filled < max_runs; i++) {
		unsigned long at = entry_of(va) + i;

		if (entries[at].state == PARKED) {
			runs[filled++] = (struct xmem_run){entries[at].mfn, 1};
			entries[at].state = NONE;
		}
	}
	*nr_done = i;
	return filled;
}

/* It is asked for addresses in a window alone. */
unsigned long xmem_map_lookup(unsigned long va)
{
	if (entry_of(va) >= MY_WINDOW_PAGES) {
		my_conversion_panic("xmem_map_lookup", va);
	}
	return entries[entry_of(va)].state == MAPPED ? entries[entry_of(va)].mfn
						     : XMEM_NO_MFN;
}

void *arch_vmap_virt_end(void)
{
	return (void *)(my_window + MY_WINDOW_PAGES * PAGE_SIZE);
}

void xmem_port_tlb_flush(unsigned long va, unsigned long nr_pages)
{
	(void)va;
	(void)nr_pages;
}

/* ---- no boot allocator ---- */

bool xmem_boot_active(void)
{
	return false;
}

unsigned long xmem_boot_take(unsigned long nr, unsigned long align,
			     unsigned long smfn, unsigned long emfn)
{
	(void)nr;
	(void)align;
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

/* ---- any address at all ---- */

enum {
	REALLOC_X,
	REALLOC_XV,
	FREE_X,
	FREE_XV,
	FREE_V,
	UNMAP,
	UNMAP_IO,
	FREE_PAGE,
	FREE_PAGES,
	FREE_FRAME,
	NR_CALLS
};

static void call(unsigned int which, void *p)
{
	void *unused = NULL;

	switch (which) {
	case REALLOC_X:
		unused = _xrealloc(p, 100, 0);
		break;
	case REALLOC_XV:
		unused = _xvrealloc(p, 3 * PAGE_SIZE, 0);
		break;
	case FREE_X:
		xfree(p);
		break;
	case FREE_XV:
		xvfree(p);
		break;
	case FREE_V:
		vfree(p);
		break;
	case UNMAP:
		vunmap(p);
		break;
	case UNMAP_IO:
		iounmap(p);
		break;
	case FREE_PAGE:
		free_xenheap_pages(p, 0);
		break;
	case FREE_PAGES:
		free_xenheap_pages(p, 4);
		break;
	default:
		free_domheap_pages(p, 0);
		break;
	}
	errors += unused != NULL; /* It is not memory that was allocated. */
}

/* Each function refuses @p, which nobody has allocated. */
static void refuse(void *p)
{
	static volatile unsigned int which; /* kept over longjmp() */
	unsigned long before = total_free_pages();
	jmp_buf here;

	for (which = 0; which < NR_CALLS; which++) {
		console_catch = &here;
		if (setjmp(here) == 0) {
			call(which, p);
			errors++;
		} else {
			nr_refused++;
		}
	}
	console_catch = NULL;
	errors += xmem_xenheap_tag(p) != XMEM_TAG_NONE;
	errors += total_free_pages() != before;
}

/* Questions about any address have an answer, and no panic. */
static void ask(const void *p)
{
	mfn_t mfn = vmap_to_mfn(p);

	errors += !vmap_contains(p) && mfn_valid(mfn);
	errors += (vmap_to_page(p) != NULL) != mfn_valid(mfn);
	errors += vmap_size(p) < vmalloc_size(p);
	(void)xmem_xenheap_tag(p);
	(void)xmem_heap_frame_state((unsigned long)p);
	(void)xmem_heap_frame_state((unsigned long)p >> PAGE_SHIFT);
}

static void try_addresses(void)
{
	unsigned char *window = (unsigned char *)my_window;
	unsigned char *end = my_ram + MY_FRAMES * PAGE_SIZE;
	void *const wild[] = {
		(void *)1,
		(void *)0x400123,
		(void *)(~0UL - 7),
		(void *)(~0UL << 12),
		(void *)(~0UL / 2 + 1),
		(void *)(~0UL / 2),
		my_ram - 1,
		my_ram - PAGE_SIZE,
		end,
		end + 1,
		my_ram + MY_HOLE * PAGE_SIZE,
		my_ram + MY_HOLE * PAGE_SIZE + 8,
		my_ram + MY_BEHIND * PAGE_SIZE - 1,
		my_ram + 500 * PAGE_SIZE + 8,
		window,
		window + 7,
		window + 200 * PAGE_SIZE,
		window - 1,
		window + MY_WINDOW_PAGES * PAGE_SIZE,
		my_frametable - 1,
		my_frametable + MY_FRAMES,
		my_frametable + MY_HOLE,
		(char *)my_frametable + 1,
		&window,
	};

	for (unsigned int i = 0; i < sizeof(wild) / sizeof(wild[0]); i++) {
		refuse(wild[i]);
		ask(wild[i]);
	}
	ask(NULL);
	ask(ZERO_BLOCK_PTR);
}

/* What is nothing is freed, or has no bytes, without a look. */
static int nothing_is_nothing(void)
{
	static void *const nothing[] = {NULL, (void *)-1L};

	for (unsigned int i = 0; i < 2; i++) {
		xfree(nothing[i]);
		xvfree(nothing[i]);
		errors += xmem_usable_size(nothing[i]) != 0;
	}
	free_xenheap_pages(NULL, 0);
	vfree(NULL);
	vunmap(NULL);
	iounmap(NULL);
	return errors == 0;
}

/* ---- words ---- */

static unsigned long writes_of(const void *va, unsigned long nr)
{
	const struct my_page *pg = virt_to_page(va);
	unsigned long sum = 0;

	for (unsigned long i = 0; i < nr; i++) {
		sum += pg[i].nr_writes;
	}
	return sum;
}

static unsigned long all_writes(void)
{
	return writes_of(my_ram, MY_HOLE) +
	       writes_of(my_ram + MY_BEHIND * PAGE_SIZE, MY_FRAMES - MY_BEHIND);
}

/* Pages, frames and memory that are not xmalloc's. */
static int others_leave_the_words_alone(void)
{
	for (unsigned int i = 0; i < 300; i++) {
		unsigned int order = i % 5;
		struct my_page *pg = alloc_domheap_pages(NULL, order, 0);
		void *va = alloc_xenheap_pages(order, 0);
		void *area = vmalloc((1 + i % 7) * PAGE_SIZE);
		void *meta = xmem_meta_take(1 + i % 3);

		free_domheap_pages(pg, order);
		free_xenheap_pages(va, order);
		vfree(area);
		xmem_meta_give(meta, 1 + i % 3);
	}
	return all_writes() == 0;
}

/* Five pages: the other three of the block were never xmalloc's. */
static int an_object_writes_its_pages_alone(void)
{
	unsigned long before = all_writes();
	char *p = _xmalloc(5 * PAGE_SIZE, 0);
	int good = writes_of(p, 5) >= 5 && all_writes() - before == 5;

	xfree(p);
	return good && all_writes() - before == 10;
}

static int churn(void)
{
	static char *live[40];

	for (unsigned int i = 0; i < 4000; i++) {
		unsigned int at = i * 7 % 40;
		unsigned long size =
			i % 9 == 0 ? i % 5 * PAGE_SIZE + 1 : i % 900;

		if (i % 3 == 0) {
			live[at] = _xrealloc(live[at], size, 0);
		} else {
			xfree(live[at]);
			live[at] = _xmalloc(size, 0);
		}
	}
	for (unsigned int at = 0; at < 40; at++) {
		xfree(live[at]);
	}
	xmem_xmalloc_trim();
	return xmem_xmalloc_total() == 0;
}

static void kernel_starts(void)
{
	my_ram = aligned_alloc(MY_FRAMES * PAGE_SIZE, MY_FRAMES * PAGE_SIZE);
	my_frametable = calloc(MY_FRAMES, sizeof(*my_frametable));
	for (unsigned long i = 0; i < MY_FRAMES; i++) {
		my_frametable[i].word = MY_REST;
	}
	/* Addresses of the process where nothing is used. */
	my_window = (unsigned long)aligned_alloc(PAGE_SIZE,
						 MY_WINDOW_PAGES * PAGE_SIZE);
	init_domheap_pages(PAGE_SIZE, (paddr_t)MY_HOLE << PAGE_SHIFT);
	init_domheap_pages((paddr_t)MY_BEHIND << PAGE_SHIFT,
			   (paddr_t)MY_FRAMES << PAGE_SHIFT);
	vm_init();
}

int main(void)
{
	unsigned long all;

	kernel_starts();
	all = total_free_pages();
	tap(others_leave_the_words_alone(), "only xmalloc writes the words");
	tap(an_object_writes_its_pages_alone(), "of the pages that it uses");
	tap(churn() && errors == 0, "and all are at rest when they are freed");
	tap(nothing_is_nothing(), "nothing is nothing");
	try_addresses();
	tap(errors == 0, "any address has an answer");
	tap(nr_refused > 200, "the library itself refuses what is wrong");
	tap(xmem_check_all() == NULL && total_free_pages() == all,
	    "nothing is lost");
	free(my_frametable);
	free(my_ram);
	return tap_end();
}
