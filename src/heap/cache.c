/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cache.c - between the cache of a CPU and the heap: refill, give back, drain
 *
 * Model       The CPU is in its cache, or a thief is in it, and takes (H) of
 *             the cache's node for each batch.
 * Policy      A cache must not choose other frames than the heap would: where
 *             the heap keeps its used frames together, large blocks stay free.
 *             So a refill takes the words that the heap would use up next. And
 *             a freed frame is kept only if it lies at or above the lowest
 *             frame of the last refill: the heap, which takes the highest
 *             first, would choose it again, too. All others go back, most often
 *             several of a word at once.
 * Cost        A refill visits at most CACHE_REFILL_WORDS words, and gets at
 *             least CACHE_REFILL frames where that many are free in them. What
 *             goes back in one lock hold is at most CACHE_PENDING_WORDS words.
 * Counting    Who looks at the counts without being in the cache must not miss
 *             a frame that stays free: so a frame that goes from here to the
 *             heap leaves the counts of the cache after it has come to its
 *             node, whose `gives` has grown by then; and what comes is counted
 *             here before (H) is dropped.
 * Rejected    To take what is pending before a refill: the frames are lower
 *             than those of the heap, and few. To sort what is pending, or to
 *             find its words by a table: frames of a domain that is destroyed
 *             come in order, others have hardly any neighbours among 64.
 */
#include "heap/cache_priv.h"
#include "lib/align.h"
#include "lib/assert.h"
#include "lib/node.h"

/* No descriptor is at or above this address: nothing is kept. */
#define NO_FRONTIER (~(uintptr_t)0)

XMEM_COLD void xmem_cache_init(struct xmem_cache *c, unsigned int cpu,
			       unsigned int node)
	XMEM_UNCHECKED /* Nobody else knows the cache yet. */
{
	if (!HEAP_HAS_CACHES) {
		return;
	}
	c->node = node;
	c->cpu = cpu;
	for (unsigned int k = 0; k < CACHE_NR_KINDS; k++) {
		c->kind[k].pending.last = c->kind[k].pending.word;
		c->kind[k].pending.most = CACHE_PENDING_FRAMES;
		c->kind[k].frames.frontier = NO_FRONTIER;
		for (unsigned int i = 0; i < CACHE_NR_BLOCKS; i++) {
			c->kind[k].blocks[i].frontier = NO_FRONTIER;
		}
	}
}

/* The frames that belong to the kind for @xen. */
static struct bounds bounds_of_kind(bool xen)
{
	return heap_own_side((struct bounds){1, ~0UL}, xen);
}

/* The node whose frames are in @c; one that has none if there are none. */
static struct heap_node *node_of(const struct xmem_cache *c)
{
	struct heap_node *node = heap_node(c->node);

	return XMEM_UNLIKELY(node == NULL) ? xmem_heap_no_node() : node;
}

/* Is @kind, of @c, of the xenheap? */
XMEM_IN_CACHE
static bool is_xen(const struct xmem_cache *c, const struct cache_kind *kind)
{
	return CACHE_NR_KINDS > 1 && kind == &c->kind[CACHE_NR_KINDS - 1];
}

/* Look whether so few frames of @kind are free on @node that none should
 * wait. */
XMEM_REQUIRES(H)
XMEM_IN_CACHE static void look_how_few(struct xmem_cache *c,
				       struct cache_kind *kind,
				       struct heap_node *node)
{
	c->short_of_frames = node_heap_of(node, is_xen(c, kind))->nr_free <
			     xmem_cache_few_frames(c->node);
	kind->pending.most = c->short_of_frames ? 1 : CACHE_PENDING_FRAMES;
}

/* ---- refill ---- */

/* The slots from @slot on are those of @word, as if all were clean, and some
 * are not. */
static XMEM_NOINLINE void mark_dirty(uintptr_t *slot,
				     const struct xmem_buddy_word *word)
{
	for (uint64_t left = word->frames; left != 0; slot++) {
		uint64_t top = xmem_bit(xmem_fls64(left));

		*slot += (word->dirty & top) != 0;
		left ^= top;
	}
}

/* The lowest frame comes last, so that frames are popped in ascending order.
 * The descriptors are in a row, and the frames most often all clean or all
 * dirty. */
static void add_row(struct cache_stack *f, const struct xmem_buddy_word *word)
{
	bool dirty = word->dirty == word->frames;
	unsigned int top = xmem_fls64(word->frames);
	uint64_t left = word->frames << (63 - top);
	uintptr_t pg = (uintptr_t)(mfn_to_page(_mfn(word->first + top)) + 1);
	uintptr_t *slot = &f->slot[f->nr];

	pg += dirty;
	while (left != 0) {
		unsigned int gap = 63 - xmem_fls64(left);

		pg -= gap * sizeof(struct page_info);
		left <<= gap;
		for (; left >> 63 != 0; left <<= 1) {
			pg -= sizeof(struct page_info);
			__atomic_store_n(slot++, pg, __ATOMIC_RELAXED);
		}
	}
	if (!dirty && word->dirty != 0) {
		mark_dirty(&f->slot[f->nr], word);
	}
	pg -= dirty;
	__atomic_store_n(&f->nr, (unsigned long)(slot - f->slot),
			 __ATOMIC_RELEASE);
	f->frontier = pg < f->frontier ? pg : f->frontier;
}

