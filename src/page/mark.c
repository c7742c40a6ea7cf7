/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mark.c - claim marked blocks and release them (see mark.h)
 */
#include "page/mark.h"

#include "lib/attr.h"
#include "lib/relax.h"

/* The frames of a block that is partly plain are all made so, in batches of
 * this order, each in one lock hold. */
#define BATCH_ORDER 6U

bool xmem_mark_is_ram(unsigned long mfn, unsigned long nr)
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

/* The block that begins at @mfn, of marked frames, is a part of a superpage
 * that is still whole: break that. Its first frame may be in use by somebody
 * else. */
XMEM_REQUIRES(H)
static void break_super(unsigned long mfn)
{
	struct page_info *pg = xmem_heap_super_of(mfn);

	if (pg != NULL) {
		xmem_page_break(pg);
	}
}

/* Under the lock: see mark.h. Return: 0, or, with nothing changed, an error as
 * of xmem_heap_give(). */
XMEM_REQUIRES(H)
static int claim(struct heap_node *node, const struct marked_block *block)
{
	struct page_info *pg = mfn_to_page(_mfn(block->mfn));
	int rc = -XMEM_EBUSY;

	if (xmem_mark_is(pg, block)) {
		rc = xmem_heap_all_used(node, block->mfn, block->order);
	}
	if (rc != 0) {
		return rc;
	}
	if (block->order < HEAP_SUPER_ORDER) {
		break_super(block->mfn);
	}
	xmem_word_end(pg, block->word);
	return 0;
}

/* Make frames [@mfn, @mfn + @nr), of a block that has been claimed,
 * plain. */
XMEM_REQUIRES(H)
static int make_plain(struct heap_node *node, unsigned long mfn,
		      unsigned long nr)
{
	int rc = 0;

	for (unsigned long i = 0; i < nr && rc == 0; i++) {
		bool described;

		rc = xmem_heap_use_of(node, mfn + i, &described);
		if (rc == 0 && described) {
			rc = xmem_heap_describe(node, mfn + i, 0, false);
		}
	}
	return rc;
}

static XMEM_COLD void make_block_plain(const struct marked_block *block)
{
	struct heap_node *node = heap_node_of(block->mfn);
	unsigned int order =
		block->order < BATCH_ORDER ? block->order : BATCH_ORDER;
	unsigned long end = block->mfn + (1UL << block->order);

	for (unsigned long at = block->mfn; at < end; at += 1UL << order) {
		int rc;

		heap_node_lock(node);
		rc = make_plain(node, at, 1UL << order);
		heap_node_unlock(node);
		if (rc != 0) {
			xmem_heap_refuse(rc, block->mfn, block->order,
					 block->caller);
		}
		xmem_port_relax();
	}
}

void xmem_mark_claim(const struct marked_block *block)
{
	struct heap_node *node = heap_node_of(block->mfn);
	int rc;

	heap_node_lock(node);
	rc = claim(node, block);
	heap_node_unlock(node);
	if (XMEM_UNLIKELY(rc != 0)) {
		xmem_heap_refuse(rc, block->mfn, block->order, block->caller);
	}
}

static int give(const struct marked_block *block)
{
	struct heap_node *node = heap_node_of(block->mfn);
	int rc;

	heap_node_lock(node);
	rc = xmem_heap_give_used(node, block->mfn, block->order);
	heap_node_unlock(node);
	return rc;
}

void xmem_mark_release(const struct marked_block *block)
{
	int rc;

	xmem_words_end(mfn_to_page(_mfn(block->mfn)), 1UL << block->order,
		       block->word);
	rc = give(block);
	if (XMEM_UNLIKELY(rc == -XMEM_EEXIST)) {
		make_block_plain(block);
		rc = give(block);
	}
	if (XMEM_UNLIKELY(rc != 0)) {
		xmem_heap_refuse(rc, block->mfn, block->order, block->caller);
	}
}

/* Claim and release in one lock hold. */
static void free_frame(const struct marked_block *block)
{
	struct heap_node *node = heap_node_of(block->mfn);
	struct page_info *pg = mfn_to_page(_mfn(block->mfn));
	int rc = -XMEM_EBUSY; /* Meanwhile freed, and perhaps allocated. */

	heap_node_lock(node);
	if (xmem_mark_is(pg, block)) {
		rc = xmem_heap_give_used(node, block->mfn, 0);
	}
	if (rc == 0) {
		break_super(block->mfn);
		xmem_word_end(pg, block->word);
	}
	heap_node_unlock(node);
	if (XMEM_UNLIKELY(rc != 0)) {
		xmem_heap_refuse(rc, block->mfn, 0, block->caller);
	}
}

void xmem_mark_free(const struct marked_block *block)
{
	if (block->order == 0 && !XMEM_PORT_HEARS_FRAMES) {
		free_frame(block);
		return;
	}
	xmem_mark_claim(block);
	xmem_tell(block->mfn, block->order, true);
	xmem_mark_release(block);
}
