/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * union.c - free blocks whose frames are not all plain, or all described
 *
 * Model       Such a block is a union of parts: plain ones, frames that came
 *             from a cache (XMEM_LIVE_FRAME), superpages that did
 *             (XMEM_LIVE_SUPER), and parts of such; or it has been claimed, and
 *             has no marks any more. One of nobody's is first looked at, all of
 *             it; then all is made plain, which breaks superpages; then it is
 *             given.
 * Locking     (H) for each BATCH of the block in turn. If another CPU frees a
 *             part of it meanwhile, by mistake, the heap refuses the block in
 *             the end.
 */
#include "page/union.h"

#include "lib/align.h"
#include "lib/assert.h"

/* Frames that one lock hold goes over. */
#define BATCH 64UL

/* What is done to each frame. */
enum pass {
	LOOK,		/* is it nobody's? */
	MAKE_PLAIN,	/* the same, and make it plain */
	PLAIN_AS_IT_IS, /* make it plain, whatever its descriptor says */
};

/* Is a frame in use, @described or not, nobody's? @word: of it; @super: the
 * superpage that it is part of, or NULL. Return: 0; -EEXIST: it is somebody's;
 * -EBUSY: it is in a cache, or on its way. */
static int look(unsigned long word, bool described,
		const struct page_info *super)
{
	if ((word & ~WORD_LIVE) != 0) {
		return -XMEM_EEXIST;
	}
	return !described || (HEAP_HAS_CACHES &&
			      (super != NULL || word == WORD_LIVE_FRAME))
		       ? 0
		       : -XMEM_EBUSY;
}

/* Make frame @mfn, which is described, plain; or @super, if it is part of it.
 */
XMEM_REQUIRES(H)
static int make_plain(struct heap_node *node, unsigned long mfn,
		      struct page_info *super)
{
	unsigned int order = super != NULL ? HEAP_SUPER_ORDER : 0;
	int rc = xmem_heap_describe(node, xmem_align_down(mfn, 1UL << order),
				    order, false);

	if (rc == 0 && super != NULL) {
		xmem_page_break(super);
	} else if (rc == 0 && HEAP_HAS_CACHES) {
		xmem_page_set_live(mfn_to_page(_mfn(mfn)), XMEM_LIVE_NONE);
	}
	return rc;
}

XMEM_REQUIRES(H)
static int pass_frame(struct heap_node *node, unsigned long mfn, enum pass pass)
{
	struct page_info *super;
	bool described;
	int rc = xmem_heap_use_of(node, mfn, &described);

	if (rc != 0) {
		return rc;
	}
	super = xmem_heap_super_of(mfn);
	if (pass != PLAIN_AS_IT_IS) {
		rc = look(xmem_word_of(mfn_to_page(_mfn(mfn))), described,
			  super);
	}
	return rc == 0 && described && pass != LOOK
		       ? make_plain(node, mfn, super)
		       : rc;
}

/* Why frame @bad must not be freed, as @rc said; NULL if the heap knows. */
static const char *text_of(int rc, unsigned long bad)
{
	const char *text = NULL;

	if (rc == -XMEM_EEXIST) {
		text = xmem_mark_obstacle(mfn_to_page(_mfn(bad)), NULL);
		/* If not, another CPU frees it just now. */
		return text != NULL ? text
				    : "not of the owner of the first frame";
	}
	if (HEAP_HAS_CACHES && rc == -XMEM_EBUSY &&
	    xmem_state_find(bad) == XMEM_FRAME_CACHED) {
		text = xmem_heap_state_text(bad, "in use again");
	}
	return text;
}

/* Panic: frame @bad of @block must not be freed, as @rc says. */
static void refuse(int rc, const struct marked_block *block, unsigned long bad)
{
	const char *text = text_of(rc, bad);

	XMEM_PANIC_IF(text != NULL,
		      "heap: %sfree of frame %lx order %u: frame %lx is %s, "
		      "caller %p\n",
		      rc == -XMEM_EBUSY ? "double " : "", block->mfn,
		      block->order, bad, text, block->caller);
	xmem_heap_refuse(rc, block->mfn, block->order, block->caller);
}

static void go_over(const struct marked_block *block, enum pass pass)
{
	unsigned long end = block->mfn + (1UL << block->order);
	unsigned long mfn = block->mfn;

	while (mfn < end) {
		struct heap_node *node = xmem_heap_lock_of(block->mfn);
		unsigned long left = BATCH;
		int rc = 0;

		while (rc == 0 && mfn < end && left-- > 0) {
			rc = pass_frame(node, mfn, pass);
			mfn += rc == 0;
		}
		heap_node_unlock(node);
		if (rc != 0) {
			refuse(rc, block, mfn);
		}
		xmem_port_relax();
	}
}

void xmem_union_make_plain(const struct marked_block *block)
{
	go_over(block, PLAIN_AS_IT_IS);
}

/* Is @block, of nobody's, all in use, and in one span? If so, @and_give it if
 * it is plain. Return: 0, or an error as of xmem_heap_give(). */
static int ask(const struct marked_block *block, bool and_give)
{
	struct heap_node *node = xmem_heap_lock_of(block->mfn);
	int rc;

	rc = and_give ? xmem_heap_give(node, block->mfn, block->order, false,
				       true)
		      : xmem_heap_all_used(node, block->mfn, block->order);
	heap_node_unlock(node);
	return rc;
}

/* Return: 0, or, with nothing changed, an error as of xmem_heap_give(). */
static int free_parts(const struct marked_block *block)
{
	int rc = ask(block, false);

	if (rc == 0) {
		go_over(block, LOOK);
		go_over(block, MAKE_PLAIN);
		if (!block->told) {
			xmem_tell(block->mfn, block->order, true);
		}
		rc = ask(block, true);
	}
	return rc;
}

/* The same without caches, where no part can be but plain or somebody's: panic
 * with the frame that is, unless it has just been freed. */
static int find_foreign(const struct marked_block *block)
{
	go_over(block, LOOK);
	return -XMEM_EEXIST;
}

void xmem_union_free(const struct marked_block *block, int rc)
{
	if (rc == -XMEM_EEXIST) {
		rc = HEAP_HAS_CACHES ? free_parts(block) : find_foreign(block);
	}
	if (rc != 0) {
		refuse(rc, block, block->mfn);
	}
}
