/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page_alloc.c - the hypervisor's page accounting: state, references, owner,
 * quota, scrubbing, offline pages
 *
 * It had an allocator of blocks below it, and has that of xmem now: the lines
 * that say so are those with xmem_ in them.
 */
#include "hyp.h"

#include <xmem/hooks.h>

#include <string.h>

struct page_info page_info[NR_FRAMES];
unsigned char *ram;

static mfn_t frame_of(const struct page_info *pg)
{
	return (mfn_t)(pg - page_info);
}

static void scrub(mfn_t mfn, unsigned int order)
{
	memset(ram + (mfn << PAGE_SHIFT), 0, (size_t)PAGE_SIZE << order);
}

unsigned int node_of_frame(mfn_t mfn)
{
	return mfn >= NR_FRAMES / NR_NODES;
}

/* ---- idle CPUs scrub: they walk over memory, 16 pages a step ---- */

/* Return: were all pages free? Then they are clean now. */
static int scrub_free(mfn_t mfn, unsigned int order)
{
	_Bool dirty;

	if (xmem_block_take_at(mfn, order, &dirty) != 0) {
		return 0; /* some are in use, or offline, or no RAM */
	}
	if (dirty) {
		scrub(mfn, order);
	}
	if (xmem_block_give(mfn, order, 1) != 0) {
		panic("page_alloc: page %lx does not go back\n", mfn);
	}
	return 1;
}

void scrub_idle(void)
{
	static mfn_t next;

	if (!scrub_free(next, 4)) {
		for (mfn_t i = next; i < next + 16; i++) {
			(void)scrub_free(i, 0);
		}
	}
	next = (next + 16) % NR_FRAMES;
}

void add_memory(mfn_t from, mfn_t to, int node)
{
	unsigned long bytes = xmem_heap_span_bytes(from, to);
	unsigned long used = (bytes + PAGE_SIZE - 1) >> PAGE_SHIFT;
	void *meta = ram + (from << PAGE_SHIFT);

	/* It holds the metadata of its own span. */
	if (xmem_heap_add_span(from, to, (unsigned int)node, 0, meta) != 0 ||
	    xmem_block_give_range(from + used, to - from - used, 0) != 0) {
		panic("page_alloc: no memory: pages %lx..%lx\n", from, to - 1);
	}
	for (mfn_t mfn = from; mfn < to; mfn++) {
		page_info[mfn].state = mfn < from + used ? PGS_inuse : PGS_free;
		page_info[mfn].xenheap = mfn < from + used;
	}
}

/* ---- allocate ---- */

static struct page_info *alloc_pages(struct domain *d, unsigned int order,
				     int flags, int xenheap)
{
	const struct xmem_block_request req = {
		.order = order,
		.node = (unsigned int)(flags >> 8) - 1, /* or XMEM_ANY_NODE */
		.flags = (flags & MEMF_exact_node) ? XMEM_BLOCK_EXACT_NODE : 0,
		.hi = (flags & MEMF_dma) ? DMA_FRAMES : NR_FRAMES};
	_Bool dirty;
	mfn_t mfn;

	if (d != NULL && d->tot_pages + (1 << order) > d->max_pages) {
		return NULL;
	}
	mfn = xmem_block_take(&req, &dirty);
	if (mfn == XMEM_NO_MFN) {
		return NULL;
	}
	if (dirty && !(flags & MEMF_no_scrub)) {
		scrub(mfn, order);
	}
	for (mfn_t i = mfn; i < mfn + (1UL << order); i++) {
		struct page_info taken = {PGS_inuse, 0, xenheap, d, 0};

		if (page_info[i].state != PGS_free) {
			panic("page_alloc: page %lx comes from the allocator "
			      "in state %d\n",
			      i, page_info[i].state);
		}
		page_info[i] = taken;
	}
	if (d != NULL) {
		d->tot_pages += 1 << order;
	}
	return &page_info[mfn];
}

struct page_info *alloc_domheap_pages(struct domain *d, unsigned int order,
				      int flags)
{
	return alloc_pages(d, order, flags, 0);
}

void *alloc_xenheap_pages(unsigned int order)
{
	struct page_info *pg = alloc_pages(NULL, order, MEMF_no_scrub, 1);

	return pg ? ram + (frame_of(pg) << PAGE_SHIFT) : NULL;
}

/* ---- free ---- */

static void give(mfn_t mfn, unsigned int order)
{
	int rc = xmem_block_give(mfn, order, 0);

	if (rc != 0) {
		panic("page_alloc: page %lx order %u: %s\n", mfn, order,
		      rc == -EBUSY ? "in use, says its state, but free"
				   : "no RAM of the allocator");
	}
}

static void free_pages(mfn_t mfn, unsigned int order, int xenheap)
{
	unsigned long nr = 1UL << order;
	int offlining = 0;

	for (mfn_t i = mfn; i < mfn + nr; i++) {
		struct page_info *pg = &page_info[i];

		if (pg->state == PGS_free || pg->state == PGS_offline ||
		    pg->refs != 0 || pg->xenheap != xenheap ||
		    pg->owner != page_info[mfn].owner) {
			panic("page_alloc: free of page %lx in state %d\n", i,
			      pg->state);
		}
		offlining += pg->state == PGS_offlining;
	}
	if (page_info[mfn].owner != NULL) {
		page_info[mfn].owner->tot_pages -= 1 << order;
	}
	for (mfn_t i = mfn; i < mfn + nr; i++) {
		struct page_info none = {PGS_free, 0, 0, NULL, 0};
		int stays = page_info[i].state == PGS_offlining;

		page_info[i] = none;
		if (stays) {
			page_info[i].state = PGS_offline;
		} else if (offlining) {
			give(i, 0);
		}
	}
	if (!offlining) {
		give(mfn, order);
	}
}

void free_domheap_pages(struct page_info *pg, unsigned int order)
{
	free_pages(frame_of(pg), order, 0);
}

void free_xenheap_pages(void *va, unsigned int order)
{
	if (va != NULL) {
		free_pages((mfn_t)((unsigned char *)va - ram) >> PAGE_SHIFT,
			   order, 1);
	}
}

/* ---- offline pages: the allocator does not have them ---- */

int offline_page(mfn_t mfn)
{
	_Bool dirty;
	int rc = xmem_block_take_at(mfn, 0, &dirty);

	page_info[mfn].state = rc == 0 ? PGS_offline : PGS_offlining;
	return rc != 0;
}

void online_page(mfn_t mfn)
{
	page_info[mfn].state = PGS_free;
	give(mfn, 0);
}
