/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mark.h - whose a frame is: how blocks are taken, checked, claimed and freed
 *
 * The mark of a frame is what its descriptor says: owned by a domain, a page
 * of the xenheap, vmalloc's, or none of these (nobody's). The heap says of a
 * frame that is in use if it is plain or described (heap/heap.h):
 *
 * plain      nobody's; the descriptor need not be read.
 * described  The descriptor says what the frame is: if it has a mark, that; if
 *            it has live bits (<xmem/page_info.h>), nobody's, from the cache of
 *            a CPU, as is every frame of a superpage whose first frame has
 *            XMEM_LIVE_SUPER; else it is free, in a cache, or on its way from
 *            there to who has allocated it, and nobody may free it.
 *
 * take    The block leaves the heap described if it will get a mark, plain if
 *         not. What leaves a cache is described, and gets its live bits before
 *         the CPU leaves the cache. Then all descriptors get the mark.
 * check   A free looks at the descriptors, without a lock, and panics if one of
 *         them forbids it, with nothing changed. Of a large block of nobody's
 *         it reads one: for the others the heap knows that they are plain.
 * claim   Under the heap's lock: if all frames are in use, and the first one is
 *         as the check saw it, it loses its mark. Described and without a mark,
 *         it is nobody's to free. If two CPUs free the same block by mistake,
 *         both may pass the check, but only one of them finds the mark. From
 *         now on that CPU alone may change the block's descriptors and its
 *         owner's count.
 * release All marks are removed, then the block goes back to the heap.
 *
 * For XMEM_RELAX_FRAMES or less claim and release are one lock hold, unless the
 * port is told in between; so are they for a plain block, which has no mark:
 * the heap refuses what is free or described. No atomic instruction is needed.
 *
 * The parts of a superpage that came from a cache as a whole may be freed one
 * by one. The first such free breaks it: under the lock its first frame loses
 * XMEM_LIVE_SUPER, and the frames become plain if they have no mark.
 *
 * Limits: frees of blocks that overlap but begin at different frames are found
 * by the heap at the release. Frames of nobody's have no mark: a stale free
 * passes if a third CPU has allocated the frame for nobody by then, in the way
 * in which it was before. So does one that is given to the same owner again.
 * What a cache has handed out is nobody's until it has its mark: in between a
 * stale free passes, too.
 * A free into a cache looks and clears without a lock (cached.h). So two frees
 * of one block at the same moment, of which one goes there, may both pass, if
 * each has looked at all frames before the other clears one. The block is then
 * there twice, which xmem_heap_check() says. If just one passes, the other has
 * changed nothing.
 */
#ifndef PAGE_MARK_H
#define PAGE_MARK_H

#include <xmem/pages.h>

#include "heap/cache.h"
#include "heap/heap.h"
#include "lib/tell.h"
#include "page/words.h"

/** struct marked_block - a block that is freed, and what the check saw. */
struct marked_block {
	struct page_info *pg; /* its first descriptor */
	unsigned long mfn;
	unsigned int order;
	unsigned long word;	/* WORD_OWNED, WORD_XEN; 0: nobody's */
	const struct domain *d; /* its owner; NULL: none */
	bool told;		/* the port has heard of it already */
	const void *caller;	/* of the API function, for messages */
};

/** Is @pg, any value, the address of the descriptor of frame @mfn? Without the
 *  asm the compiler would assume so, since @mfn was calculated from @pg. */
static inline bool mark_is_descriptor(const struct page_info *pg,
				      unsigned long mfn)
{
	__asm__("" : "+r"(mfn));
	return mfn_valid(_mfn(mfn)) && mfn_to_page(_mfn(mfn)) == pg;
}

/**
 * Take a block from this CPU's cache or from the heap, for a caller who has
 * asked xmem_port_alloc_fails(), and tell the port. *@dirty: is any frame
 * dirty? @caller: of the API function, for a panic. Return: the first
 * descriptor; NULL if there is no memory.
 */
