/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nobody.c - free blocks of frames that are nobody's
 *
 * Model       A block that was allocated as a whole from the heap is plain, and
 *             is given in one lock hold. Any other is a union of parts: plain
 *             ones, frames that came from a cache (XMEM_LIVE_FRAME), superpages
 *             that did (XMEM_LIVE_SUPER), and parts of such. First every part
 *             is looked at; then all is made plain, which breaks superpages;
 *             then the block is given.
 * Locking     (H) once for a plain block, or a small one that is no union of
 *             more; else for each BATCH_ORDER of the block in turn. If another
 *             CPU frees a part of it meanwhile, by mistake, the heap refuses
 *             the block in the end.
 */
#include "page/mark.h"

#include "lib/align.h"
#include "lib/assert.h"
#include "lib/attr.h"

#define BATCH_ORDER 6U

/* Frames of @block: those that one lock hold looks at. */
struct batch {
	unsigned long mfn;
	unsigned long nr;
	unsigned long bad; /* the frame that must not be freed */
};

/* May frame @mfn be freed as nobody's? Return: 0; -EEXIST: it is somebody's;
 * -EBUSY: it is free, or in a cache; -ENOENT. *@described: is it described? */
XMEM_REQUIRES(H)
static int look_at_frame(struct heap_node *node, unsigned long mfn,
			 bool *described)
{
	int rc = xmem_heap_use_of(node, mfn, described);
	unsigned long word;

	if (rc != 0) {
		return rc;
	}
	word = xmem_word_of(mfn_to_page(_mfn(mfn)));
	if ((word & ~WORD_LIVE) != 0) {
		return -XMEM_EEXIST;
	}
	return !*described || word == WORD_LIVE_FRAME ||
			       xmem_heap_super_of(mfn) != NULL
		       ? 0
		       : -XMEM_EBUSY;
}

XMEM_REQUIRES(H)
static int look_at_batch(struct heap_node *node, struct batch *b)
{
	for (unsigned long i = 0; i < b->nr; i++) {
		bool described;
		int rc = look_at_frame(node, b->mfn + i, &described);

		if (rc != 0) {
			b->bad = b->mfn + i;
			return rc;
		}
	}
	return 0;
}

/* Make frame @mfn, which is described, plain; or its superpage. */
XMEM_REQUIRES(H)
static int make_plain(struct heap_node *node, unsigned long mfn)
{
	struct page_info *super = xmem_heap_super_of(mfn);
	unsigned long first = xmem_align_down(mfn, 1UL << HEAP_SUPER_ORDER);
	int rc;

	if (super == NULL) {
		xmem_page_set_live(mfn_to_page(_mfn(mfn)), XMEM_LIVE_NONE);
		return xmem_heap_describe(node, mfn, 0, false);
	}
	rc = xmem_heap_describe(node, first, HEAP_SUPER_ORDER, false);
	if (rc == 0) {
		xmem_page_break(super);
	}
	return rc;
}

/* The same for all described frames of @b. */
XMEM_REQUIRES(H)
static int make_batch_plain(struct heap_node *node, struct batch *b)
{
	for (unsigned long i = 0; i < b->nr; i++) {
		bool described;
		int rc = look_at_frame(node, b->mfn + i, &described);

		if (rc == 0 && described) {
			rc = make_plain(node, b->mfn + i);
		}
		if (rc != 0) {
			b->bad = b->mfn + i;
			return rc;
		}
	}
	return 0;
}

/* Panic: frame @bad of @block must not be freed, as a look said by @rc. */
static XMEM_COLD void refuse(int rc, const struct marked_block *block,
			     unsigned long bad)
{
	const struct page_info *pg = mfn_to_page(_mfn(bad));
	unsigned long word = xmem_word_of(pg);

	XMEM_PANIC_IF(rc == -XMEM_EEXIST,
		      "heap: free of frame %lx order %u: frame %lx is %s, "
		      "caller %p\n",
		      block->mfn, block->order, bad,
		      (word & WORD_XEN) != 0	 ? "a xenheap page"
		      : xmem_page_is_vmalloc(pg) ? "memory of vmalloc"
		      : (word & WORD_REFS) != 0
			      ? "still referenced"
			      : "not of the owner of the first frame",
		      block->caller);
	XMEM_PANIC_IF(rc == -XMEM_EBUSY &&
			      xmem_state_find(bad) == XMEM_FRAME_CACHED,
		      "heap: double free of frame %lx order %u: frame %lx is "
		      "%s, caller %p\n",
		      block->mfn, block->order, bad,
		      xmem_heap_state_text(bad, NULL), block->caller);
	xmem_heap_refuse(rc, block->mfn, block->order, block->caller);
}

