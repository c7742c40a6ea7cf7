/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy.c - power-of-two blocks of frames in one span: the page engine
 *
 * Model       The header: a lazy tree of states, with finder words that lead
 *             to the blocks. As I2 makes blocks a function of the free
 *             frames, no block is ever split or merged by hand: an operation
 *             puts new states into one group, and the blocks in it before
 *             and after say which finder bits change.
 * Operations  put() is the only writer. The way down to the group is known;
 *             groups under a uniform node on it are filled first. After the
 *             change, the group's common state is lifted into the node above
 *             as long as that changes anything. A finder bit goes up as long
 *             as its word was or becomes 0. A block of any order is one mask
 *             in one group, so all costs are bounded by levels and orders. A
 *             run of frames is a row of blocks, at most two an order, where
 *             all of the largest ones in a group are one mask.
 * Invariants  I1..I5 of the header; buddy_check.c tests them.
 * Locking     none here: the caller owns the span.
 * Trade-offs  A take of order 0 out of a large block writes a finder bit for
 *             every order passed, and a give that merges back clears them.
 *             No count of dirty frames is kept: exact counts at bounded cost
 *             would need a counter per node.
 *             The words of [base, start) are metadata that is never used.
 */
#include "buddy/buddy.h"

#include "buddy/buddy_priv.h"
#include "lib/align.h"
#include "lib/attr.h"

/* -- Frames and blocks ---------------------------------------------------- */

static bool in_span(const struct xmem_buddy *b, unsigned long mfn,
		    unsigned long nr)
{
	return nr > 0 && mfn >= b->start && mfn < b->end && nr <= b->end - mfn;
}

static bool is_block(const struct xmem_buddy *b, unsigned long mfn,
		     unsigned int order)
{
	return order <= b->max_order && xmem_is_aligned(mfn, 1UL << order) &&
	       in_span(b, mfn, 1UL << order);
}

/* The order of the largest block at @idx with at most @nr frames. */
static unsigned int order_at(const struct xmem_buddy *b, unsigned long idx,
			     unsigned long nr)
{
	unsigned int order = xmem_block_order(idx, nr);

	return order < b->max_order ? order : b->max_order;
}

/*
 * The largest spot at @idx with at most *@nr frames; *@nr becomes the number
 * it holds. That is one block; or, as the largest ones make no pairs, as
 * many of them as there are in one group.
 */
static struct xmem_buddy_spot spot_at(const struct xmem_buddy *b,
				      unsigned long idx, unsigned long *nr)
{
	unsigned int order = order_at(b, idx, *nr);
	struct xmem_buddy_spot s = xmem_buddy_spot_of(idx, order);
	unsigned long nodes = 1UL << s.i;

	if (order == b->max_order) {
		unsigned long room = XMEM_WORD_BITS - s.bit;

		nodes = *nr >> order << s.i;
		nodes = nodes < room ? nodes : room;
		s.mask = xmem_bits_run(s.bit, (unsigned int)nodes);
	}
	*nr = nodes << (order - s.i);
	return s;
}

/* -- Finders ------------------------------------------------------------- */

/* Group @w of @level has a block of @order now. */
static void show(struct xmem_buddy *b, unsigned int level, unsigned long w,
		 unsigned int order)
{
	while (level < b->top) {
		uint64_t bit = xmem_bit(xmem_buddy_bit(w));
		uint64_t *finder;
		uint64_t old;

		level++;
		w >>= XMEM_WORD_SHIFT;
		finder = xmem_buddy_finders(b, level, w) + order;
		old = *finder;
		*finder = old | bit;
		if (old != 0) {
			return;
		}
	}
	b->orders |= 1U << order;
}

/* Group @w of @level has no block of @order any more. */
static void hide(struct xmem_buddy *b, unsigned int level, unsigned long w,
		 unsigned int order)
{
	while (level < b->top) {
		uint64_t bit = xmem_bit(xmem_buddy_bit(w));
		uint64_t *finder;

		level++;
		w >>= XMEM_WORD_SHIFT;
		finder = xmem_buddy_finders(b, level, w) + order;
		*finder &= ~bit;
		if (*finder != 0) {
			return;
		}
	}
	b->orders &= ~(1U << order);
}

/*
 * The block @s comes or goes; @used is the free word of its group without it.
 * As long as the buddy is free, order by order, both make a larger block: the
 * buddy alone is no block any more where ours comes, and becomes one where
 * ours goes. The largest that they make comes or goes. Both matter only if no
 * other block of the order is in the group. If nothing is left of the group,
 * the block belongs to the level above.
 */
