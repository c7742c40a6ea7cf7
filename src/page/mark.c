/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mark.c - take blocks, check, claim and release marked ones (see mark.h)
 */
#include "page/mark.h"

#include "heap/super.h"
#include "heap/take.h"
#include "lib/align.h"
#include "lib/assert.h"
#include "lib/relax.h"
#include "page/cached.h"
#include "page/owner.h"

/* ---- taking ---- */

static XMEM_ALWAYS_INLINE struct page_info *take_from_cache(
	const struct heap_request *req, bool *dirty, const void *caller)
{
	xmem_preempt_t state;
	struct xmem_cache *c;

	if (!HEAP_HAS_CACHES || !xmem_cache_has_order(req->order) ||
	    !xmem_cache_serves(req->memflags)) {
		return NULL;
	}
	c = xmem_cache_enter(&state);
	if (!c) {
		return NULL;
	}
	return xmem_cached_take(c, req, dirty, state, caller);
}

XMEM_COLD struct page_info *xmem_mark_take(const struct heap_request *req,
					   bool *dirty, const void *caller)
{
	struct page_info *pg;
	unsigned long mfn;

	if (req->order > MAX_ORDER) {
		return NULL;
	}
	pg = take_from_cache(req, dirty, caller);
	if (pg != NULL) {
		return pg;
	}
	mfn = xmem_heap_take_asked(req, dirty);
	if (XMEM_UNLIKELY(mfn == XMEM_NO_MFN)) {
		return NULL;
	}
	xmem_tell(mfn, req->order, false);
	return mfn_to_page(_mfn(mfn));
}

/* ---- checking ---- */

XMEM_COLD bool xmem_mark_is_ram(unsigned long mfn, unsigned long nr)
{
	unsigned long last = mfn + nr - 1;

	while (mfn <= last) {
		unsigned long end = mark_end_from(mfn);

		if (end <= mfn) {
			return false;
		}
		mfn = end;
		xmem_port_relax();
	}
	return mfn_valid(_mfn(last));
}

/* Why the frame of @pg must not be freed as one of @block; NULL if it may. */
static XMEM_COLD XMEM_NOINLINE const char *obstacle(
	const struct page_info *pg, const struct marked_block *block)
{
	const char *text = xmem_words_held(pg, (block->word & WORD_XEN) != 0);

	if (text == NULL && xmem_page_owner(pg) != block->d) {
		text = "not of the owner of the first frame";
	}
	return text;
}

XMEM_COLD void xmem_mark_refuse(const struct marked_block *block,
				unsigned long mfn, const char *text)
{
	bool xen = (block->word & WORD_XEN) != 0;

	if (text == NULL) {
		text = obstacle(block->pg + (mfn - block->mfn), block);
		/* If there is none, another CPU frees it just now. */
		text = xmem_heap_state_text(mfn, text != NULL ? text
							      : "in use again");
	}
	xmem_port_panic("heap: free of %s%lx order %u: frame %lx is %s, caller "
			"%p\n",
			xen ? "page 0x" : "frame ",
			xen ? (unsigned long)page_to_virt(block->pg)
			    : block->mfn,
			block->order, mfn, text, block->caller);
}

XMEM_COLD unsigned long xmem_mark_check_each(const struct marked_block *block,
					     unsigned long nr)
{
	unsigned long counted = 0;

	for (unsigned long i = 0; i < nr; i++) {
		const struct page_info *pg = block->pg + i;

		if (obstacle(pg, block) != NULL) {
			xmem_mark_refuse(block, block->mfn + i, NULL);
		}
		counted += xmem_page_is_counted(pg);
		xmem_relax_after(i);
	}
	return counted;
}

/* Panic if @block is none by order, alignment and RAM. */
static XMEM_COLD void check_place(const struct marked_block *block)
{
	if (block->order > MAX_ORDER ||
	    !xmem_is_aligned(block->mfn, 1UL << block->order)) {
		xmem_mark_refuse(block, block->mfn, "not aligned");
	}
	if (!xmem_mark_is_ram(block->mfn, 1UL << block->order)) {
		xmem_mark_refuse(block, block->mfn, "no such block of RAM");
	}
}

/* Panic if @block, of any order, must not be freed; nothing has changed then.
 * @word: of its first frame. Return: how many of its frames are counted. Most
 * often all look like the first one. */
