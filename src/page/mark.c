/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mark.c - check marked blocks, claim and release them (see mark.h)
 */
#include "page/mark.h"

#include "heap/super.h"
#include "lib/align.h"
#include "lib/assert.h"
#include "lib/relax.h"
#include "page/cached.h"
#include "page/union.h"

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
static XMEM_COLD const char *obstacle(const struct page_info *pg,
				      const struct marked_block *block)
{
	if (block->word != WORD_XEN) {
		return xmem_words_obstacle(pg, block->d);
	}
	if (!is_xen_heap_page(pg)) {
		return "in use, but not as xenheap";
	}
	if (xmem_page_tag(pg) != XMEM_TAG_NONE) {
		return xmem_page_tag(pg) == XMEM_TAG_POOL
			       ? "a page of xmalloc's pool"
			       : "part of an object, for xfree()";
	}
	return xmem_page_refs(pg) != 0 ? "still referenced" : NULL;
}

/* How messages name @block: by the frame, or by the address if it is of the
 * xenheap. */
#define BLOCK_NAME "free_%sheap_pages: %s%lx"
#define BLOCK_NAME_OF(block)                       \
	(block)->word == WORD_XEN ? "xen" : "dom", \
		(block)->word == WORD_XEN ? "0x" : "frame ", number_of(block)

static unsigned long number_of(const struct marked_block *block)
{
	return block->word == WORD_XEN ? (unsigned long)page_to_virt(block->pg)
				       : block->mfn;
}

/* Look at @nr frames of @block, one by one. Return: how many are counted. Where
 * nothing is wrong, another CPU has changed what was seen, or some are live. */
static XMEM_COLD unsigned long check_each(const struct marked_block *block,
					  unsigned long nr)
{
	unsigned long counted = 0;

	for (unsigned long i = 0; i < nr; i++) {
		const struct page_info *pg = block->pg + i;
		const char *text = obstacle(pg, block);

		XMEM_PANIC_IF(text != NULL,
			      BLOCK_NAME " order %u: frame %lx is %s, caller "
					 "%p\n",
			      BLOCK_NAME_OF(block), block->order,
			      block->mfn + i,
			      xmem_heap_state_text(block->mfn + i, text),
			      block->caller);
		counted += xmem_page_is_counted(pg);
		xmem_relax_after(i);
	}
	return counted;
}

/* Is @block one by order, alignment and RAM? */
static XMEM_COLD void check_place(const struct marked_block *block)
{
	bool aligned = block->order <= MAX_ORDER &&
		       xmem_is_aligned(block->mfn, 1UL << block->order);

	XMEM_PANIC_IF(
		!aligned || !xmem_mark_is_ram(block->mfn, 1UL << block->order),
		BLOCK_NAME "%s order %u%s, caller %p\n", BLOCK_NAME_OF(block),
		aligned ? "" : " is not aligned to", block->order,
		aligned ? ": no such RAM" : "", block->caller);
}

/* Do the @nr frames of @block look like its first one, whose word is @word, and
 * may that be freed? */
static bool look_alike(const struct marked_block *block, unsigned long nr,
		       unsigned long word)
{
	unsigned long ignored = WORD_LIVE;

	if (block->word == WORD_OWNED) {
		ignored |= WORD_COUNTED;
	}
	return (word & ~ignored) == block->word &&
	       (block->word != WORD_XEN ||
		xmem_page_tag(block->pg) == XMEM_TAG_NONE) &&
	       (nr == 1 ||
		xmem_words_like_first(block->pg, nr, word, block->d));
}

XMEM_COLD unsigned long xmem_mark_check(const struct marked_block *block,
					unsigned long word)
{
	unsigned long nr = 1;

	if (block->order != 0) {
		check_place(block);
	}
	if (block->word != 0 || block->order < MARK_LOOK_ORDER) {
		nr = 1UL << block->order;
	}
	if (!look_alike(block, nr, word)) {
		return check_each(block, nr);
	}
	return (word & WORD_COUNTED) != 0 ? nr : 0;
}

/* ---- freeing ---- */

/* What is done to a block in one lock hold. */
enum step {
	CLAIM,	 /* the first frame loses its mark, if all are in use */
	RELEASE, /* the block is given, which has been claimed */
	BOTH,
};

/* Return: 0, or, with nothing changed, an error as of xmem_heap_give(). A part
 * of a superpage that is whole is in use for certain, so breaking that comes
 * first. */
static XMEM_COLD int do_step(const struct marked_block *block, enum step step)
{
	struct heap_node *node = xmem_heap_lock_of(block->mfn);
	unsigned int order = block->order;
	int rc = -XMEM_EBUSY; /* Meanwhile freed, and perhaps allocated. */

	if (step == RELEASE || xmem_mark_is(block->pg, block)) {
		if (order < HEAP_SUPER_ORDER) {
			xmem_heap_break_super(node, block->mfn);
		}
		rc = step == CLAIM
			     ? xmem_heap_all_used(node, block->mfn, order)
			     : xmem_heap_give_used(node, block->mfn, order);
	}
	if (rc == 0 && step != RELEASE) {
		xmem_words_end_at_once(block->pg,
				       step == CLAIM ? 1 : 1UL << order);
	}
	heap_node_unlock(node);
	return rc;
}

static void must(int rc, const struct marked_block *block)
{
	if (XMEM_UNLIKELY(rc != 0)) {
		xmem_heap_refuse(rc, block->mfn, block->order, block->caller);
	}
}

XMEM_COLD void xmem_mark_claim(const struct marked_block *block)
{
	must(do_step(block, CLAIM), block);
}

XMEM_COLD void xmem_mark_release(const struct marked_block *block)
{
	int rc;

	xmem_words_end(block->pg, 1UL << block->order);
	rc = do_step(block, RELEASE);
	if (XMEM_UNLIKELY(rc == -XMEM_EEXIST)) {
		xmem_union_make_plain(block);
		rc = do_step(block, RELEASE);
	}
	must(rc, block);
}

XMEM_COLD void xmem_mark_free(const struct marked_block *block)
{
	if (block->word == 0) {
		xmem_nobody_free(block);
		return;
	}
	if (!XMEM_PORT_HEARS_FRAMES &&
	    1UL << block->order <= XMEM_RELAX_FRAMES) {
		int rc = do_step(block, BOTH);

		if (XMEM_LIKELY(rc == 0)) {
			return;
		}
		if (rc != -XMEM_EEXIST) {
			must(rc, block);
		}
	}
	xmem_mark_claim(block);
	xmem_tell(block->mfn, block->order, true);
	xmem_mark_release(block);
}