static void refind(struct xmem_buddy *b, const struct xmem_buddy_spot *s,
		   uint64_t used, bool comes)
{
	unsigned int order = s->level * XMEM_WORD_SHIFT + s->i;
	unsigned int bit = s->bit;
	unsigned int i = s->i;

	for (unsigned int k = 0; k < i; k++) {
		used = xmem_buddy_pairs(used, k);
	}
	while (order < b->max_order) {
		uint64_t buddy = xmem_bit(bit ^ (1U << i));
		uint64_t pairs = xmem_buddy_pairs(used, i);
		uint64_t lone = xmem_buddy_lone(used, pairs, i);

		if ((used & buddy) == 0) {
			used = lone;
			break;
		}
		if (lone == buddy) {
			(comes ? hide : show)(b, s->level, s->word, order);
		}
		used = pairs;
		bit &= ~(1U << i);
		i++;
		order++;
		if (i == XMEM_WORD_SHIFT) {
			return;
		}
	}
	if (used == 0) {
		(comes ? show : hide)(b, s->level, s->word, order);
	}
}

/* -- Map ----------------------------------------------------------------- */

/* Give the groups below s.live, down to @s, the @state of the uniform node
 * above them. There is no block in them. */
static XMEM_NOINLINE void fill_down(struct xmem_buddy *b,
				    struct xmem_buddy_spot s,
				    unsigned int state)
{
	unsigned int shift = (s.live - s.level) * XMEM_WORD_SHIFT;

	while (s.live > s.level) {
		s.live--;
		shift -= XMEM_WORD_SHIFT;
		uint64_t *at = xmem_buddy_words(b, s.live, s.word >> shift);
		unsigned int nr = b->words[s.live];

		at[0] = (state & XMEM_BUDDY_FREE) != 0 ? XMEM_WORD_FULL : 0;
		at[1] = (state & XMEM_BUDDY_DIRT) != 0 ? XMEM_WORD_FULL : 0;
		for (unsigned int i = 2; i < nr; i++) {
			at[i] = 0;
		}
	}
}

/* The states of the group of @s have changed: the nodes above follow. */
static XMEM_NOINLINE void lift(struct xmem_buddy *b, struct xmem_buddy_spot s)
{
	while (s.level < b->top) {
		unsigned int state = xmem_buddy_state(
			xmem_buddy_load(b, s.level, s.word), XMEM_WORD_FULL);
		struct xmem_buddy_group old, new;

		s.level++;
		s.i = 0;
		s.bit = xmem_buddy_bit(s.word);
		s.mask = xmem_bit(s.bit);
		s.word >>= XMEM_WORD_SHIFT;
		state = xmem_buddy_node_state(b, s.level, state);
		old = xmem_buddy_load(b, s.level, s.word);
		if (xmem_buddy_state(old, s.mask) == state) {
			return;
		}
		new = xmem_buddy_with(old, s.mask, state);
		xmem_buddy_store(b, s.level, s.word, new);
		if (new.free != old.free) {
			refind(b, &s, old.free & ~s.mask, new.free > old.free);
		}
	}
}

/* The frames of @s, whose state probe found to be @from, go to state @to:
 * used, clean or dirty. */
static XMEM_NOINLINE void put(struct xmem_buddy *b,
			      const struct xmem_buddy_spot *s,
			      unsigned int from, unsigned int to)
{
	uint64_t *at = xmem_buddy_words(b, s->level, s->word);
	uint64_t used;

	if (s->live > s->level) {
		fill_down(b, *s, from);
	}
	used = at[0] & ~s->mask;
	at[0] = to == XMEM_BUDDY_USED ? used : used | s->mask;
	at[1] = to == XMEM_BUDDY_DIRTY ? at[1] | s->mask : at[1] & ~s->mask;
	if (s->level > 0) {
		at[2] &= ~s->mask;
	}
	if (((from ^ to) & XMEM_BUDDY_FREE) != 0) {
		refind(b, s, used, to != XMEM_BUDDY_USED);
	}
	if (used == 0 || (used | s->mask) == XMEM_WORD_FULL) {
		lift(b, *s);
	}
}

/* Are all frames of [@idx, @idx + @nr) free, or, if not @free, all used? */
static bool all_are(const struct xmem_buddy *b, unsigned long idx,
		    unsigned long nr, bool free)
{
	while (nr > 0) {
		unsigned long len = nr;
		struct xmem_buddy_spot s = spot_at(b, idx, &len);
		unsigned int state = xmem_buddy_probe(b, &s);

		if (state == XMEM_BUDDY_PARTLY ||
		    (state != XMEM_BUDDY_USED) != free) {
			return false;
		}
		idx += len;
		nr -= len;
	}
	return true;
}

