/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page_info.h - descriptors: what is recorded about a frame in use
 *
 * The heap needs no descriptor: its own bitmaps say which frames are free or
 * used, clean or dirty. A descriptor says who owns a frame (<xmem/owner.h>),
 * whether it is xenheap or vmalloc's, and has one word for xmalloc. For a frame
 * that is free, or that nobody in particular uses, all of that is 0.
 *
 * A host that has its own page descriptor defines XMEM_PORT_PAGE_INFO in
 * `xmem_port.h` as the name of a header, "in quotes". That header supplies
 * everything between the two marks below, in any form. It is included in their
 * place, so it may use all types that are defined before. If its struct has
 * another tag, the host also defines XMEM_PORT_PAGE_TAG as that tag.
 *
 * A host that takes vmap and vmalloc without the page layer needs no
 * descriptors: it has no XMEM_PORT_PAGE_INFO, and no FRAMETABLE_VIRT_START in
 * its <arch/layout.h>. vmalloc marks no frames then.
 *
 * All functions: any CPU, any context, also under a lock; they take none. @pg
 * is the descriptor of a valid frame, unless something else is said. Only who
 * has just allocated a frame, or is about to free it, may change its
 * descriptor.
 */
#ifndef XMEM_PAGE_INFO_H
#define XMEM_PAGE_INFO_H

#include <xmem/config.h>
#include <xmem/frames.h>
#include <xmem/hooks.h>
#include <xmem/owner.h>
#include <xmem/types.h>

#ifdef XMEM_PORT_PAGE_TAG
#define page_info XMEM_PORT_PAGE_TAG
#endif

/* Flags in count_info; the bits of PGC_count_mask count references. */
#define PGC_allocated (1UL << (sizeof(long) * 8 - 1)) /* has an owner */
#define PGC_xen_heap  (1UL << (sizeof(long) * 8 - 2)) /* xenheap page */
#define PGC_counted   (1UL << (sizeof(long) * 8 - 3)) /* in tot_pages */
/* Memory of vmalloc; the bits below count the pages to its address then. */
#define PGC_vmalloc (1UL << (sizeof(long) * 8 - 4))
/* Handed out by a CPU's cache: xmem_page_live(). */
#define PGC_live_shift (sizeof(long) * 8 - 6)
#define PGC_live       (3UL << PGC_live_shift)
#define PGC_count_mask ((1UL << (sizeof(long) * 8 - 8)) - 1)

/* What xmem_page_live() says of a frame. */
#define XMEM_LIVE_NONE	0U
#define XMEM_LIVE_FRAME 1U /* handed out by a CPU's cache, order 0 to 3 */
#define XMEM_LIVE_SUPER 2U /* first frame of a superpage, likewise */

#ifdef XMEM_PORT_PAGE_INFO
#define XMEM_HOST_HEADER XMEM_PORT_PAGE_INFO
#include <xmem/host_header.h>
#undef XMEM_HOST_HEADER
#elif defined(FRAMETABLE_VIRT_START)
/* ---- what a port with XMEM_PORT_PAGE_INFO supplies: from here ... ---- */

/**
 * struct page_info - the descriptor of a frame, 32 bytes on 64-bit.
 *
 * Whoever allocates or frees a frame writes count_info and owner, mostly
 * without the heap lock. Under the heap lock it calls the xmem_page_release()
 * that decides which of two frees of the same block is the valid one. The
 * library never raises the reference count. It refuses to free a
 * frame whose count is not 0, or that is vmalloc's. A free first reads
 * descriptors without a lock, perhaps while another CPU frees the same frames
 * by mistake; it reads them again under the lock.
 */
struct page_info {
	unsigned long count_info; /* PGC_* flags and reference count */
	struct domain *owner;	  /* NULL: nobody's */
	unsigned long tag;	  /* xenheap: XMEM_TAG_* or pages of xmalloc */
	unsigned long priv;	  /* the owner's, never touched here */
};

/** mfn_to_page - descriptor of frame @mfn; mfn_valid(mfn) must hold: a host's
 *  own may panic otherwise, as no other frame is ever converted. */
static inline struct page_info *mfn_to_page(mfn_t mfn)
{
	return FRAMETABLE_VIRT_START + xmem_arch_frame_to_index(mfn_x(mfn));
}

/** page_to_mfn - frame of descriptor @pg. free_domheap_pages() calls it with
 *  whatever it was given. Any other pointer gives a frame that is not valid, or
 *  one whose descriptor is not @pg; then that function says what is wrong. */
static inline mfn_t page_to_mfn(const struct page_info *pg)
{
	return _mfn(xmem_arch_index_to_frame(
		(unsigned long)(pg - FRAMETABLE_VIRT_START)));
}

/** xmem_page_owner - owner of the frame, or NULL. */
XMEM_MAY_RACE static inline struct domain *xmem_page_owner(
	const struct page_info *pg)
{
	return pg->owner;
}

/** xmem_page_refs - number of references that the hypervisor has to the frame;
 *  not 0 either if the frame is vmalloc's. Callers read it before
 *  is_xen_heap_page(): use acquire if the two are in different words. */
