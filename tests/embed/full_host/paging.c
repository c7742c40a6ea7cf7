/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * paging.c - the hypervisor's own page tables of the window
 *
 * Two levels. An entry has a frame, and rights; one without rights is not
 * present. The CPU is mmap(): the TLB is filled when an entry becomes present,
 * and keeps what it has until it is flushed.
 */
#define _GNU_SOURCE
#include "full.h"

#include <sys/mman.h>
#include <unistd.h>

#include <string.h>

#define NR_TABLES  (WINDOW_PAGES / 512)
#define PTE_IN_USE 8UL /* so that frame 0 without rights is not nothing */
#define PTE_RIGHTS 7UL

typedef unsigned long pte_t;

unsigned char *window;
unsigned long pt_tables;
static pte_t **root;
static pte_t tlb[WINDOW_PAGES]; /* 0: nothing */
static int memory;		/* RAM, then the device */

void *window_end(void)
{
	return window + (WINDOW_PAGES << PAGE_SHIFT);
}

void __init pt_init(void)
{
	unsigned long bytes = (NR_FRAMES + DEVICE_FRAMES) << PAGE_SHIFT;

	memory = memfd_create("memory", 0);
	if (memory < 0 || ftruncate(memory, (off_t)bytes) != 0) {
		panic("pt_init: no memory\n");
	}
	ram = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	window = mmap(NULL, WINDOW_PAGES << PAGE_SHIFT, PROT_NONE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	BUG_ON(ram == MAP_FAILED || window == MAP_FAILED);
	memset(ram, 0xa5, bytes); /* what firmware has left there */
	root = boot_alloc(1);
}

struct page_info *virt_to_page(const void *va)
{
	mfn_t mfn = va_to_frame(va);

	return mfn < NR_FRAMES ? &page_info[mfn] : NULL;
}

static unsigned long page_of(unsigned long va)
{
	unsigned long page = (va - (unsigned long)window) >> PAGE_SHIFT;

	if (page >= WINDOW_PAGES) {
		panic("paging: %lx is not in the window\n", va);
	}
	return page;
}

/* NULL: it has no table. */
static pte_t *entry_of(unsigned long va)
{
	unsigned long page = page_of(va);

	return root[page / 512] != NULL ? &root[page / 512][page % 512] : NULL;
}

static void fill_tlb(unsigned long va, pte_t pte)
{
	unsigned char *at = window + (page_of(va) << PAGE_SHIFT);
	mfn_t mfn = pte >> PAGE_SHIFT;
	int prot = PROT_NONE;

	prot |= (pte & PT_READ) ? PROT_READ : 0;
	prot |= (pte & PT_WRITE) ? PROT_WRITE : 0;
	if (mfn >= NR_FRAMES + DEVICE_FRAMES) {
		mfn = 0; /* no such thing on the bus */
		prot = PROT_NONE;
	}
	BUG_ON(mmap(at, PAGE_SIZE, prot, MAP_SHARED | MAP_FIXED, memory,
		    (off_t)(mfn << PAGE_SHIFT)) != at);
	tlb[page_of(va)] = (pte & PTE_RIGHTS) != 0 ? pte : 0;
}

void flush_tlb(unsigned long va, unsigned long nr)
{
	for (; nr > 0; nr--, va += PAGE_SIZE) {
		const pte_t *entry = entry_of(va);

		fill_tlb(va, entry != NULL ? *entry : 0);
	}
}

int pt_populate(unsigned long va, unsigned long nr)
{
	for (; nr > 0; nr--, va += PAGE_SIZE) {
		pte_t **table = &root[page_of(va) / 512];

		if (*table == NULL) {
			*table = alloc_xenheap_pages(0);
			if (*table == NULL) {
				return -ENOMEM;
			}
			memset(*table, 0, PAGE_SIZE);
			pt_tables++;
		}
	}
	return 0;
}

void pt_map(unsigned long va, mfn_t mfn, unsigned long nr, unsigned long rights)
{
	for (; nr > 0; nr--, va += PAGE_SIZE, mfn++) {
		pte_t *entry = entry_of(va);

		BUG_ON(entry == NULL);
		*entry = mfn << PAGE_SHIFT | PTE_IN_USE | rights;
		if (tlb[page_of(va)] == 0) {
			fill_tlb(va, *entry);
		}
	}
}

void pt_protect(unsigned long va, unsigned long nr, unsigned long rights)
{
	for (; nr > 0; nr--, va += PAGE_SIZE) {
		pte_t *entry = entry_of(va);

		if (entry != NULL && (*entry & PTE_IN_USE) != 0) {
			*entry = (*entry & ~PTE_RIGHTS) | rights;
		}
	}
}

mfn_t pt_unmap(unsigned long va)
{
	pte_t *entry = entry_of(va);
	pte_t had = entry != NULL ? *entry : 0;

	if (had == 0) {
		return NO_FRAME;
	}
	*entry = 0;
	return had >> PAGE_SHIFT;
}

mfn_t pt_lookup(unsigned long va)
{
	const pte_t *entry = entry_of(va);

	return entry != NULL && (*entry & PT_READ) != 0 ? *entry >> PAGE_SHIFT
							: NO_FRAME;
}

unsigned long pt_entries_in_use(void)
{
	unsigned long nr = 0;

	for (unsigned long i = 0; i < WINDOW_PAGES; i++) {
		const pte_t *entry =
			entry_of((unsigned long)window + (i << PAGE_SHIFT));

		nr += entry != NULL && *entry != 0;
	}
	return nr;
}

const char *pt_check(void)
{
	for (unsigned long i = 0; i < WINDOW_PAGES; i++) {
		const pte_t *entry =
			entry_of((unsigned long)window + (i << PAGE_SHIFT));

		if (entry != NULL && *entry != 0 &&
		    (*entry & PTE_RIGHTS) == 0) {
			return "an entry is left half unmapped";
		}
		if (tlb[i] != (entry != NULL ? *entry : 0)) {
			return "a translation is stale";
		}
	}
	return NULL;
}