/* The words of tiny spans may be in two rows. */
static void add_word(struct cache_stack *f, const struct xmem_buddy_word *word)
{
	unsigned long nr = cache_row_end(word->first) - word->first;
	struct xmem_buddy_word low = *word, high = *word;

	if (cache_row_end(0) == ~0UL || nr >= XMEM_WORD_BITS) {
		add_row(f, word);
		return;
	}
	low.frames &= xmem_bits_run(0, (unsigned int)nr);
	low.dirty &= low.frames;
	high.frames ^= low.frames;
	high.dirty ^= low.dirty;
	if (high.frames != 0) {
		add_row(f, &high);
	}
	if (low.frames != 0) {
		add_row(f, &low);
	}
}

/* How many frames from that of @pg on may go into the stack that it is in, as
 * they are of the same range of RAM, of one node and kind. */
static XMEM_COLD unsigned long reach_of(const struct page_info *pg, bool xen)
{
	unsigned long mfn = mfn_x(page_to_mfn(pg));
	unsigned long end = xmem_arch_ram_end(mfn);
	unsigned long near = MAX_NUMNODES > 1 ? xmem_port_node_end(mfn) : end;

	end = near < end ? near : end;
	near = cache_row_end(mfn);
	end = near < end ? near : end;
	if (XMEM_LAYOUT == XMEM_LAYOUT_PARTIAL && xen &&
	    end > xmem_heap_xen_end) {
		end = xmem_heap_xen_end;
	}
	return xmem_node_end(mfn, end) - mfn;
}

/* Take words, of which all frames are used next. */
XMEM_REQUIRES(H)
static void fill_frames(struct cache_stack *s, struct heap_node *node, bool xen)
{
	struct bounds in = bounds_of_kind(xen);
	struct xmem_buddy_word word;
	struct heap_hold h;

	heap_hold_begin(&h, node, true);
	h.heap = node_heap_of(node, xen);
	for (unsigned int n = 0;
	     n < CACHE_REFILL_WORDS && s->nr < CACHE_REFILL &&
	     xmem_hold_take(&h, in, 0, &word) != 0;
	     n++) {
		add_word(s, &word);
	}
	xmem_hold_end(&h);
}

/* Take blocks of @order until there are @most in @s. */
XMEM_REQUIRES(H)
static XMEM_COLD void fill_blocks(struct cache_stack *s, struct heap_node *node,
				  bool xen, unsigned int order,
				  unsigned long most)
{
	struct heap_request req = {
		.xen = xen, .described = true, .order = order};

	while (s->nr < most) {
		bool dirty = false;
		unsigned long mfn = xmem_heap_take_locked(
			node, &req, bounds_of_kind(xen), &dirty);
		uintptr_t pg;

		if (mfn == XMEM_NO_MFN) {
			break;
		}
		pg = (uintptr_t)mfn_to_page(_mfn(mfn));
		__atomic_store_n(&s->slot[s->nr], pg + dirty, __ATOMIC_RELAXED);
		__atomic_store_n(&s->nr, s->nr + 1, __ATOMIC_RELEASE);
		s->frontier = pg < s->frontier ? pg : s->frontier;
	}
}

/* Fill the stack of @kind for @order, which is empty. Return: is there
 * something in it? */
XMEM_REQUIRES(H)
XMEM_IN_CACHE static XMEM_COLD bool fill(struct xmem_cache *c,
					 struct cache_kind *kind,
					 struct heap_node *node,
					 unsigned int order)
{
	struct cache_stack *s = cache_stack_of(kind, order);
	bool xen = is_xen(c, kind);

	s->frontier = NO_FRONTIER;
	s->reach = 0;
	if (c->short_of_frames) {
		fill_blocks(s, node, xen, order, 1);
		s->frontier = NO_FRONTIER;
	} else if (order == 0) {
		fill_frames(s, node, xen);
	} else {
		fill_blocks(s, node, xen, order,
			    order == HEAP_SUPER_ORDER ? CACHE_REFILL_SUPERS
						      : CACHE_REFILL_BLOCKS);
	}
	if (s->frontier != NO_FRONTIER) {
		s->reach = reach_of((struct page_info *)s->frontier, xen);
	}
	return s->nr != 0;
}

/* Give what is pending in @kind to @node. */
XMEM_REQUIRES(H)
static void give_pending(struct heap_node *node, struct cache_pending *p)
{
	unsigned int nr = (unsigned int)(p->last - p->word) + 1;
	struct heap_hold h;
	int rc;

	heap_hold_begin(&h, node, true);
	rc = xmem_hold_give(&h, p->word, nr);
	xmem_hold_end(&h);
	if (XMEM_UNLIKELY(rc != 0)) {
		xmem_heap_refuse(rc, h.refused, 0, XMEM_CALLER());
	}
	for (unsigned int i = 0; i < nr; i++) {
		p->word[i].frames = 0;
	}
	p->word[0].dirty = 0;
	p->last = p->word;
	__atomic_store_n(&p->nr_frames, 0, __ATOMIC_RELEASE);
}

