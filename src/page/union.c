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
 * Batches     A CPU that frees the same frames into its cache takes no lock: it
 *             looks at all of a cache's block, and then clears all live bits.
 *             So do we: all of a batch is looked at before any of it changes,
 *             and is not looked at again. So who sees one frame without its
 *             live bits stops before he has changed another. A batch is aligned
 *             as the block is: it holds whole blocks of caches, or is part of
 *             one superpage.
 */
#include "page/union.h"

#include "heap/super.h"
#include "lib/align.h"
#include "lib/assert.h"

/* Frames that one lock hold goes over. */
#define BATCH 64UL
_Static_assert(BATCH >= 1UL << (HEAP_CACHED_ORDERS - 1) &&
		       BATCH <= 1UL << HEAP_SUPER_ORDER,
	       "a batch holds whole blocks of caches, or is part of one");

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

/* Look at the frames [*@mfn, @end), which are part of @super, or NULL. Return:
 * 0; or why *@mfn, one of them, must not be freed. */
XMEM_REQUIRES(H)
static int look_at_all(struct heap_node *node, unsigned long *mfn,
		       unsigned long end, const struct page_info *super,
		       enum pass pass)
{
	int rc = 0;

	for (; *mfn < end; ++*mfn) {
		bool described;

		rc = xmem_heap_use_of(node, *mfn, &described);
		if (rc == 0 && pass != PLAIN_AS_IT_IS) {
			rc = look(xmem_word_of(mfn_to_page(_mfn(*mfn))),
				  described, super);
		}
		if (rc != 0) {
			break;
		}
	}
	return rc;
}

/* Make frame @mfn, which is in use, plain, if it is not; or @super, if it is
 * part of it. */
XMEM_REQUIRES(H)
static int make_plain(struct heap_node *node, unsigned long mfn,
		      struct page_info *super)
{
	bool described;
	int rc = xmem_heap_use_of(node, mfn, &described);

	if (rc != 0 || !described) {
		return rc;
	}
	if (super != NULL) {
		xmem_heap_break_super(node, mfn);
		return 0;
	}
	rc = xmem_heap_describe(node, mfn, 0, false);
	if (rc == 0 && HEAP_HAS_CACHES) {
		xmem_page_set_live(mfn_to_page(_mfn(mfn)), XMEM_LIVE_NONE);
	}
	return rc;
}

/* Do @pass to the frames [*@mfn, @end) of one batch. Return: 0; or, with
 * nothing changed, why *@mfn must not be freed. */
XMEM_REQUIRES(H)
static int pass_batch(struct heap_node *node, unsigned long *mfn,
		      unsigned long end, enum pass pass)
{
	struct page_info *super = xmem_heap_super_of(*mfn);
	unsigned long i = *mfn;
	int rc = look_at_all(node, mfn, end, super, pass);

	for (; rc == 0 && pass != LOOK && i < end; i++) {
		rc = make_plain(node, i, super);
	}
	return rc;
}

/* Why frame @bad must not be freed, as @rc said; NULL if the heap knows. */
static const char *text_of(int rc, unsigned long bad)
{
	const char *text = NULL;

	if (rc == -XMEM_EEXIST) {
		text = xmem_words_obstacle(mfn_to_page(_mfn(bad)), NULL);
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
		unsigned long stop = end - mfn < BATCH ? end : mfn + BATCH;
		int rc = pass_batch(node, &mfn, stop, pass);

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
