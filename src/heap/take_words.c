/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * take_words.c - take single frames, many in one lock hold
 *
 * Model       The engine keeps its frames in words, and takes those of a word
 *             at once. Here are up to HEAP_WORDS of them a lock hold. A take
 *             chooses the word in which a take of order 0 would
 *             find its frame, so many frames in a row break no more blocks
 *             than one by one. Of the last word only as many frames are kept
 *             as are wanted, the highest ones. Where only whole superpages are
 *             free, one of them is taken as a block.
 * Words       Those of a take are the engine's. They go back by cache_words.c.
 * Cost        Of a take: a search for a frame and some steps for each order,
 *             by the word, not by the frame.
 * Locking     (H), for at most HEAP_WORDS words.
 */
#include "heap/cache.h"
#include "heap/heap_priv.h"
#include "lib/attr.h"
#include "lib/bits.h"

_Static_assert(HEAP_BLOCK_WORDS <= HEAP_WORDS, "a block goes at once");

/* Take as xmem_hold_take() does, but on the own side first. */
XMEM_REQUIRES(H)
static unsigned int take_best(struct heap_hold *h, struct bounds in,
			      unsigned int order, struct xmem_buddy_word *w)
{
	unsigned int nr = xmem_hold_take(h, heap_own_side(in, false), order, w);

	if (nr == 0 && heap_takes_both_sides(in, false)) {
		nr = xmem_hold_take(h, in, order, w);
	}
	return nr;
}

/* Is there a superpage of which a part is used? */
XMEM_REQUIRES(H)
static bool has_parts(struct heap_hold *h)
{
	if (h->arena != NULL && (h->arena->buddy.orders & 1) != 0) {
		return true;
	}
	xmem_hold_end(h);
	return (heap_orders_below(h->heap->root) & 1) != 0;
}

/* Take words for @f, which has room for @room. A whole superpage at once, if
 * there is none of which a part is used, which is to be used up first. Return:
 * how many; 0 also if there is no room for a superpage. */
XMEM_REQUIRES(H)
static unsigned int take_some(struct heap_hold *h, struct bounds in,
			      const struct heap_frames *f, unsigned int room,
			      struct xmem_buddy_word *w)
{
	unsigned int nr = 0;

	if (f->left >= HEAP_BLOCK_NR && !has_parts(h)) {
		if (room < HEAP_BLOCK_WORDS) {
			return 0;
		}
		nr = take_best(h, in, HEAP_BLOCK_ORDER, w);
	}
	return nr > 0 ? nr : take_best(h, in, 0, w);
}

/* What of @w, of @nr frames, is too much: all but the @most highest ones, and
 * what is in another block of the largest order than these. Only the words of
 * tiny spans are in two. */
static uint64_t surplus_of(const struct xmem_buddy_word *w, unsigned long nr,
			   unsigned long most)
{
	unsigned long block =
		(w->first + xmem_fls64(w->frames)) >> MAX_ORDER << MAX_ORDER;
	uint64_t rest = w->frames;

	if (XMEM_UNLIKELY(w->first < block)) {
		rest &= xmem_bits_from((unsigned int)(block - w->first));
		nr = xmem_popcount64(rest);
	}
	for (; nr > most; nr--) {
		rest &= rest - 1;
	}
	return w->frames & ~rest;
}

/* Give what is too much of @w back, where @most frames are wanted. Return: how
 * many are left. */
XMEM_REQUIRES(H)
static unsigned long keep(struct heap_hold *h, struct xmem_buddy_word *w,
			  unsigned long most)
{
	unsigned long nr = xmem_popcount64(w->frames);
	struct xmem_buddy_word back = {.first = w->first};

	back.frames = surplus_of(w, nr, most);
	if (XMEM_UNLIKELY(back.frames != 0)) {
		int rc;

		back.dirty = w->dirty & back.frames;
		w->frames &= ~back.frames;
		w->dirty &= ~back.frames;
		nr = xmem_popcount64(w->frames);
		rc = xmem_hold_give(h, &back, 1);
		XMEM_ASSERT(rc == 0);
		(void)rc;
	}
	return nr;
}

/* Take words of @node until @f has enough. */
static void take_from(struct heap_node *node, struct heap_frames *f)
{
	struct bounds in = xmem_heap_bounds_of(f->memflags);
	struct heap_hold h;
	unsigned int end = 0;

	heap_node_lock(node);
	heap_hold_begin(&h, node, f->described);
	h.heap = node_heap_of(node, false);
	while (f->left > 0 && f->nr_words < HEAP_WORDS) {
		struct xmem_buddy_word *w = &f->word[f->nr_words];

		if (f->nr_words == end) {
			end += take_some(&h, in, f, HEAP_WORDS - end, w);
		}
		if (f->nr_words == end) {
			break;
		}
		f->left -= keep(&h, w, f->left);
		f->nr_words++;
	}
	xmem_hold_end(&h);
	heap_node_unlock(node);
}

void xmem_heap_frames_begin(struct heap_frames *f)
{
	f->nodes = xmem_heap_nodes_of(f->memflags);
	f->is_done = xmem_port_alloc_fails();
}

/* Take words from the next of the nodes left that has any: the next call asks
 * it again. */
static bool take_from_next(struct heap_frames *f)
{
	struct heap_nodes behind = f->nodes;
	struct heap_node *node;

	while ((node = xmem_heap_next_node(&behind)) != NULL) {
		take_from(node, f);
		if (f->nr_words > 0) {
			break;
		}
		f->nodes = behind;
	}
	return node != NULL;
}

/* The nodes have no more: take from them what lies in caches. */
static XMEM_COLD bool take_cached(struct heap_frames *f)
{
	struct heap_hunt hunt = xmem_hunt_for(f->memflags, false);
	bool taken = false;

	while (!taken && xmem_hunt_again(&hunt)) {
		f->nodes = xmem_heap_nodes_of(f->memflags);
		taken = take_from_next(f);
	}
	xmem_hunt_end(&hunt);
	return taken;
}

bool xmem_heap_take_words(struct heap_frames *f)
{
	bool taken;

	f->nr_words = 0;
	if (f->is_done || f->left == 0) {
		return false;
	}
	taken = take_from_next(f);
	if (!taken && HEAP_HAS_CACHES) {
		taken = take_cached(f);
	}
	f->is_done = !taken;
	return taken;
}