XMEM_UNLOCKED
struct page_info *xmem_mark_take(const struct heap_request *req, bool *dirty,
				 const void *caller);

/** Has the frame of @pg the mark that @block is said to have, and no reference?
 */
static inline bool xmem_mark_is(const struct page_info *pg,
				const struct marked_block *block)
{
	return (xmem_word_of(pg) & ~(WORD_LIVE | WORD_COUNTED)) ==
		       block->word &&
	       xmem_page_owner(pg) == block->d;
}

/** The first frame behind @mfn that it says nothing about, if @mfn is RAM; else
 * @mfn. The frame table has memory, in whole pages, where there is RAM: so for
 * a host without a table of its RAM it is enough to look at one frame for each
 * page of descriptors. */
static inline unsigned long mark_end_from(unsigned long mfn)
{
#ifdef XMEM_ARCH_RAM_END
	return xmem_arch_ram_end(mfn);
#else
	return mfn_valid(_mfn(mfn)) ? mfn + PAGE_SIZE / sizeof(struct page_info)
				    : mfn;
#endif
}

/** May the descriptors of frames [@mfn, @mfn + @nr) be read, since there is
 *  RAM? Any values that do not wrap, @nr not 0. (refuse.c) */
bool xmem_mark_is_ram(unsigned long mfn, unsigned long nr);

/** Of blocks of nobody's below this order all descriptors are looked at; of
 *  others the heap knows that they are plain. */
#define MARK_LOOK_ORDER 4U

/** Panic if @block, of any order, must not be freed; nothing has changed then.
 *  @word: of its first frame. Return: how many of its frames are counted.
 *  (refuse.c) */
unsigned long xmem_mark_check(const struct marked_block *block,
			      unsigned long word);

/** Look at @nr frames of @block, one by one, and panic if one must not be
 *  freed; nothing has changed then. Return: how many are counted. */
unsigned long xmem_mark_check_each(const struct marked_block *block,
				   unsigned long nr);

/** Panic: frame @mfn of @block is @text; NULL: what keeps it from being freed.
 */
void xmem_mark_refuse(const struct marked_block *block, unsigned long mfn,
		      const char *text);

/** Free the block of @order, any value, at @pg, a descriptor, as a page of the
 *  xenheap if @xen. Panics, with nothing changed, if it must not be freed. */
void xmem_mark_free(struct page_info *pg, unsigned int order, bool xen,
		    const void *caller);

/**
 * The second half of that: give @block, which has passed the checks. Panics,
 * with nothing changed, if another CPU has freed it meanwhile, or if no single
 * span holds it. If it is nobody's: xmem_nobody_free(). Else xmem_mark_claim()
 * and xmem_mark_release() are the two halves of what is not done in one lock
 * hold.
 */
void xmem_mark_give(const struct marked_block *block);

/** In one lock hold: take the mark of the first frame of @block, if all are in
 *  use; or, if @all, take all marks and give it. Return: 0, or, with nothing
 *  changed, an error as of xmem_heap_give(). (claim.c) */
XMEM_MUST_CHECK int xmem_mark_try(const struct marked_block *block, bool all);

/* (claim.c) */
void xmem_mark_claim(const struct marked_block *block);
void xmem_mark_release(const struct marked_block *block);

/* ---- nobody's (nobody.c) ---- */

/**
 * Give the block of @order, any value, at @mfn, any frame with the descriptor
 * @pg, if it is plain, or one frame that came from a cache. Return: 0; or, with
 * nothing changed, an error as of xmem_heap_give(). -EEXIST also means that
 * xmem_nobody_free() may take it.
 */
XMEM_MUST_CHECK int xmem_nobody_give(struct page_info *pg, unsigned long mfn,
				     unsigned int order);

/** Free a block of nobody's whose first frame has passed the checks. Panics,
 *  with nothing changed, if a frame is free or somebody's. @block: its word
 *  does not matter. */
void xmem_nobody_free(const struct marked_block *block);

#endif /* PAGE_MARK_H */
