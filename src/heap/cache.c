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
 *             than those of the heap, and few. To sort what is pending: frames
 *             of a domain that is destroyed come in order, others have hardly
 *             any neighbours among 64.
 */
#include "heap/cache_priv.h"
#include "lib/align.h"
#include "lib/assert.h"
#include "lib/node.h"

/* No descriptor is at or above this address: nothing is kept. */
#define NO_FRONTIER (~(uintptr_t)0)

void xmem_cache_init(struct xmem_cache *c, unsigned int cpu, unsigned int node)
	XMEM_UNCHECKED /* Nobody else knows the cache yet. */
{
	c->node = node;
	c->cpu = cpu;
	for (unsigned int k = 0; k < CACHE_NR_KINDS; k++) {
		c->kind[k].frames.frontier = NO_FRONTIER;
		for (unsigned int i = 0; i < CACHE_NR_BLOCKS; i++) {
			c->kind[k].blocks[i].frontier = NO_FRONTIER;
		}
	}
}

/* The frames that belong to the kind for @xen. */
static struct bounds bounds_of_kind(bool xen)
{
	struct bounds in = {1, ~0UL};

	if (XMEM_LAYOUT == XMEM_LAYOUT_PARTIAL && xen) {
		in.hi = xmem_heap_xen_end;
	} else if (XMEM_LAYOUT == XMEM_LAYOUT_PARTIAL) {
		in.lo = xmem_heap_xen_end;
	}
	return in;
}

/* Are so few frames free for the kind @xen on @node that none should wait? */
XMEM_REQUIRES(H)
static bool has_few(struct heap_node *node, unsigned int n, bool xen)
{
	return node_heap_of(node, xen)->nr_free < xmem_cache_few_frames(n);
}

/* Put a descriptor into the stack at @slots, which has *@nr and room. */
static void stack_up(uintptr_t *slots, unsigned long *nr, uintptr_t *frontier,
		     uintptr_t slot)
{
	uintptr_t pg = slot & ~(uintptr_t)1;

	__atomic_store_n(&slots[*nr], slot, __ATOMIC_RELAXED);
	__atomic_store_n(nr, *nr + 1, __ATOMIC_RELEASE);
	*frontier = pg < *frontier ? pg : *frontier;
}

/* ---- refill ---- */

/* The highest frames of @frames, which is not 0, that are neighbours: how many
 * they are; *@top is the highest one. */
static unsigned int top_run(uint64_t frames, unsigned int *top)
{
	uint64_t gap;

	*top = xmem_fls64(frames);
	gap = ~frames & xmem_bits_upto(*top);
	return gap == 0 ? *top + 1 : *top - xmem_fls64(gap);
}

/* The lowest frame comes last, so that frames are popped in ascending order.
 * Neighbours are neighbours in the frame table, too. */
static void add_word(struct cache_frames *f, const struct xmem_buddy_word *word)
{
	uintptr_t *slot = &f->slot[f->nr];
	uint64_t left = word->frames;
	uintptr_t pg = 0;

	while (left != 0) {
		unsigned int top;
		unsigned int nr = top_run(left, &top);
		uint64_t dirty = word->dirty << (63 - top);

		left &= ~xmem_bits_run(top + 1 - nr, nr);
		pg = (uintptr_t)(mfn_to_page(_mfn(word->first + top)) + 1);
		for (; nr > 0; nr--, dirty <<= 1) {
			pg -= sizeof(struct page_info);
			__atomic_store_n(slot++, pg + (dirty >> 63),
					 __ATOMIC_RELAXED);
		}
	}
	__atomic_store_n(&f->nr, (unsigned long)(slot - f->slot),
			 __ATOMIC_RELEASE);
	f->frontier = pg < f->frontier ? pg : f->frontier;
}

/* Take one block of @order from @node. Return: as it goes into a slot; 0: there
 * is none. */
XMEM_REQUIRES(H)
static uintptr_t take_block(struct heap_node *node, bool xen,
			    unsigned int order)
{
	struct heap_request req = {
		.xen = xen, .described = true, .order = order};
	bool dirty = false;
	unsigned long mfn =
		xmem_heap_take_locked(node, &req, bounds_of_kind(xen), &dirty);

	return mfn != XMEM_NO_MFN ? (uintptr_t)mfn_to_page(_mfn(mfn)) + dirty
				  : 0;
}

/* How many frames from that of @pg on may go into the stack that it is in, as
 * they are of the same range of RAM, of one node and kind. */
static unsigned long reach_of(const struct page_info *pg, bool xen)
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

