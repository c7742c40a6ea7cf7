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
	unsigned long note;    /* xmem's: tag << 4 and these */
};

#define MY_XENHEAP 1UL
#define MY_COUNTED 2UL
#define MY_LIVE	   12UL

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
	pg->note = (pg->note & MY_LIVE) | (counted ? MY_COUNTED : 0);
}

static inline bool xmem_page_is_counted(const struct page *pg)
{
	return (pg->note & MY_COUNTED) != 0;
}

static inline void xmem_page_set_xenheap(struct page *pg)
{
	pg->owner = NULL;
	pg->note = (pg->note & MY_LIVE) | MY_XENHEAP;
}

static inline void xmem_page_release(struct page *pg)
{
	pg->owner = NULL;
	pg->note &= MY_LIVE;
}

/* Nobody else writes this word, so it has room for what caches need. */
#define XMEM_PAGE_HAS_LIVE true
static inline unsigned int xmem_page_live(const struct page *pg)
{
	return (unsigned int)(pg->note & MY_LIVE) >> 2;
}

static inline void xmem_page_set_live(struct page *pg, unsigned int live)
{
	pg->note = (pg->note & ~MY_LIVE) | (unsigned long)live << 2;
}

static inline void xmem_page_break(struct page *pg)
{
	__atomic_fetch_and(&pg->note, ~MY_LIVE, __ATOMIC_RELAXED);
}

static inline bool is_xen_heap_page(const struct page *pg)
{
	return (pg->note & MY_XENHEAP) != 0;
}

static inline unsigned long xmem_page_tag(const struct page *pg)
{
	return pg->note >> 4;
}

static inline void xmem_page_set_tag(struct page *pg, unsigned long tag)
{
	pg->note = tag << 4 | (pg->note & 15);
}

#endif /* MY_PAGE_H */
