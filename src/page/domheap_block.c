/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domheap_block.c - allocate and free frames for domains: all but the hit path
 *
 * Checks the arguments, counts the owner's frames, writes the descriptors and
 * zeroes dirty frames. An allocation first reserves room in the owner's quota
 * and releases it if there are no frames, so that the limit is exact on any
 * number of CPUs. Descriptors are written outside the heap's lock, and only
 * if there is an owner to record. Protocol: mark.h.
 */
#include "page/domheap.h"

#include "lib/align.h"
#include "lib/assert.h"
#include "lib/relax.h"
#include "page/cached.h"
#include "page/mark.h"
#include "page/owner.h"
#include "page/scrub.h"

/* Of blocks of nobody's below this order all descriptors are looked at. */
#define LOOK_ORDER 4U

/* ---- allocating ---- */

struct page_info *xmem_domheap_scrub(struct page_info *pg, unsigned int order,
				     unsigned int memflags)
{
	xmem_scrub_handed_out(mfn_x(page_to_mfn(pg)), 1UL << order, true,
			      memflags);
	return pg;
}

/* Take a block, and zero it if it must be. @described: it will get an owner. */
static struct page_info *take(unsigned int order, unsigned int memflags,
			      bool described, const void *caller)
{
	struct heap_request req = {
		.order = order, .memflags = memflags, .described = described};
	bool dirty;
	struct page_info *pg = xmem_mark_take(&req, &dirty, caller);

	return XMEM_LIKELY(pg != NULL)
		       ? domheap_hand_out(pg, order, dirty, memflags)
		       : NULL;
}

struct page_info *xmem_domheap_alloc_reserved(struct domain *d,
					      unsigned int order,
					      unsigned int memflags,
					      const void *caller)
{
	bool counted = (memflags & MEMF_no_refcount) == 0;
	struct page_info *pg = take(order, memflags, true, caller);

	if (pg != NULL) {
		xmem_words_set_owner(pg, 1UL << order, d, counted);
	} else if (counted) {
		xmem_owner_release(d, 1UL << order);
	}
	return pg;
}

/* All but the hits of superpages. */
static XMEM_NOINLINE struct page_info *alloc_block(struct domain *d,
						   unsigned int order,
						   unsigned int memflags,
						   const void *caller)
{
	if (order > MAX_ORDER) {
		return NULL;
	}
	if (d == NULL || (memflags & MEMF_no_owner) != 0) {
		return take(order, memflags, false, caller);
	}
	if ((memflags & MEMF_no_refcount) == 0 &&
	    !xmem_owner_reserve(d, 1UL << order)) {
		return NULL;
	}
	return xmem_domheap_alloc_reserved(d, order, memflags, caller);
}

/* Superpages of nobody's have a hit path, too. */
struct page_info *xmem_domheap_alloc(struct domain *d, unsigned int order,
				     unsigned int memflags, const void *caller)
{
	struct page_info *pg;
	bool dirty;

	if (HEAP_HAS_CACHES && order == HEAP_SUPER_ORDER && d == NULL &&
	    xmem_cache_serves(memflags)) {
		pg = cached_take_block(HEAP_SUPER_ORDER, &dirty);
		if (XMEM_LIKELY(pg != NULL)) {
			return domheap_hand_out(pg, order, dirty, memflags);
		}
	}
	return alloc_block(d, order, memflags, caller);
}

/* ---- freeing ---- */

static bool is_aligned(const struct marked_block *block)
{
	return block->order <= MAX_ORDER &&
	       xmem_is_aligned(block->mfn, 1UL << block->order);
}

/* Panic: why the block at @pg cannot be one. */
static XMEM_COLD void refuse_block(const struct page_info *pg,
				   const struct marked_block *block)
{
	XMEM_PANIC_IF(!mark_is_descriptor(pg, block->mfn),
		      "free_domheap_pages: %p is no page descriptor, caller "
		      "%p\n",
		      (const void *)pg, block->caller);
	xmem_port_panic("free_domheap_pages: frame %lx%s order %u%s, caller "
			"%p\n",
			block->mfn,
			is_aligned(block) ? "" : " is not aligned to",
			block->order, is_aligned(block) ? ": no such RAM" : "",
			block->caller);
}

/* Can the block at @pg be one, so that its descriptors may be read? */
static bool is_block(const struct page_info *pg,
		     const struct marked_block *block)
{
	return mark_is_descriptor(pg, block->mfn) &&
	       (block->order == 0 ||
		(is_aligned(block) &&
		 xmem_mark_is_ram(block->mfn, 1UL << block->order)));
}

/* May the frames of @block be freed, as all of them look like the first one,
 * whose word is @word? If not, look at each. */
static bool are_alike(const struct page_info *pg, unsigned long nr,
		      const struct marked_block *block, unsigned long word)
{
	unsigned long ignored =
		block->d != NULL ? WORD_LIVE | WORD_COUNTED : WORD_LIVE;

	return (word & ~ignored) == block->word &&
	       (nr == 1 || xmem_words_like_first(pg, nr, word, block->d));
}

/* Check @nr frames of @block, one by one. Return: how many of them are
 * counted. */
static XMEM_COLD unsigned long check_each(const struct marked_block *block,
					  unsigned long nr)
{
	const struct page_info *pg = mfn_to_page(_mfn(block->mfn));
	unsigned long counted = 0;

	for (unsigned long i = 0; i < nr; i++) {
		unsigned long mfn = block->mfn + i;
		const char *text = xmem_mark_obstacle(pg + i, block->d);

		XMEM_PANIC_IF(text != NULL,
			      "free_domheap_pages: frame %lx order %u: frame "
			      "%lx is %s, caller %p\n",
			      block->mfn, block->order, mfn,
			      xmem_heap_state_text(mfn, text), block->caller);
		counted += xmem_page_is_counted(pg + i);
		xmem_relax_after(i);
	}
	return counted;
}

/* The descriptors of an owner's block are all looked at, and of a small one of
 * nobody's; of a large one of nobody's the heap knows that it is plain. */
static XMEM_NOINLINE void free_block(struct page_info *pg, unsigned int order,
				     const void *caller)
{
	struct marked_block block = {.mfn = mfn_x(page_to_mfn(pg)),
				     .order = order,
				     .caller = caller};
	unsigned long counted = 0;
	unsigned long nr;
	struct domain *d;
	unsigned long word;

	if (XMEM_UNLIKELY(!is_block(pg, &block))) {
		refuse_block(pg, &block);
	}
	d = xmem_page_owner(pg);
	word = xmem_word_of(pg);
	__asm__("" : "+r"(d), "+r"(word)); /* Another free may change them. */
	block.d = d;
	block.word = d != NULL ? WORD_OWNED : 0;
	nr = d != NULL || order < LOOK_ORDER ? 1UL << order : 1;
	if (XMEM_UNLIKELY(!are_alike(pg, nr, &block, word))) {
		counted = check_each(&block, nr);
	} else if ((word & WORD_COUNTED) != 0) {
		counted = nr;
	}
	xmem_mark_give(&block, word);
	if (counted > 0) {
		xmem_owner_release(d, counted);
	}
}

void xmem_domheap_free(struct page_info *pg, unsigned int order,
		       const void *caller)
{
	if (HEAP_HAS_CACHES && order == HEAP_SUPER_ORDER &&
	    cached_give_block(pg, HEAP_SUPER_ORDER)) {
		return;
	}
	free_block(pg, order, caller);
}