XMEM_IN_CACHE XMEM_REQUIRES(H) static void fill_frames(struct xmem_cache *c,
						       struct heap_node *node,
						       bool xen)
{
	struct cache_frames *f = &cache_kind_of(c, xen)->frames;
	struct xmem_buddy_word word;
	unsigned int words = 0;

	f->frontier = NO_FRONTIER;
	f->reach = 0;
	if (c->short_of_frames) {
		uintptr_t slot = take_block(node, xen, 0);

		if (slot != 0) {
			stack_up(f->slot, &f->nr, &f->frontier, slot);
			f->frontier = NO_FRONTIER;
		}
		return;
	}
	while (f->nr < CACHE_REFILL && words < CACHE_REFILL_WORDS &&
	       xmem_heap_take_word(node, xen, bounds_of_kind(xen), &word)) {
		add_word(f, &word);
		words++;
	}
	if (words > 0) {
		f->reach = reach_of((struct page_info *)f->frontier, xen);
	}
}

XMEM_IN_CACHE XMEM_REQUIRES(H) static void fill_blocks(struct xmem_cache *c,
						       struct heap_node *node,
						       bool xen,
						       unsigned int order)
{
	struct cache_blocks *b = cache_blocks_of(cache_kind_of(c, xen), order);
	unsigned int most = order == HEAP_SUPER_ORDER ? CACHE_REFILL_SUPERS
						      : CACHE_REFILL_BLOCKS;
	uintptr_t slot = 1;

	b->frontier = NO_FRONTIER;
	b->reach = 0;
	most = c->short_of_frames ? 1 : most;
	while (b->nr < most && slot != 0) {
		slot = take_block(node, xen, order);
		if (slot != 0) {
			stack_up(b->slot, &b->nr, &b->frontier, slot);
		}
	}
	if (c->short_of_frames) {
		b->frontier = NO_FRONTIER;
	} else if (b->nr > 0) {
		b->reach = reach_of((struct page_info *)b->frontier, xen);
	}
}

/* Give what is pending to @node. */
XMEM_REQUIRES(H)
static void give_pending(struct heap_node *node, struct cache_pending *p)
{
	for (unsigned int i = 0; i < p->nr_words; i++) {
		xmem_heap_give_word(node, &p->word[i]);
	}
	__atomic_store_n(&p->nr_frames, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&p->nr_words, 0, __ATOMIC_RELAXED);
}

/* Fill the stack for @xen and @order. Return: is there something in it? */
XMEM_IN_CACHE XMEM_REQUIRES(H) static bool fill(struct xmem_cache *c,
						struct heap_node *node,
						bool xen, unsigned int order)
{
	struct cache_kind *kind = cache_kind_of(c, xen);

	if (order == 0) {
		fill_frames(c, node, xen);
		return kind->frames.nr != 0;
	}
	fill_blocks(c, node, xen, order);
	return cache_blocks_of(kind, order)->nr != 0;
}

bool xmem_cache_refill(struct xmem_cache *c, bool xen, unsigned int order)
{
	struct cache_pending *p = &cache_kind_of(c, xen)->pending;
	struct heap_node *node = heap_node(c->node);
	bool filled;

	if (node == NULL) {
		return false;
	}
	heap_node_lock(node);
	c->short_of_frames = has_few(node, c->node, xen);
	filled = fill(c, node, xen, order);
	if (!filled && p->nr_words > 0) {
		give_pending(node, p);
		filled = fill(c, node, xen, order);
	}
	heap_node_unlock(node);
	return filled;
}

/* ---- give back ---- */

/* Give what is pending in the kind of @p to the heap, and look how that is. */
XMEM_IN_CACHE XMEM_UNLOCKED static void drain_pending(struct xmem_cache *c,
						      struct cache_pending *p,
						      bool xen)
{
	struct heap_node *node;

	if (p->nr_words == 0) { /* A CPU that comes up may change `node`. */
		return;
	}
	node = heap_node(c->node);
	XMEM_PANIC_IF(node == NULL, "heap: node %u of a cache has no memory\n",
		      c->node);
	heap_node_lock(node);
	give_pending(node, p);
	c->short_of_frames = has_few(node, c->node, xen);
	heap_node_unlock(node);
}

/* A new word of @p for frame @mfn. */
XMEM_IN_CACHE XMEM_UNLOCKED static XMEM_NOINLINE struct xmem_buddy_word *
new_word(struct xmem_cache *c, struct cache_pending *p, bool xen,
	 unsigned long mfn)
{
	struct xmem_buddy_word *word;

	if (p->nr_words == CACHE_PENDING_WORDS) {
		drain_pending(c, p, xen);
	}
	word = &p->word[p->nr_words];
	word->first = xmem_align_down(mfn, XMEM_WORD_BITS);
	word->frames = 0;
	word->dirty = 0;
	__atomic_store_n(&p->nr_words, p->nr_words + 1, __ATOMIC_RELAXED);
	return word;
}