/* The frames [@idx, @idx + @nr) go to state @to. Was any of them dirty? */
static bool put_run(struct xmem_buddy *b, unsigned long idx, unsigned long nr,
		    unsigned int to)
{
	unsigned int seen = 0;

	while (nr > 0) {
		unsigned long len = nr;
		struct xmem_buddy_spot s = spot_at(b, idx, &len);
		unsigned int from = xmem_buddy_probe(b, &s);

		put(b, &s, from, to);
		seen |= from;
		idx += len;
		nr -= len;
	}
	return (seen & (XMEM_BUDDY_DIRT | XMEM_BUDDY_MIXED)) != 0;
}

/* The frame range of the request: the part of [lo, hi) inside the span. False
 * if nothing is left. */
static bool set_range(const struct xmem_buddy *b, struct xmem_buddy_request *r,
		      unsigned long lo, unsigned long hi)
{
	lo = lo > b->start ? lo : b->start;
	hi = hi < b->end ? hi : b->end;
	if (lo >= hi || r->order > b->max_order) {
		return false;
	}
	r->lo = lo - b->base;
	r->hi = hi - b->base;
	return true;
}

/* -- Interface ----------------------------------------------------------- */

/*
 * The short way of a take: the highest frame that is a block of its own, if
 * it is in [@lo, @hi). Nothing is split, so only the finders of order 0 may
 * change. There is such a frame. Return: it, or XMEM_NO_MFN.
 */
static inline unsigned long take_lone(struct xmem_buddy *b, unsigned long lo,
				      unsigned long hi, bool *dirty)
{
	unsigned long w = 0;
	unsigned long mfn;
	uint64_t *at;
	uint64_t lone, mask;

	for (unsigned int level = b->top; level > 0; level--) {
		w = (w << XMEM_WORD_SHIFT) +
		    xmem_fls64(xmem_buddy_finders(b, level, w)[0]);
	}
	at = xmem_buddy_words(b, 0, w);
	lone = xmem_buddy_blocks(at[0], 0, b->max_order == 0);
	mask = xmem_bit(xmem_fls64(lone));
	mfn = b->base + (w << XMEM_WORD_SHIFT) + xmem_fls64(lone);
	if (mfn < lo || mfn >= hi) {
		return XMEM_NO_MFN;
	}
	*dirty = (at[1] & mask) != 0;
	at[0] &= ~mask;
	at[1] &= ~mask;
	if (lone == mask) {
		hide(b, 0, w, 0);
	}
	if (at[0] == 0) {
		lift(b, (struct xmem_buddy_spot){.word = w});
	}
	return mfn;
}

/* Any take: find a block, mark its frames, whatever has to be split. */
static XMEM_NOINLINE unsigned long take_any(struct xmem_buddy *b,
					    struct xmem_buddy_request *r,
					    bool *dirty)
{
	unsigned int order = r->order;
	unsigned long at = xmem_buddy_find(b, r);
	struct xmem_buddy_spot s;
	unsigned int state;

	if (at == XMEM_BUDDY_NONE) {
		return XMEM_NO_MFN;
	}
	s = xmem_buddy_spot_of(at, order);
	state = xmem_buddy_probe_from(b, &s, r->order / XMEM_WORD_SHIFT);
	put(b, &s, state, XMEM_BUDDY_USED);
	*dirty = state != XMEM_BUDDY_CLEAN;
	return b->base + at;
}

unsigned long xmem_buddy_take(struct xmem_buddy *b, unsigned int order,
			      unsigned long lo, unsigned long hi,
			      enum xmem_buddy_end from_end, bool *dirty)
{
	unsigned long mfn = XMEM_NO_MFN;
	bool was_dirty = false;

	if (order == 0 && from_end == XMEM_BUDDY_HIGH && (b->orders & 1) != 0) {
		mfn = take_lone(b, lo, hi, &was_dirty);
	}
	if (mfn == XMEM_NO_MFN) {
		struct xmem_buddy_request r = {.nr = 1UL << order,
					       .order = order,
					       .align = order,
					       .from_end = from_end};

		if (!set_range(b, &r, lo, hi)) {
			return XMEM_NO_MFN;
		}
		mfn = take_any(b, &r, &was_dirty);
	}
	if (mfn == XMEM_NO_MFN) {
		return XMEM_NO_MFN;
	}
	b->nr_free -= 1UL << order;
	if (dirty != NULL) {
		*dirty = was_dirty;
	}
	return mfn;
}

unsigned long xmem_buddy_take_run(struct xmem_buddy *b, unsigned long nr,
				  unsigned int align_order, unsigned long lo,
				  unsigned long hi,
				  enum xmem_buddy_end from_end, bool *dirty)
{
	struct xmem_buddy_request r = {.nr = nr,
				       .align = align_order,
				       .order = align_order,
				       .from_end = from_end};
	unsigned long at;
	bool was_dirty;

