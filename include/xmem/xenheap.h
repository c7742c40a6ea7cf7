/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xenheap.h - pages that are mapped, by address: all that xmalloc needs
 *
 * The xenheap half of <xmem/pages.h>, which says what holds for all of these
 * functions. It is apart from it because it needs no descriptor of a page and
 * no <arch/layout.h>: a host with a page allocator of its own that takes only
 * objects has neither.
 */
#ifndef XMEM_XENHEAP_H
#define XMEM_XENHEAP_H

#include <xmem/config.h>
#include <xmem/log2.h>
#include <xmem/types.h>

XMEM_BEGIN_DECLS

/* Allocation flags: the known names, values and meaning. */
#define MEMF_no_refcount     (1U << 0) /* do not count in tot_pages */
#define MEMF_keep_scrub	     (1U << 2) /* reserved */
#define MEMF_no_dma	     (1U << 3) /* keep out of low (DMA) memory */
#define MEMF_exact_node	     (1U << 4) /* fail rather than leave the node */
#define MEMF_no_owner	     (1U << 5) /* do not make @d the owner */
#define MEMF_no_tlbflush     (1U << 6) /* reserved */
#define MEMF_no_icache_flush (1U << 7) /* no code will be run from it */
#define MEMF_no_scrub	     (1U << 8) /* contents do not matter */
#define MEMF_vmalloc	     (1U << 9) /* xmem_page_set_vmalloc() follows */
#define MEMF_node_shift	     16
#define MEMF_node_mask	     0xffU
/** Prefer NUMA node @n, 0..MAX_NUMNODES-1; ~0U and 0xff: no preference. With
 *  other numbers the allocation fails. */
#define MEMF_node(n) \
	((((unsigned int)(n) + 1) & MEMF_node_mask) << MEMF_node_shift)
#define MEMF_bits_shift 24
#define MEMF_bits_mask	0xffU
/** Use only frames whose physical addresses fit in @n bits, 1..64. */
#define MEMF_bits(n) (((unsigned int)(n)&MEMF_bits_mask) << MEMF_bits_shift)

/**
 * alloc_xenheap_pages - allocate 2^@order contiguous, mapped pages.
 * @order:    0..MAX_ORDER.
 * @memflags: MEMF_bits, MEMF_node, MEMF_exact_node, MEMF_no_dma.
 *
 * The address is aligned to the size of the block. Contents are undefined.
 * Return: address, owned by the caller until free_xenheap_pages(); NULL if
 * @order is out of range, no memory fits, or the heap is not up yet.
 */
XMEM_MUST_CHECK void *alloc_xenheap_pages(unsigned int order,
					  unsigned int memflags);

/**
 * free_xenheap_pages - free 2^@order xenheap pages.
 * @va:    start of an aligned part of a xenheap allocation; NULL is ignored.
 * @order: 0..MAX_ORDER.
 *
 * Panics, naming @va, if it is not aligned to @order, not a xenheap page,
 * free already, or a page that xmalloc uses.
 */
void free_xenheap_pages(void *va, unsigned int order);

/** alloc_xenheap_page, free_xenheap_page - the same for one page. */
#define alloc_xenheap_page()  (alloc_xenheap_pages(0, 0))
#define free_xenheap_page(va) (free_xenheap_pages(va, 0))

/* Free @p and set it to NULL, so that it cannot be used again. */
#define FREE_XENHEAP_PAGES(p, o)                    \
	do {                                        \
		void *xmem_ptr_ = (p);              \
		(p) = NULL;                         \
		free_xenheap_pages(xmem_ptr_, (o)); \
	} while (0)
#define FREE_XENHEAP_PAGE(p) FREE_XENHEAP_PAGES(p, 0)

/*
 * A host that has these two, as functions or macros that its port makes known,
 * defines XMEM_PORT_ORDERS. The library itself calls neither.
 */
#ifndef XMEM_PORT_ORDERS
/**
 * get_order_from_pages - smallest order with 2^order >= @nr_pages.
 * @nr_pages: any; 0 and 1 give 0.
 */
static inline unsigned int get_order_from_pages(unsigned long nr_pages)
{
	return xmem_order_for(nr_pages);
}

/** get_order_from_bytes - smallest order that holds @size bytes. */
static inline unsigned int get_order_from_bytes(unsigned long size)
{
	return xmem_order_for((size >> PAGE_SHIFT) +
			      ((size & (PAGE_SIZE - 1)) != 0));
}
#endif

XMEM_END_DECLS

#endif /* XMEM_XENHEAP_H */
