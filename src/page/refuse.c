/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * refuse.c - what must not be freed, and why: looked at without a lock
 */
#include "lib/align.h"
#include "lib/relax.h"
#include "page/mark.h"

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

/* Most often all look like the first one. */
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
	if ((word & ~(WORD_LIVE | WORD_COUNTED)) != block->word ||
	    ((block->word & WORD_XEN) != 0 &&
	     xmem_page_tag(block->pg) != XMEM_TAG_NONE) ||
	    !xmem_words_like_first(block->pg, nr, word, block->d)) {
		return xmem_mark_check_each(block, nr);
	}
	return (word & WORD_COUNTED) != 0 ? nr : 0;
}