XMEM_COLD bool xmem_cache_refill(struct xmem_cache *c, bool xen,
				 unsigned int order)
{
	struct cache_kind *kind = cache_kind_of(c, xen);
	struct heap_node *node;
	bool filled;

	if (!HEAP_HAS_CACHES) {
		return false;
	}
	node = node_of(c);
	heap_node_lock(node);
	look_how_few(c, kind, node);
	filled = fill(c, kind, node, order);
	if (!filled && kind->pending.nr_frames > 0) {
		give_pending(node, &kind->pending);
		filled = fill(c, kind, node, order);
	}
	heap_node_unlock(node);
	return filled;
}

/* ---- give back ---- */

/* Give what is pending in @kind to the heap, and look how that is. */
XMEM_IN_CACHE XMEM_UNLOCKED static XMEM_NOINLINE void drain_pending(
	struct xmem_cache *c, struct cache_kind *kind)
{
	struct heap_node *node = node_of(c);

	heap_node_lock(node);
	give_pending(node, &kind->pending);
	look_how_few(c, kind, node);
	heap_node_unlock(node);
}

XMEM_COLD static void refuse_twice(const struct xmem_cache *c,
				   unsigned long mfn, const void *caller)
{
	xmem_port_panic("heap: double free of frame %lx: it is free already, "
			"in the cache of CPU %u, caller %p\n",
			mfn, c->cpu, caller);
}

/* Frame @mfn waits to go back to the heap. Return: shall all do so now? */
XMEM_IN_CACHE XMEM_UNLOCKED static inline bool pend(struct xmem_cache *c,
						    struct cache_pending *p,
						    unsigned long mfn,
						    bool dirty,
						    const void *caller)
{
	struct xmem_buddy_word *word = p->last;
	uint64_t bit = xmem_bit(xmem_bit_of(mfn));

	if (mfn - word->first >= XMEM_WORD_BITS) {
		if (word->frames != 0) {
			p->last = ++word;
		}
		word->first = xmem_align_down(mfn, XMEM_WORD_BITS);
		word->dirty = 0;
	}
	if (XMEM_UNLIKELY((word->frames & bit) != 0)) {
		refuse_twice(c, mfn, caller);
	}
	word->frames |= bit;
	word->dirty |= dirty ? bit : 0;
	cache_count_up(&p->nr_frames);
	cache_count_push(c);
	return p->nr_frames >= p->most ||
	       word == &p->word[CACHE_PENDING_WORDS - 1];
}

XMEM_COLD void xmem_cache_give_block(struct xmem_cache *c,
				     const struct page_info *pg,
				     unsigned int order, bool dirty,
				     const void *caller)
{
	struct heap_node *node;
	unsigned long mfn;
	int rc;

	if (!HEAP_HAS_CACHES) {
		return;
	}
	mfn = mfn_x(page_to_mfn(pg));
	node = node_of(c);
	heap_node_lock(node);
	rc = xmem_heap_give(node, mfn, order, true, dirty);
	heap_node_unlock(node);
	if (XMEM_UNLIKELY(rc != 0)) {
		xmem_heap_refuse(rc, mfn, order, caller);
	}
}

void xmem_cache_give_frame(struct xmem_cache *c, unsigned long mfn, bool xen,
			   bool dirty, const void *caller)
{
	if (HEAP_HAS_CACHES) {
		struct cache_kind *kind = cache_kind_at(c, mfn, xen);

		if (pend(c, &kind->pending, mfn, dirty, caller)) {
			drain_pending(c, kind);
		}
	}
}

/* ---- drain ---- */

/* A frame waits before it leaves its stack. */
XMEM_IN_CACHE XMEM_UNLOCKED static XMEM_COLD void drain_stack(
	struct xmem_cache *c, struct cache_kind *kind, unsigned int order)
{
	struct cache_stack *s = cache_stack_of(kind, order);

	while (s->nr > 0) {
		uintptr_t slot = s->slot[s->nr - 1];

		xmem_cache_give_back(c, (void *)(slot & ~(uintptr_t)1),
				     is_xen(c, kind), order, (slot & 1) != 0,
				     XMEM_CALLER());
		__atomic_store_n(&s->nr, s->nr - 1, __ATOMIC_RELEASE);
	}
	s->frontier = NO_FRONTIER;
	s->reach = 0;
}

XMEM_COLD void xmem_cache_drain(struct xmem_cache *c)
{
	for (unsigned int k = 0; HEAP_HAS_CACHES && k < cache_nr_kinds(); k++) {
		struct cache_kind *kind = &c->kind[k];

		for (unsigned int i = 0; i < CACHE_NR_BLOCKS; i++) {
			drain_stack(c, kind, cache_order_at(i));
		}
		drain_stack(c, kind, 0);
		if (kind->pending.nr_frames > 0) {
			drain_pending(c, kind);
		}
	}
}
