/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * glue.c - between the hypervisor and xmem: sees both sides
 */
#include "full.h"

#include "renamed.h"
#include <xmem/hooks.h>

/* ---- objects: pages of the hypervisor, and a word of its descriptor ---- */

void *xen_pages(unsigned int order, unsigned int memflags)
{
	(void)memflags;
	return alloc_xenheap_pages(order);
}

unsigned long xmem_xenheap_tag(const void *va)
{
	const struct page_info *pg = virt_to_page(va);

	return pg != NULL && pg->xenheap ? pg->word : XMEM_TAG_NONE;
}

void xmem_xenheap_set_tag(void *va, unsigned long tag)
{
	virt_to_page(va)->word = tag;
}

/* ---- metadata of the window ---- */

void *xmem_meta_take(unsigned long nr)
{
	return xmem_alloc_pages_exact(nr, 0, 0);
}

void xmem_meta_give(void *va, unsigned long nr)
{
	xmem_free_pages_exact(va, nr);
}

/* ---- vmalloc: frames of the hypervisor, in its books ---- */

struct domain vmalloc_domain = {"vmalloc", 0, NR_FRAMES};

/* The largest block that there is. */
unsigned int xmem_alloc_runs(struct xmem_run *runs, unsigned int max_runs,
			     unsigned long nr, unsigned int memflags,
			     unsigned long *got)
{
	(void)max_runs;
	(void)memflags;
	for (unsigned int order = MAX_ORDER + 1; order-- > 0;) {
		struct page_info *pg = NULL;

		if (1UL << order <= nr) {
			pg = alloc_domheap_pages(&vmalloc_domain, order,
						 MEMF_no_scrub);
		}
		if (pg != NULL) {
			*got = 1UL << order;
			*runs = (struct xmem_run){pg - page_info, *got};
			return 1;
		}
	}
	return 0;
}

/* Has vmalloc the frame @mfn for the page at @va? For none yet, if @va is 0. */
static int is_at(unsigned long mfn, unsigned long va)
{
	return mfn < NR_FRAMES && page_info[mfn].owner == &vmalloc_domain &&
	       page_info[mfn].word == va;
}

/* Runs are single frames, as xmem_map_collect() below makes them. */
unsigned long xmem_free_runs_at(const struct xmem_run *runs,
				unsigned int nr_runs, unsigned long va,
				unsigned long nr)
{
	for (unsigned int i = 0; i < nr_runs; i++) {
		if (!is_at(runs[i].mfn, va + i * PAGE_SIZE)) {
			return i;
		}
	}
	for (unsigned int i = 0; nr_runs == nr && i < nr_runs; i++) {
		free_domheap_pages(&page_info[runs[i].mfn], 0);
	}
	return nr_runs;
}

/* ---- vmap: page tables of the hypervisor ---- */

void xmem_map_commit(unsigned long va, unsigned long mfn, unsigned long nr,
		     unsigned int flags)
{
	unsigned long rights = PT_READ;

	rights |= (flags & XMEM_MAP_WRITE) != 0 ? PT_WRITE : 0;
	rights |= (flags & XMEM_MAP_TYPE_MASK) != XMEM_MAP_WB ? PT_UNCACHED : 0;
	pt_map(va, mfn, nr, rights);
	for (; nr > 0; nr--, mfn++, va += PAGE_SIZE) {
		if (is_at(mfn, 0)) { /* vmalloc's own mapping: the first one */
			page_info[mfn].word = va;
		}
	}
}

/* An entry without rights keeps its frame. */
void xmem_map_park(unsigned long va, unsigned long nr)
{
	pt_protect(va, nr, 0);
}

unsigned int xmem_map_collect(unsigned long va, unsigned long nr,
			      struct xmem_run *runs, unsigned int max_runs,
			      unsigned long *nr_done)
{
	unsigned int filled = 0;

	for (*nr_done = 0; *nr_done < nr && filled < max_runs; ++*nr_done) {
		runs[filled].mfn = pt_unmap(va + (*nr_done << PAGE_SHIFT));
		runs[filled].nr = 1;
		filled += runs[filled].mfn != NO_FRAME;
	}
	return filled;
}