XMEM_MAY_RACE static inline unsigned long xmem_page_refs(
	const struct page_info *pg)
{
	return pg->count_info & (PGC_count_mask | PGC_vmalloc);
}

/**
 * xmem_page_live - was the frame handed out by the cache of a CPU?
 *
 * xmem_page_set_live - it has just been (@live: XMEM_LIVE_FRAME,
 * XMEM_LIVE_SUPER), or is being freed (XMEM_LIVE_NONE).
 *
 * By this mark a free finds out, without a lock, that a frame which it puts
 * into a cache was handed out by one: so a double free is seen at once. Every
 * frame of a block of order 0 to 3 that came from a cache has XMEM_LIVE_FRAME;
 * of a superpage that came from one as a whole, the first frame alone has
 * XMEM_LIVE_SUPER. All other frames have XMEM_LIVE_NONE: those that are free,
 * that lie in a cache, or that came from the heap without one.
 *
 * It lies in two bits of its own. Only who has just allocated the frame, or is
 * about to free it, writes them, without an atomic instruction. So they must be
 * in a word that nobody else changes at that time: not one in which other CPUs
 * set bits of any frame whenever they like. A word with a reference count is
 * fit if nobody raises a count that is 0. All other functions keep the bits.
 *
 * xmem_page_break - clear XMEM_LIVE_SUPER of a frame that may be in use by
 * somebody else, who may change the word at that time: by an atomic
 * instruction, if the word is one that others change at all. It comes if a part
 * of a superpage is freed, once for each superpage, under the heap's lock.
 *
 * A descriptor that has no such bits leaves out all three functions and
 * XMEM_PAGE_HAS_LIVE. Then no CPU has a cache.
 */
#define XMEM_PAGE_HAS_LIVE	true
XMEM_MAY_RACE static inline unsigned int xmem_page_live(
	const struct page_info *pg)
{
	return (unsigned int)((pg->count_info & PGC_live) >> PGC_live_shift);
}

static inline void xmem_page_set_live(struct page_info *pg, unsigned int live)
{
	pg->count_info = (pg->count_info & ~PGC_live) |
			 (unsigned long)live << PGC_live_shift;
}

static inline void xmem_page_break(struct page_info *pg)
{
	__atomic_fetch_and(&pg->count_info, ~PGC_live, __ATOMIC_RELAXED);
}

/** xmem_page_set_owner - the frame has just been allocated for @d. @counted: it
 *  is counted in the owner's tot_pages. */
static inline void xmem_page_set_owner(struct page_info *pg, struct domain *d,
				       bool counted)
{
	pg->owner = d;
	__atomic_store_n(&pg->count_info,
			 (pg->count_info & PGC_live) | PGC_allocated |
				 (counted ? PGC_counted : 0),
			 __ATOMIC_RELEASE);
}

/** xmem_page_is_counted - is the frame counted in its owner's tot_pages? */
XMEM_MAY_RACE static inline bool xmem_page_is_counted(
	const struct page_info *pg)
{
	return (pg->count_info & PGC_counted) != 0;
}

/** xmem_page_set_xenheap - the frame has just become a xenheap page. */
static inline void xmem_page_set_xenheap(struct page_info *pg)
{
	pg->count_info = (pg->count_info & PGC_live) | PGC_xen_heap;
	pg->owner = NULL;
	pg->tag = XMEM_TAG_NONE;
}

/** xmem_page_release - the frame is being freed: it is nobody's now. */
static inline void xmem_page_release(struct page_info *pg)
{
	pg->count_info &= PGC_live;
	pg->owner = NULL;
	pg->tag = XMEM_TAG_NONE;
}

/** is_xen_heap_page - is the frame an allocated xenheap page? */
XMEM_MAY_RACE static inline bool is_xen_heap_page(const struct page_info *pg)
{
	return (pg->count_info & PGC_xen_heap) != 0;
}

/**
 * xmem_page_set_vmalloc - mark the frame as vmalloc's, which is about to map
 * it at @page, an address >> PAGE_SHIFT. Nobody else can free it then.
 *
 * xmem_page_unset_vmalloc - remove the mark.
 *
 * xmem_page_is_vmalloc - is the frame marked as vmalloc's?
 *
 * xmem_page_is_at - is it marked with @page, and has nobody a reference to it?
 *
 * A descriptor without room for an address leaves out these four functions and
 * XMEM_PAGE_MARKS_VMALLOC. Then the library cannot refuse to free frames that
 * vmalloc uses.
 */
#define XMEM_PAGE_MARKS_VMALLOC true
static inline void xmem_page_set_vmalloc(struct page_info *pg,
					 unsigned long page)
{
	__atomic_store_n(&pg->count_info,
			 (pg->count_info & PGC_live) + PGC_vmalloc + page,
			 __ATOMIC_RELEASE);
}

static inline void xmem_page_unset_vmalloc(struct page_info *pg)
{
	pg->count_info &= PGC_live;
}

XMEM_MAY_RACE static inline bool xmem_page_is_vmalloc(
	const struct page_info *pg)
{
	return (pg->count_info & PGC_vmalloc) != 0;
}

