/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * my_page.h - a descriptor whose word for xmalloc rests at a value of its own
 *
 * The kernel uses the word for something else while xmalloc has no use for it:
 * MY_REST stands for that. It is written by set_tag alone, which counts.
 */
#ifndef MY_PAGE_H
#define MY_PAGE_H

#define MY_REST 0x0dd5e1fUL

enum my_use { MY_NOBODYS, MY_HELD, MY_OWNED, MY_COUNTED, MY_XENHEAP };

struct my_page {
	unsigned long word;
	unsigned long nr_writes; /* of the word */
	struct domain *owner;
	enum my_use use;
};

static inline struct my_page *mfn_to_page(mfn_t mfn)
{
	if (!xmem_arch_mfn_valid(mfn_x(mfn))) {
		my_conversion_panic("mfn_to_page", mfn_x(mfn));
	}
	return FRAMETABLE_VIRT_START + mfn_x(mfn);
}

/* The one conversion that sees any pointer. */
static inline mfn_t page_to_mfn(const struct my_page *pg)
{
	return _mfn(((unsigned long)pg - (unsigned long)FRAMETABLE_VIRT_START) /
		    sizeof(*pg));
}

static inline struct domain *xmem_page_owner(const struct my_page *pg)
{
	return pg->owner;
}

static inline unsigned long xmem_page_refs(const struct my_page *pg)
{
	(void)pg; /* Nobody counts. */
	return 0;
}

static inline void xmem_page_set_owner(struct my_page *pg, struct domain *d,
				       bool counted)
{
	pg->owner = d;
	pg->use = counted ? MY_COUNTED : MY_OWNED;
}

static inline bool xmem_page_is_counted(const struct my_page *pg)
{
	return pg->use == MY_COUNTED;
}

static inline void xmem_page_set_xenheap(struct my_page *pg)
{
	pg->owner = NULL;
	pg->use = MY_XENHEAP;
}

static inline void xmem_page_release(struct my_page *pg)
{
	pg->owner = NULL;
	pg->use = MY_NOBODYS;
}

static inline bool is_xen_heap_page(const struct my_page *pg)
{
	return pg->use == MY_XENHEAP;
}

static inline unsigned long xmem_page_tag(const struct my_page *pg)
{
	return pg->word == MY_REST ? XMEM_TAG_NONE : pg->word;
}

static inline void xmem_page_set_tag(struct my_page *pg, unsigned long tag)
{
	pg->word = tag == XMEM_TAG_NONE ? MY_REST : tag;
	pg->nr_writes++;
}

#endif /* MY_PAGE_H */