/* Which batches? */
enum pass { LOOK, MAKE_PLAIN };

static void go_over(const struct marked_block *block, enum pass pass)
{
	struct heap_node *node = heap_node_of(block->mfn);
	unsigned int order =
		block->order < BATCH_ORDER ? block->order : BATCH_ORDER;
	unsigned long end = block->mfn + (1UL << block->order);
	struct batch b = {.nr = 1UL << order};

	for (b.mfn = block->mfn; b.mfn < end; b.mfn += b.nr) {
		int rc;

		heap_node_lock(node);
		rc = pass == LOOK ? look_at_batch(node, &b)
				  : make_batch_plain(node, &b);
		heap_node_unlock(node);
		if (XMEM_UNLIKELY(rc != 0)) {
			refuse(rc, block, b.bad);
		}
		if (b.mfn + b.nr < end) {
			xmem_port_relax();
		}
	}
}

/* Give @block, which is all plain, or so it should be. */
static int give_plain(const struct marked_block *block)
{
	struct heap_node *node = heap_node_of(block->mfn);
	int rc;

	heap_node_lock(node);
	rc = xmem_heap_give(node, block->mfn, block->order, false, true);
	heap_node_unlock(node);
	return rc;
}

/* Can @block be given at all: is it in use, and in one span? */
static void check_span(const struct marked_block *block)
{
	struct heap_node *node = heap_node_of(block->mfn);
	int rc;

	heap_node_lock(node);
	rc = xmem_heap_all_used(node, block->mfn, block->order);
	heap_node_unlock(node);
	if (rc != 0) {
		xmem_heap_refuse(rc, block->mfn, block->order, block->caller);
	}
}

static void tell(const struct marked_block *block)
{
	if (!block->told) {
		xmem_tell(block->mfn, block->order, true);
	}
}

static XMEM_NOINLINE void free_union(const struct marked_block *block)
{
	int rc;

	check_span(block);
	go_over(block, LOOK);
	go_over(block, MAKE_PLAIN);
	tell(block);
	rc = give_plain(block);
	if (rc != 0) {
		refuse(rc, block, block->mfn);
	}
}

/* Give the frame of @block, if it still is what a cache has handed out. */
static int give_live_frame(const struct marked_block *block)
{
	struct heap_node *node = heap_node_of(block->mfn);
	struct page_info *pg = mfn_to_page(_mfn(block->mfn));
	int rc = -XMEM_EBUSY;

	heap_node_lock(node);
	if (xmem_word_of(pg) == WORD_LIVE_FRAME) {
		rc = xmem_heap_give(node, block->mfn, 0, true, true);
	}
	if (rc == 0) {
		xmem_page_set_live(pg, XMEM_LIVE_NONE);
	}
	heap_node_unlock(node);
	return rc;
}

/* The same as give_plain(), for a port that must be told before the block is
 * given, but not if it is refused: nobody else can free it meanwhile. */
static int tell_and_give_plain(const struct marked_block *block)
{
	struct heap_node *node = heap_node_of(block->mfn);
	int rc;

	heap_node_lock(node);
	rc = xmem_heap_describe(node, block->mfn, block->order, true);
	heap_node_unlock(node);
	if (rc == 0) {
		tell(block);
		heap_node_lock(node);
		rc = xmem_heap_give(node, block->mfn, block->order, true, true);
		heap_node_unlock(node);
	}
	return rc;
}

void xmem_nobody_free(const struct marked_block *block)
{
	unsigned long word = xmem_word_of(mfn_to_page(_mfn(block->mfn)));
	int rc = -XMEM_EEXIST;

	if (word == 0) {
		rc = XMEM_PORT_HEARS_FRAMES ? tell_and_give_plain(block)
					    : give_plain(block);
	} else if (block->order == 0 && word == WORD_LIVE_FRAME &&
		   !XMEM_PORT_HEARS_FRAMES) {
		rc = give_live_frame(block);
	}
	if (XMEM_UNLIKELY(rc == -XMEM_EEXIST)) {
		free_union(block);
	} else if (XMEM_UNLIKELY(rc != 0)) {
		refuse(rc, block, block->mfn);
	}
}
