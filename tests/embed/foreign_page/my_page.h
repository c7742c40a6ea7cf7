/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * my_page.h - the kernel's page descriptor, and what xmem may do with it
 *
 * The first two fields are the kernel's alone: it counts references and
 * keeps a state, and reads them without the allocator's lock. The library
 * only ever asks for the count. What it notes itself is in the last two.
 */
#ifndef MY_PAGE_H
#define MY_PAGE_H

enum my_state { MY_FREE = 0x11, MY_USED = 0x22 };

struct page {
	unsigned int state;    /* the kernel's */
	unsigned int refcount; /* the kernel's */
	unsigned long mapping; /* the kernel's */
	struct domain *owner;  /* xmem's */
	unsigned long note;    /* xmem's: tag << 2 and these */
};

#define MY_XENHEAP 1UL
#define MY_COUNTED 2UL

static inline struct page *mfn_to_page(mfn_t mfn)
{
	return FRAMETABLE_VIRT_START + mfn_x(mfn);
}

static inline mfn_t page_to_mfn(const struct page *pg)
{
	return _mfn((unsigned long)(pg - FRAMETABLE_VIRT_START));
}

static inline struct domain *xmem_page_owner(const struct page *pg)
{
	return pg->owner;
}

static inline unsigned long xmem_page_refs(const struct page *pg)
{
	return pg->refcount;
}

static inline void xmem_page_set_owner(struct page *pg, struct domain *d,
				       bool counted)
{
	pg->owner = d;
	pg->note = counted ? MY_COUNTED : 0;
}

static inline bool xmem_page_is_counted(const struct page *pg)
{
	return (pg->note & MY_COUNTED) != 0;
}

static inline void xmem_page_set_xenheap(struct page *pg)
{
	pg->owner = NULL;
	pg->note = MY_XENHEAP;
}

static inline void xmem_page_release(struct page *pg)
{
	pg->owner = NULL;
	pg->note = 0;
}

static inline bool is_xen_heap_page(const struct page *pg)
{
	return (pg->note & MY_XENHEAP) != 0;
}

static inline unsigned long xmem_page_tag(const struct page *pg)
{
	return pg->note >> 2;
}

static inline void xmem_page_set_tag(struct page *pg, unsigned long tag)
{
	pg->note = tag << 2 | (pg->note & 3);
}

#endif /* MY_PAGE_H */
