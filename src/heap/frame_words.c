/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frame_words.c - take and give single frames, many in one lock hold
 *
 * Model       The engine keeps its frames in words, and takes or gives those
 *             of a word at once. Here are up to HEAP_WORDS of them a lock
 *             hold. A take chooses the word in which a take of order 0 would
 *             find its frame, so many frames in a row break no more blocks
 *             than one by one. Of the last word only as many frames are kept
 *             as are wanted, the highest ones. Where only whole superpages are
 *             free, one of them is taken as a block.
 * Words       Those of a take are the engine's. Those of a give are aligned by
 *             frame number. They are the same but in spans of less than a
 *             word: there, and where a span ends, first_part() cuts a word into
 *             parts that are of one word of one engine.
 * Cost        Of a take: a search for a frame and some steps for each order,
 *             by the word, not by the frame.
 * Locking     (H), for at most HEAP_WORDS words.
 */
#include "heap/heap_priv.h"
#include "lib/attr.h"
#include "lib/bits.h"

/* I4, after the frames of @w have become free, or used. Return: how many. */
XMEM_REQUIRES(H)
static unsigned long count_word(struct node_heap *heap,
				const struct xmem_buddy_word *w, bool is_free)
{
	unsigned long nr = xmem_popcount64(w->frames);

	heap->nr_free += is_free ? nr : 0 - nr;
	if (w->first != 0 && xmem_bit_of(w->first) == 0) {
		heap->zone_free[xmem_log2(w->first)] += is_free ? nr : 0 - nr;
		return nr;
	}
	for (uint64_t left = w->frames; left != 0; left &= left - 1) {
		unsigned int zone = xmem_log2(w->first + xmem_ffs64(left));

		heap->zone_free[zone] += is_free ? 1 : 0 - 1UL;
	}
	return nr;
}

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
	unsigned int order = r.order;

	while (order <= MAX_ORDER) {
		struct xmem_buddy_request req = {.lo = r.in.lo,
						 .hi = r.in.hi,
						 .order = r.order,
						 .prefer = XMEM_BUDDY_HIGH,
						 .described = r.described};
		struct heap_arena *a = NULL;
		unsigned int before;
		bool taken;

		if ((heap_orders_below(heap->root) >> order & 1) != 0) {
			a = heap_arena_before(heap, r.in.hi, order);
		}
		if (a == NULL || a->buddy.end <= r.in.lo) {
			order = xmem_buddy_next_tier(order);
			continue;
		}
		before = a->buddy.orders;
		taken = r.order == 0
				? xmem_buddy_take_word(&a->buddy, &req, w)
				: xmem_buddy_take_as_words(&a->buddy, &req, w);
		if (taken) {
			heap_arena_sync(a, before);
			return r.order == 0 ? 1 : BLOCK_WORDS;
		}
		if (a->buddy.end > r.in.hi) {
			r.in.hi = a->buddy.start;
		} else {
			r.in.lo = a->buddy.end;
		}
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
		nr = count_word(heap, w, false);
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

/* ---- giving ---- */

/* What of a word lies in one word of one engine. */
struct part {
	struct node_heap *heap;
	struct heap_arena *arena; /* NULL: no span holds the frame */
	unsigned long first;	  /* frame of bit 0 of the engine's word */
	uint64_t frames;	  /* by the bits of the word that is cut */
};

/* @bits of a word that begins at frame @from, as those of one that begins at
 * @to. */
static uint64_t shift_bits(uint64_t bits, unsigned long from, unsigned long to)
{
	return from >= to ? bits << (from - to) : bits >> (to - from);
}

/* The first part of the frames @left, not 0, of the word at @first. */
XMEM_REQUIRES(H)
static inline struct part first_part(struct heap_node *node,
				     unsigned long first, uint64_t left)
{
	unsigned long mfn = first + xmem_ffs64(left);
	struct part p = {.first = first, .frames = left & -left};
	unsigned long room, nr;

	p.arena = heap_arena_of(node, mfn, &p.heap);
	if (p.arena == NULL) {
		return p;
	}
	if (XMEM_LAYOUT != XMEM_LAYOUT_SEPARATE &&
	    first >= p.arena->buddy.start &&
	    first + XMEM_WORD_BITS <= p.arena->buddy.end &&
	    xmem_bit_of(first - p.arena->buddy.base) == 0) {
		p.first = first; /* Nearly always. */
		p.frames = left;
		return p;
	}
	room = xmem_arena_room(node, p.arena, mfn);
	nr = XMEM_WORD_BITS - xmem_bit_of(mfn - p.arena->buddy.base);
	p.first = mfn - (XMEM_WORD_BITS - nr);
	nr = nr < room ? nr : room;
	p.frames = left & xmem_bits_run(0, (unsigned int)nr)
				  << xmem_ffs64(left);
	return p;
}

XMEM_REQUIRES(H)
static void look_at_part(const struct part *p, unsigned long first,
			 struct heap_look *look)
{
	struct xmem_buddy_word w = {.first = p->first};
	uint64_t described;

	if (p->arena == NULL) {
		look->unknown |= p->frames;
		return;
	}
	xmem_buddy_look_word(&p->arena->buddy, &w, &described);
	look->free |= shift_bits(w.frames, p->first, first) & p->frames;
	look->described |= shift_bits(described, p->first, first) & p->frames;
}

XMEM_NOINLINE struct heap_look xmem_heap_look(struct heap_node *node,
					      const struct xmem_buddy_word *w)
{
	struct heap_look look = {0, 0, 0};
	uint64_t left = w->frames;

	while (left != 0) {
		struct part p = first_part(node, w->first, left);

		look_at_part(&p, w->first, &look);
		left &= ~p.frames;
	}
	return look;
}

/* Give the frames of @p, of @w. Return: as xmem_buddy_give_word(); -ENOENT. */
XMEM_REQUIRES(H)
static int give_part(const struct part *p, const struct xmem_buddy_word *w,
		     bool described)
{
	struct xmem_buddy_word given = {
		.first = p->first,
		.frames = shift_bits(p->frames, w->first, p->first),
		.dirty = shift_bits(p->frames & w->dirty, w->first, p->first),
	};
	unsigned int before;
	int rc;

	if (p->arena == NULL) {
		return -XMEM_ENOENT;
	}
	before = p->arena->buddy.orders;
	rc = xmem_buddy_give_word(&p->arena->buddy, &given, described);
	if (rc == 0) {
		heap_arena_sync(p->arena, before);
		count_word(p->heap, &given, true);
	}
	return rc;
}

int xmem_heap_give_frames(struct heap_node *node,
			  const struct xmem_buddy_word *w, bool described)
{
	uint64_t left = w->frames;
	int rc = 0;

	while (left != 0) {
		struct part p = first_part(node, w->first, left);

		rc = give_part(&p, w, described);
		if (XMEM_UNLIKELY(rc != 0)) {
			xmem_heap_take_back(node, w->first, w->frames ^ left,
					    described);
			break;
		}
		left ^= p.frames;
	}
	return rc;
}

XMEM_NOINLINE void xmem_heap_take_back(struct heap_node *node,
				       unsigned long first, uint64_t frames,
				       bool described)
{
	for (; frames != 0; frames &= frames - 1) {
		struct xmem_buddy_word one = {first, frames & -frames, 0};
		struct part p = first_part(node, first, one.frames);
		unsigned long mfn = first + xmem_ffs64(frames);
		unsigned int before = p.arena->buddy.orders;
		int rc = xmem_buddy_take_range(&p.arena->buddy, mfn, 1, NULL);

		if (rc == 0 && described) {
			rc = xmem_buddy_describe(&p.arena->buddy, mfn, 0, true);
		}
		XMEM_ASSERT(rc == 0);
		(void)rc;
		heap_arena_sync(p.arena, before);
		count_word(p.heap, &one, false);
	}
}