	if (nr == 0) {
		return XMEM_NO_MFN;
	}
	if (xmem_log2_ceil(nr) > align_order) {
		r.order = xmem_log2_ceil(nr);
	}
	if (!set_range(b, &r, lo, hi)) {
		return XMEM_NO_MFN;
	}
	at = xmem_buddy_find(b, &r);
	if (at == XMEM_BUDDY_NONE) {
		return XMEM_NO_MFN;
	}
	was_dirty = put_run(b, at, nr, XMEM_BUDDY_USED);
	b->nr_free -= nr;
	if (dirty != NULL) {
		*dirty = was_dirty;
	}
	return b->base + at;
}

int xmem_buddy_take_range(struct xmem_buddy *b, unsigned long mfn,
			  unsigned long nr, bool *dirty)
{
	bool was_dirty;

	if (!in_span(b, mfn, nr)) {
		return -EINVAL;
	}
	if (!all_are(b, mfn - b->base, nr, true)) {
		return -EBUSY;
	}
	was_dirty = put_run(b, mfn - b->base, nr, XMEM_BUDDY_USED);
	b->nr_free -= nr;
	if (dirty != NULL) {
		*dirty = was_dirty;
	}
	return 0;
}

/*
 * The short way of a give: frame @idx and its buddy are used, so it becomes a
 * block of its own and only the finders of order 0 may change. Return: false
 * if one of them is free, or a node above is no mixture; nothing is done.
 */
static inline bool give_lone(struct xmem_buddy *b, unsigned long idx,
			     bool dirty)
{
	unsigned int shift = b->top * XMEM_WORD_SHIFT;
	unsigned int bit = xmem_buddy_bit(idx);
	uint64_t *at;
	uint64_t old;

	for (unsigned int level = b->top; level > 0; level--) {
		unsigned long node = idx >> shift;

		at = xmem_buddy_words(b, level, node >> XMEM_WORD_SHIFT);
		if ((at[2] >> xmem_buddy_bit(node) & 1) == 0) {
			return false;
		}
		shift -= XMEM_WORD_SHIFT;
	}
	at = xmem_buddy_words(b, 0, idx >> XMEM_WORD_SHIFT);
	old = at[0];
	if (b->max_order == 0 || (old >> (bit & ~1U) & 3) != 0) {
		return false;
	}
	at[0] = old | xmem_bit(bit);
	at[1] |= (uint64_t)dirty << bit;
	if (xmem_buddy_blocks(old, 0, false) == 0) {
		show(b, 0, idx >> XMEM_WORD_SHIFT, 0);
	}
	return true;
}

static XMEM_NOINLINE int give_any(struct xmem_buddy *b, unsigned long idx,
				  unsigned int order, bool dirty)
{
	struct xmem_buddy_spot s = xmem_buddy_spot_of(idx, order);

	if (xmem_buddy_probe(b, &s) != XMEM_BUDDY_USED) {
		return -EBUSY;
	}
	put(b, &s, XMEM_BUDDY_USED,
	    dirty ? XMEM_BUDDY_DIRTY : XMEM_BUDDY_CLEAN);
	return 0;
}

int xmem_buddy_give(struct xmem_buddy *b, unsigned long mfn, unsigned int order,
		    bool dirty)
{
	int rc = 0;

	if (!is_block(b, mfn, order)) {
		return -EINVAL;
	}
	if (order > 0 || !give_lone(b, mfn - b->base, dirty)) {
		rc = give_any(b, mfn - b->base, order, dirty);
	}
	if (rc == 0) {
		b->nr_free += 1UL << order;
	}
	return rc;
}

int xmem_buddy_give_range(struct xmem_buddy *b, unsigned long mfn,
			  unsigned long nr, bool dirty)
{
	if (!in_span(b, mfn, nr)) {
		return -EINVAL;
	}
	if (!all_are(b, mfn - b->base, nr, false)) {
		return -EBUSY;
	}
	put_run(b, mfn - b->base, nr,
		dirty ? XMEM_BUDDY_DIRTY : XMEM_BUDDY_CLEAN);
	b->nr_free += nr;
	return 0;
}

int xmem_buddy_mark(struct xmem_buddy *b, unsigned long mfn, unsigned int order,
		    bool dirty)
{
	if (!is_block(b, mfn, order)) {
		return -EINVAL;
	}
	struct xmem_buddy_spot s = xmem_buddy_spot_of(mfn - b->base, order);
	unsigned int state = xmem_buddy_probe(b, &s);

	if ((state & XMEM_BUDDY_FREE) == 0) {
		return -EBUSY;
	}
	put(b, &s, state, dirty ? XMEM_BUDDY_DIRTY : XMEM_BUDDY_CLEAN);
	return 0;
}
