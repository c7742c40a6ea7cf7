/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - the page layer in a kernel with its own page descriptor (E7)
 *
 * The kernel's state, reference count and mapping of every frame must be
 * what the kernel itself wrote, whatever the library does; the hooks keep the
 * kernel's state in step with the free set.
 *
 * include: tests/embed/foreign_page tests/embed/common
 * link: tests/embed/common/console.c
 * link: src/buddy/ src/heap/ src/page/ src/xenheap/ src/boot/[bh]*.c src/lib/[a-z]*.c
 * flags: -O0
 */
#include <xmem/admin.h>
#include <xmem/boot.h>
#include <xmem/debug.h>
#include <xmem/map.h>
#include <xmem/pages.h>

#include <tap.h>

struct domain {
	char name[24];
	struct xmem_owner pages;
};

unsigned char *my_ram;
struct page *my_frametable;
unsigned int my_locks_held, my_preempt_offs;
static unsigned long hook_errors;
static struct page kernels_view[MY_FRAMES]; /* what it wrote itself */

struct xmem_owner *xmem_domain_owner(struct domain *d)
{
	return &d->pages;
}

static void set_state(unsigned long mfn, unsigned int order, enum my_state from,
		      enum my_state to)
{
	hook_errors += my_locks_held != 0 || my_preempt_offs == 0;
	for (unsigned long i = mfn; i < mfn + (1UL << order); i++) {
		hook_errors += my_frametable[i].state != from;
		my_frametable[i].state = to;
		kernels_view[i].state = to;
	}
}

void my_frames_taken(unsigned long mfn, unsigned int order)
{
	set_state(mfn, order, MY_FREE, MY_USED);
}

void my_frames_given(unsigned long mfn, unsigned int order)
{
	set_state(mfn, order, MY_USED, MY_FREE);
}

void *map_domain_page(mfn_t mfn)
{
	hook_errors += my_locks_held != 0;
	return mfn_to_virt(mfn_x(mfn));
}

void unmap_domain_page(const void *va)
{
	(void)va;
}

/* Every frame: the kernel's fields as the kernel left them, its state that
 * of the heap. */
static int views_agree(void)
{
	for (unsigned long i = 0; i < MY_FRAMES; i++) {
		const struct page *a = &my_frametable[i];
		const struct page *b = &kernels_view[i];
		enum xmem_frame_state now = xmem_heap_frame_state(i);
		int is_free = now == XMEM_FRAME_CLEAN ||
			      now == XMEM_FRAME_DIRTY ||
			      now == XMEM_FRAME_CACHED;

		if (a->state != b->state || a->refcount != b->refcount ||
		    a->mapping != b->mapping ||
		    (a->state == MY_FREE) != is_free) {
			return 0;
		}
	}
	return hook_errors == 0 && xmem_heap_check() == NULL;
}

/* The kernel uses its fields while it has the frame. */
static void kernel_uses(struct page *pg, unsigned int refs)
{
	unsigned long mfn = mfn_x(page_to_mfn(pg));

	pg->refcount = kernels_view[mfn].refcount = refs;
	pg->mapping = kernels_view[mfn].mapping = mfn * 77;
}

static void kernel_starts(void)
{
	my_ram = aligned_alloc(MY_FRAMES * PAGE_SIZE, MY_FRAMES * PAGE_SIZE);
	my_frametable = calloc(MY_FRAMES, sizeof(*my_frametable));
	for (unsigned long i = 0; i < MY_FRAMES; i++) {
		struct page mine = {MY_USED, 0, i, NULL, 0};

		my_frametable[i] = kernels_view[i] = mine;
	}
	init_boot_pages(PAGE_SIZE, (paddr_t)700 << PAGE_SHIFT);
	init_boot_pages((paddr_t)800 << PAGE_SHIFT,
			(paddr_t)1000 << PAGE_SHIFT);
	end_boot_allocator();
	heap_init_late();
}

/* A frame is kept in the cache, by a bit of the kernel's own descriptor, and a
 * part of what came from there can be freed. */
static int caches_work(void)
{
	struct page *pg = alloc_domheap_pages(NULL, 3, 0);
	unsigned long mfn = mfn_x(page_to_mfn(pg));
	int good = xmem_page_live(pg + 7) == XMEM_LIVE_FRAME;

	free_domheap_page(pg + 5);
	good &= xmem_heap_frame_state(mfn + 5) == XMEM_FRAME_CACHED &&
		xmem_page_live(pg + 5) == XMEM_LIVE_NONE;
	free_domheap_page(pg + 4);
	free_domheap_pages(pg + 6, 1);
	free_domheap_pages(pg, 2);
	return good && views_agree();
}

#define NR_LIVE 60

static int churn(struct domain *d)
{
	struct {
		struct page *pg;
		void *va;
		unsigned int order;
	} live[NR_LIVE] = {{0}};
	int good = 1;

	for (unsigned int i = 0; i < 3000; i++) {
		unsigned int at = i * 13 % NR_LIVE;
		unsigned int order = i % 4;

		if (live[at].pg != NULL) {
			kernel_uses(live[at].pg, 0);
			free_domheap_pages(live[at].pg, live[at].order);
		}
		free_xenheap_pages(live[at].va, live[at].order);
		live[at].va = NULL;
		live[at].pg = NULL;
		live[at].order = order;
		if (i % 3 == 0) {
			live[at].va = alloc_xenheap_pages(order, 0);
		} else {
			live[at].pg =
				alloc_domheap_pages(i % 2 ? d : NULL, order, 0);
		}
		if (live[at].pg != NULL) {
			kernel_uses(live[at].pg, 5);
		}
		good &= i % 100 != 0 || views_agree();
	}
	for (unsigned int at = 0; at < NR_LIVE; at++) {
		if (live[at].pg != NULL) {
			kernel_uses(live[at].pg, 0);
			free_domheap_pages(live[at].pg, live[at].order);
		}
		free_xenheap_pages(live[at].va, live[at].order);
	}
	return good;
}

int main(void)
{
	struct domain d = {.name = "a task"};
	struct xmem_run runs[8];
	struct page *list[30];
	unsigned long all;
	unsigned long got;
	unsigned int nr;

	xmem_owner_init(&d.pages, 40, 0);
	kernel_starts();
	all = total_free_pages();
	tap(all > 850, "the kernel's memory is in the heap");
	tap(views_agree(), "the kernel heard of every frame that entered");
	tap(caches_work(), "its descriptors have room for what caches need");
	tap(churn(&d), "its own fields are never written");
	tap(d.pages.tot_pages == 0, "its own owners have their quota back");
	nr = xmem_alloc_runs(runs, 8, 100, 0, &got);
	tap(got == 100 && views_agree(), "bulk calls tell it too");
	xmem_free_runs(runs, nr);
	got = xmem_alloc_frame_pages(&d, 30, 0, list);
	for (unsigned long i = 0; i < got; i++) {
		kernel_uses(list[i], 0);
	}
	tap(got == 30 && views_agree() && d.pages.tot_pages == 30,
	    "so do lists of frames");
	got = xmem_free_frame_pages(&d, list, got);
	tap(views_agree() && got == 30 && d.pages.tot_pages == 0 && total_free_pages() == all,
	    "in the end all is as it was");
	free(my_frametable);
	free(my_ram);
	return tap_end();
}