XMEM_MAY_RACE static inline bool xmem_page_is_at(const struct page_info *pg,
						 unsigned long page)
{
	return (pg->count_info & ~PGC_live) == PGC_vmalloc + page;
}

/**
 * xmem_page_tag, xmem_page_set_tag - read and write the word of xmalloc.
 * @tag: XMEM_TAG_*, or a number of pages.
 *
 * xmem_page_tag() is called for xenheap pages alone. It returns XMEM_TAG_NONE
 * for a page that set_tag was never called for, or last with XMEM_TAG_NONE. A
 * host that lends a word which rests at another value than 0 compares with that
 * value here, and restores it when set_tag gets XMEM_TAG_NONE. That always
 * comes: every page that was given a tag gets XMEM_TAG_NONE before it is freed,
 * and a free of a page with a tag is refused. Of a page that never gets a tag,
 * and of all that are not xenheap, the library does not touch the word: the
 * default's set_xenheap and release write it only to be on the safe side.
 */
XMEM_MAY_RACE static inline unsigned long xmem_page_tag(
	const struct page_info *pg)
{
	return pg->tag;
}

static inline void xmem_page_set_tag(struct page_info *pg, unsigned long tag)
{
	pg->tag = tag;
}

XMEM_STATIC_ASSERT(sizeof(struct page_info) <= 32,
		   "struct page_info: at most 32 bytes a frame");
/* ---- ... to here. ---- */
#else
/* No frame has a descriptor: see above. */
#define XMEM_NO_PAGE_INFO
struct page_info;

static inline struct page_info *mfn_to_page(mfn_t mfn)
{
	(void)mfn;
	return NULL;
}
#endif

#ifndef XMEM_PAGE_HAS_LIVE
#define XMEM_PAGE_HAS_LIVE false
static inline unsigned int xmem_page_live(const struct page_info *pg)
{
	(void)pg;
	return XMEM_LIVE_NONE;
}

static inline void xmem_page_set_live(struct page_info *pg, unsigned int live)
{
	(void)pg;
	(void)live;
}

static inline void xmem_page_break(struct page_info *pg)
{
	(void)pg;
}
#endif

#ifndef XMEM_PAGE_MARKS_VMALLOC
#define XMEM_PAGE_MARKS_VMALLOC false
static inline void xmem_page_set_vmalloc(struct page_info *pg,
					 unsigned long page)
{
	(void)pg;
	(void)page;
}

static inline void xmem_page_unset_vmalloc(struct page_info *pg)
{
	(void)pg;
}

static inline bool xmem_page_is_vmalloc(const struct page_info *pg)
{
	(void)pg;
	return false;
}

static inline bool xmem_page_is_at(const struct page_info *pg,
				   unsigned long page)
{
	(void)pg;
	(void)page;
	return true;
}
#endif

XMEM_AGREE(page_info)
{
	XMEM_AGREE_ON("XMEM_PORT_PAGE_INFO",
		      XMEM_IS_DEFINED(XMEM_PORT_PAGE_INFO));
	XMEM_AGREED();
}

/** xmem_page_behind - the descriptor of the frame that is @i behind that of
 * @pg, in the same run. */
static inline struct page_info *xmem_page_behind(struct page_info *pg,
						 unsigned long i)
{
#ifdef XMEM_NO_PAGE_INFO
	(void)i;
	return pg;
#else
	return pg + i;
#endif
}

#ifndef XMEM_NO_PAGE_INFO
/**
 * page_get_owner - find the owner of a frame, by the name hypervisors use.
 *
 * Return: the domain, or NULL if the frame is nobody's.
 */
static inline struct domain *page_get_owner(const struct page_info *pg)
{
	return xmem_page_owner(pg);
}

/*
 * From descriptors to addresses in the direct map and back: a host's own
 * descriptors are found by the frame number, in two steps. The default ones
 * have the same index as addresses, so no table is read.
 */

/**
 * virt_to_page - descriptor of the frame at an address.
 * @va: an address in the direct map, of any byte of the frame. The library asks
 *      xmem_arch_in_directmap() first, if the address is one that a caller
 *      wants freed, resized or looked at.
 */
static inline struct page_info *virt_to_page(const void *va)
{
#ifdef XMEM_PORT_PAGE_INFO
	return mfn_to_page(_mfn(virt_to_mfn(va)));
#else
	return FRAMETABLE_VIRT_START + xmem_arch_virt_to_index(va);
#endif
}

/**
 * page_to_virt - address of a frame in the direct map.
 * @pg: descriptor of a frame that the direct map covers.
 *
 * Return: the address of its first byte.
 */
static inline void *page_to_virt(const struct page_info *pg)
{
#ifdef XMEM_PORT_PAGE_INFO
	return mfn_to_virt(mfn_x(page_to_mfn(pg)));
#else
	return xmem_arch_index_to_virt(
		(unsigned long)(pg - FRAMETABLE_VIRT_START));
#endif
}
#endif /* XMEM_NO_PAGE_INFO */

#endif /* XMEM_PAGE_INFO_H */
