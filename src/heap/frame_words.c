/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frame_words.c - take single frames, many in one lock hold
 *
 * Model       The engine keeps its frames in words, and takes those of a word
 *             at once. Here are up to HEAP_WORDS of them a lock
 *             hold. A take chooses the word in which a take of order 0 would
 *             find its frame, so many frames in a row break no more blocks
 *             than one by one. Of the last word only as many frames are kept
 *             as are wanted, the highest ones. Where only whole superpages are
 *             free, one of them is taken as a block.
 * Words       Those of a take are the engine's. They go back by cache_words.c.
 * Cost        Of a take: a search for a frame and some steps for each order,
 *             by the word, not by the frame.
 * Locking     (H), for at most HEAP_WORDS words.
 */
#include "heap/heap_priv.h"
#include "lib/attr.h"
#include "lib/bits.h"

/* ---- taking ---- */

/* Large free blocks, of which many words are taken at once. */
#define BLOCK_ORDER 9U
#define BLOCK_NR    (1UL << BLOCK_ORDER)
#define BLOCK_WORDS (BLOCK_NR / XMEM_WORD_BITS)
_Static_assert(BLOCK_WORDS <= HEAP_WORDS, "a block goes at once");

/* What is to be taken. */
struct word_request {
	struct bounds in;
	unsigned int order; /* 0: a word; else all words of such a block */
	bool described;
};

/* Take, of @heap, the frames in the same word as the one that a take of order 0
 * would get, or the block that a take of that order would get. Chooses as
 * take_from_heap() in heap.c does. Return: number of words in @w. */
XMEM_REQUIRES(H)
static XMEM_NOINLINE unsigned int take_words(struct node_heap *heap,
					     struct word_request r,
					     struct xmem_buddy_word *w)
{
	struct xmem_buddy_request req = {.order = r.order,
					 .prefer = XMEM_BUDDY_HIGH,
					 .described = r.described};
	unsigned int order = r.order;
	struct heap_arena *a;

	while ((a = heap_next_arena(heap, &order, r.in)) != NULL) {
		unsigned int before = a->buddy.orders;
		bool taken;

		req.lo = r.in.lo;
		req.hi = r.in.hi;
		taken = r.order == 0
				? xmem_buddy_take_word(&a->buddy, &req, w)
				: xmem_buddy_take_as_words(&a->buddy, &req, w);
		if (taken) {
			heap_arena_sync(a, before);
			return r.order == 0 ? 1 : BLOCK_WORDS;
		}
		r.in = heap_without(r.in, a);
	}
	return 0;
}

/* The same, but in the partial layout above the limit of the xenheap, if
 * possible. */
XMEM_REQUIRES(H)
static unsigned int take_best_words(struct node_heap *heap,
				    struct word_request r,
				    struct xmem_buddy_word *w)
{
	struct word_request above = r;

	if (XMEM_LAYOUT == XMEM_LAYOUT_PARTIAL && r.in.lo < xmem_heap_xen_end) {
		unsigned int nr;

		above.in.lo = xmem_heap_xen_end;
		nr = take_words(heap, above, w);
		if (nr > 0) {
			return nr;
		}
	}
	return take_words(heap, r, w);
}

/* Take words for @f, which has room for @room. A whole superpage at once, if
 * there is none of which a part is used, which is to be used up first. Return:
 * how many; 0 also if there is no room for a superpage. */
XMEM_REQUIRES(H)
static unsigned int take_some(struct node_heap *heap, struct bounds in,
			      const struct heap_frames *f, unsigned int room,
			      struct xmem_buddy_word *w)
{
	struct word_request r = {in, 0, f->described};
	unsigned int nr;

	if (f->left >= BLOCK_NR && (heap_orders_below(heap->root) & 1) == 0) {
		if (room < BLOCK_WORDS) {
			return 0;
		}
		r.order = BLOCK_ORDER;
		nr = take_best_words(heap, r, w);
		if (nr > 0) {
			return nr;
		}
		r.order = 0;
	}
	return take_best_words(heap, r, w);
}

/* Give the frames @surplus of @w back. */
XMEM_REQUIRES(H)
static XMEM_NOINLINE void give_surplus(struct heap_node *node,
				       struct xmem_buddy_word *w,
				       uint64_t surplus, bool described)
{
	struct xmem_buddy_word back = {w->first, surplus, w->dirty & surplus};

	w->frames &= ~surplus;
	w->dirty &= ~surplus;
	if (surplus != 0) {
		int rc = xmem_heap_give_frames(node, &back, described);

		XMEM_ASSERT(rc == 0);
		(void)rc;
	}
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

/* Take words of @node until @f has enough. */
static void take_from(struct heap_node *node, struct heap_frames *f)
{
	struct node_heap *heap = node_heap_of(node, false);
	struct bounds in = heap_bounds_of(f->memflags);
	unsigned int end = 0;

	heap_node_lock(node);
	while (f->left > 0 && f->nr_words < HEAP_WORDS) {
		struct xmem_buddy_word *w = &f->word[f->nr_words];
		unsigned long nr;

		if (f->nr_words == end) {
			end += take_some(heap, in, f, HEAP_WORDS - end,
					 &f->word[end]);
		}
		if (f->nr_words == end) {
			break;
		}
		nr = xmem_heap_count_word(heap, w, false);
		give_surplus(node, w, surplus_of(w, nr, f->left), f->described);
		f->left -= xmem_popcount64(w->frames);
		f->nr_words++;
	}
	heap_node_unlock(node);
}

void xmem_heap_frames_begin(struct heap_frames *f)
{
	f->first = xmem_heap_first_node(f->memflags, &f->nr_nodes);
	f->node = f->first;
	f->is_done = f->nr_nodes == 0 || xmem_port_alloc_fails();
}

/* Take words from the next of the nodes left that has any. */
static bool take_from_next(struct heap_frames *f)
{
	while (f->nr_nodes > 0) {
		struct heap_node *node = heap_node(f->node);

		if (node != NULL) {
			take_from(node, f);
		}
		if (f->nr_words > 0) {
			return true;
		}
		heap_next_node(f->first, &f->node, &f->nr_nodes);
	}
	return false;
}

/* The nodes have no more: take from them what lies in caches. */
static XMEM_COLD bool take_cached(struct heap_frames *f)
{
	struct heap_hunt hunt = xmem_hunt_for(f->memflags, false);
	bool taken = false;

	while (!taken && xmem_hunt_again(&hunt)) {
		f->node = f->first;
		(void)xmem_heap_first_node(f->memflags, &f->nr_nodes);
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
	if (!taken && XMEM_CONFIG_CPU_CACHES) {
		taken = take_cached(f);
	}
	f->is_done = !taken;
	return taken;
}
