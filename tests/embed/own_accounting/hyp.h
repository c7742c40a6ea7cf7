/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hyp.h - the hypervisor's own header: nothing here is for xmem
 *
 * Its types and functions have the names that xmem's headers use, and are
 * something else: no file can include both this and <xmem/pages.h>.
 */
#ifndef HYP_H
#define HYP_H

#include "hyp_base.h"

#ifndef NULL
#define NULL ((void *)0)
#endif
#define PAGE_SIZE (1 << PAGE_SHIFT)

struct domain {
	const char *name;
	int tot_pages;
	int max_pages;
};

/* ---- descriptors: whose a page is; the hypervisor's accounting ---- */

enum page_state { PGS_free, PGS_inuse, PGS_offlining, PGS_offline };

struct page_info {
	enum page_state state;
	int refs; /* must be 0 when the page is freed */
	int xenheap;
	struct domain *owner;
	unsigned long word; /* of whoever has the page */
};

#define NR_NODES   2
#define DMA_FRAMES 256UL

extern struct page_info page_info[NR_FRAMES];

#define MEMF_exact_node (1 << 0)
#define MEMF_no_scrub	(1 << 1)
#define MEMF_dma	(1 << 2) /* below DMA_FRAMES */
#define MEMF_node(n)	(((n) + 1) << 8)

struct page_info *alloc_domheap_pages(struct domain *d, unsigned int order,
				      int flags);
void free_domheap_pages(struct page_info *pg, unsigned int order);
void *alloc_xenheap_pages(unsigned int order);
void free_xenheap_pages(void *va, unsigned int order);

/* Pages [@from, @to) of @node are RAM: at boot, and when a DIMM is added. */
void add_memory(mfn_t from, mfn_t to, int node);

/* Keep a page out of use: at once (0), or when it is freed (1). */
int offline_page(mfn_t mfn);
void online_page(mfn_t mfn);

/* What an idle CPU does. */
void scrub_idle(void);

/* ---- objects: those of the library, and who asks is counted ---- */

void *_xmalloc(unsigned long size, unsigned long align);
void xfree(void *va);
extern int objects_in_use;

#endif /* HYP_H */
