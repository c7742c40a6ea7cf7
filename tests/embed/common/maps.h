/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * maps.h - what vmap and vmalloc must do, whatever the kernel's maps are
 *
 * Included once, by a program that has machine.c, mmu.c and a glue.
 */
#ifndef MAPS_H
#define MAPS_H

#include <xmem/xmem.h>

#include <churn.h>
#include <machine.h>
#include <mmu.h>
#include <tap.h>

struct page_info *my_frametable;

/* RAM in two pieces; what lies between them is no RAM. */
static void kernel_starts(void)
{
	machine_start();
	my_frametable = calloc(MACHINE_FRAMES, sizeof(*my_frametable));
	init_boot_pages(0, (paddr_t)1500 << PAGE_SHIFT);
	init_boot_pages((paddr_t)1700 << PAGE_SHIFT,
			(paddr_t)MACHINE_FRAMES << PAGE_SHIFT);
	end_boot_allocator();
	vm_init();
	heap_init_late();
}

/* Two mappings of the same frames. */
static void check_views(struct page_info *pg)
{
	unsigned long mfn = mfn_x(page_to_mfn(pg));
	mfn_t mfns[3] = {_mfn(mfn + 2), _mfn(mfn), _mfn(mfn + 3)};
	unsigned char *a = vmap(mfns, 3);
	unsigned char *b =
		__vmap(mfns, 1, 3, 1, PAGE_HYPERVISOR_RO, VMAP_DEFAULT);

	a[0] = 1;
	a[PAGE_SIZE] = 2;
	tap(b[0] == 1 && b[PAGE_SIZE] == 2, "two views of the same frames");
	tap(vmap_to_page(b + PAGE_SIZE) == pg,
	    "the page behind an address is found");
	vunmap(a);
	tap(!machine_can_read(a) && machine_can_read(b),
	    "what is unmapped cannot be read, even by a TLB");
	vunmap(b);
}

/* An area that needs more tables than there are. */
static void check_failure(void)
{
	unsigned long before = total_free_pages();
	unsigned int left = my_tables_left;

	my_tables_left = 1;
	tap(vmalloc(300 * PAGE_SIZE) == NULL, "no memory for a table is NULL");
	my_tables_left = left - (1 - my_tables_left);
	tap(total_free_pages() == before - 1 && xmem_vmap_used(0) == 0,
	    "and leaves no trace but the table");
}

/* How many pages of the window can be read. */
static unsigned long nr_readable(void)
{
	unsigned long nr = 0;

	for (unsigned long i = 0; i < MACHINE_WINDOW_PAGES; i++) {
		nr += machine_can_read((void *)(my_window + i * PAGE_SIZE));
	}
	return nr;
}

/* There are tables, but no frames. */
static void check_no_frames(void)
{
	static struct xmem_run runs[64];
	unsigned long got;
	unsigned int nr = xmem_alloc_runs(runs, 64, ~0UL, 0, &got);

	tap(total_free_pages() == 0 && vmalloc(2 * PAGE_SIZE) == NULL &&
		    nr_readable() == 0,
	    "no memory for a frame is NULL, and nothing is mapped");
	xmem_free_runs(runs, nr);
}

static int check_maps(void)
{
	struct page_info *pg;
	unsigned long before;
	char *small;
	char *large;

	kernel_starts();
	tap(churn(), "areas can be used");
	before = total_free_pages();
	tap(churn() && total_free_pages() == before,
	    "and all their frames come back");
	pg = alloc_domheap_pages(NULL, 2, 0);
	check_views(pg);
	free_domheap_pages(pg, 2);
	check_failure();
	check_no_frames();
	small = xvmalloc_array(char, 100);
	large = xvmalloc_array(char, 100000);
	tap(!vmap_contains(small) && vmap_contains(large),
	    "xvmalloc uses pools and maps");
	xvfree(small);
	xvfree(large);
	tap(!machine_can_read(large), "what is freed cannot be read");
	tap(xmem_check_all() == NULL, "all is sound");
	free(my_frametable);
	return tap_end();
}

#endif /* MAPS_H */