XMEM_COLD static void refuse_twice(const struct xmem_cache *c,
				   unsigned long mfn)
{
	xmem_port_panic("heap: double free of frame %lx: it is in the cache of "
			"CPU %u\n",
			mfn, c->cpu);
}

/* Frame @slot waits to go back to the heap. Return: how many do. */
XMEM_IN_CACHE XMEM_UNLOCKED static unsigned int pend(struct xmem_cache *c,
						     struct cache_pending *p,
						     bool xen, uintptr_t slot)
{
	unsigned long mfn =
		mfn_x(page_to_mfn((struct page_info *)(slot & ~(uintptr_t)1)));
	unsigned int nr = p->nr_words;
	struct xmem_buddy_word *word = &p->word[nr > 0 ? nr - 1 : 0];
	uint64_t bit = xmem_bit(xmem_bit_of(mfn));

	if (nr == 0 || mfn - word->first >= XMEM_WORD_BITS) {
		word = new_word(c, p, xen, mfn);
	}
	if (XMEM_UNLIKELY((word->frames & bit) != 0)) {
		refuse_twice(c, mfn);
	}
	word->frames |= bit;
	word->dirty |= (slot & 1) != 0 ? bit : 0;
	__atomic_store_n(&p->nr_frames, p->nr_frames + 1, __ATOMIC_RELEASE);
	__atomic_store_n(&c->pushes, c->pushes + 1, __ATOMIC_RELEASE);
	return p->nr_frames;
}

/* Give the block of @order in @slot to the heap. */
XMEM_IN_CACHE XMEM_UNLOCKED static void give_block(struct xmem_cache *c,
						   uintptr_t slot,
						   unsigned int order)
{
	const struct page_info *pg = (struct page_info *)(slot & ~(uintptr_t)1);
	struct heap_node *node = heap_node(c->node);
	unsigned long mfn = mfn_x(page_to_mfn(pg));
	int rc = -XMEM_ENOENT;

	if (node != NULL) {
		heap_node_lock(node);
		rc = xmem_heap_give(node, mfn, order, true, (slot & 1) != 0);
		heap_node_unlock(node);
	}
	if (XMEM_UNLIKELY(rc != 0)) {
		xmem_heap_refuse(rc, mfn, order, XMEM_CALLER());
	}
}

void xmem_cache_give_back(struct xmem_cache *c, struct page_info *pg, bool xen,
			  unsigned int order, bool dirty)
{
	struct cache_pending *p = &cache_kind_for(c, pg, xen)->pending;

	if (order > 0) {
		give_block(c, (uintptr_t)pg + dirty, order);
		return;
	}
	if (pend(c, p, xen, (uintptr_t)pg + dirty) == CACHE_PENDING_FRAMES ||
	    c->short_of_frames) {
		drain_pending(c, p, xen);
	}
}

/* Clang cannot see that this leaves what somebody else has entered. */
XMEM_UNCHECKED
void xmem_cache_give_back_and_leave(struct xmem_cache *c, struct page_info *pg,
				    bool xen, unsigned int order, bool dirty,
				    xmem_preempt_t state)
{
	xmem_cache_give_back(c, pg, xen, order, dirty);
	xmem_cache_leave(c, &state);
}

/* ---- drain ---- */

XMEM_IN_CACHE XMEM_UNLOCKED static void drain_blocks(struct xmem_cache *c,
						     struct cache_blocks *b,
						     unsigned int order)
{
	while (b->nr > 0) {
		give_block(c, b->slot[b->nr - 1], order);
		__atomic_store_n(&b->nr, b->nr - 1, __ATOMIC_RELEASE);
	}
	b->frontier = NO_FRONTIER;
	b->reach = 0;
}

XMEM_IN_CACHE XMEM_UNLOCKED static void drain_kind(struct xmem_cache *c,
						   bool xen)
{
	struct cache_kind *kind = cache_kind_of(c, xen);
	struct cache_frames *f = &kind->frames;

	for (unsigned int i = 0; i < CACHE_NR_BLOCKS; i++) {
		drain_blocks(c, &kind->blocks[i], cache_order_at(i));
	}
	while (f->nr > 0) {
		unsigned int nr =
			pend(c, &kind->pending, xen, f->slot[f->nr - 1]);

		__atomic_store_n(&f->nr, f->nr - 1, __ATOMIC_RELEASE);
		if (nr == CACHE_PENDING_FRAMES) {
			drain_pending(c, &kind->pending, xen);
		}
	}
	f->frontier = NO_FRONTIER;
	f->reach = 0;
	drain_pending(c, &kind->pending, xen);
}

void xmem_cache_drain(struct xmem_cache *c)
{
	drain_kind(c, false);
	if (CACHE_NR_KINDS > 1 && XMEM_LAYOUT != XMEM_LAYOUT_FULL) {
		drain_kind(c, true);
	}
}