static XMEM_COLD unsigned long check(const struct marked_block *block,
				     unsigned long word)
{
	unsigned long nr = 1;

	if (block->order != 0) {
		check_place(block);
	}
	if (block->word != 0 || block->order < MARK_LOOK_ORDER) {
		nr = 1UL << block->order;
	}
	if ((word & ~(WORD_LIVE | WORD_COUNTED)) != block->word ||
	    ((block->word & WORD_XEN) != 0 &&
	     xmem_page_tag(block->pg) != XMEM_TAG_NONE) ||
	    !xmem_words_like_first(block->pg, nr, word, block->d)) {
		return xmem_mark_check_each(block, nr);
	}
	return (word & WORD_COUNTED) != 0 ? nr : 0;
}

/* ---- freeing ---- */

static XMEM_COLD XMEM_NOINLINE void must(int rc,
					 const struct marked_block *block)
{
	xmem_heap_refuse(rc, block->mfn, block->order, block->caller);
}

/* In one lock hold: take the mark of the first frame of @block, if all are in
 * use; or, if @all, take all marks and give it. Return: 0, or, with nothing
 * changed, an error as of xmem_heap_give(). A part of a superpage that is whole
 * is in use for certain, so breaking that comes first. */
static XMEM_COLD int claim(const struct marked_block *block, bool all)
{
	struct heap_node *node = xmem_heap_lock_of(block->mfn);
	unsigned int order = block->order;
	int rc = -XMEM_EBUSY; /* Meanwhile freed, and perhaps allocated. */

	if (xmem_mark_is(block->pg, block)) {
		if (order < HEAP_SUPER_ORDER) {
			xmem_heap_break_super(node, block->mfn);
		}
		rc = all ? xmem_heap_give_used(node, block->mfn, order)
			 : xmem_heap_all_used(node, block->mfn, order);
		if (rc == 0) {
			xmem_words_end_at_once(block->pg,
					       all ? 1UL << order : 1);
		}
	}
	heap_node_unlock(node);
	return rc;
}

XMEM_COLD void xmem_mark_claim(const struct marked_block *block)
{
	must(claim(block, false), block);
}

/* A block that is partly plain and partly described goes in parts, each as
 * large as its place allows at first. */
XMEM_COLD void xmem_mark_release(const struct marked_block *block)
{
	unsigned long end = block->mfn + (1UL << block->order);
	unsigned int order = block->order;

	xmem_words_end(block->pg, 1UL << order);
	for (unsigned long mfn = block->mfn; mfn < end;) {
		struct heap_node *node = xmem_heap_lock_of(mfn);
		int rc = xmem_heap_give_used(node, mfn, order);

		heap_node_unlock(node);
		if (rc == -XMEM_EEXIST) {
			order--;
			xmem_port_relax();
			continue;
		}
		must(rc, block);
		mfn += 1UL << order;
		order = xmem_ffs64(mfn);
	}
}

XMEM_COLD void xmem_mark_give(const struct marked_block *block)
{
	if (block->word == 0) {
		xmem_nobody_free(block);
		return;
	}
	if (!XMEM_PORT_HEARS_FRAMES &&
	    1UL << block->order <= XMEM_RELAX_FRAMES &&
	    claim(block, true) == 0) {
		return;
	}
	xmem_mark_claim(block);
	xmem_tell(block->mfn, block->order, true);
	xmem_mark_release(block);
}

XMEM_COLD void xmem_mark_free(struct page_info *pg, unsigned int order,
			      bool xen, const void *caller)
{
	struct domain *d = xmem_page_owner(pg);
	unsigned long word = xmem_word_of(pg);
	struct marked_block block;
	unsigned long counted;

	__asm__("" : "+r"(d), "+r"(word)); /* Another free may change them. */
	block.pg = pg;
	block.mfn = mfn_x(page_to_mfn(pg));
	block.order = order;
	block.word = xen ? WORD_XEN : d != NULL ? WORD_OWNED : 0;
	block.d = d;
	block.told = false;
	block.caller = caller;
	counted = check(&block, word);
	if (!mark_into_cache(&block, word)) {
		xmem_mark_give(&block);
	}
	if (counted > 0) {
		xmem_owner_release(d, counted);
	}
}
