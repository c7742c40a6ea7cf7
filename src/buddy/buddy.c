/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy.c - take blocks of frames from a span and give them back
 *
 * Model       buddy.h describes the tree of states and the finders that lead
 *             to the blocks. By I2 the free frames determine the blocks. So
 *             nothing here splits or merges blocks one by one: an operation
 *             writes new states into one group, and comparing the blocks of
 *             the group before and after says which finder bits change.
 * Operations  xmem_buddy_set_state() writes the states of a block of any
 *             order: one mask in one group. It first fills groups that were
 *             not valid until then, from the uniform node above them.
 *             Afterwards the common state of the group is copied into the
 *             node above, level by level, while that changes anything. A
 *             finder bit goes on to the next level only if its word was 0 or
 *             becomes 0. So all costs are bounded by levels and orders. A run
 *             of frames is at most two blocks of each order; neighbouring
 *             blocks of the largest order in one group are written as one
 *             mask.
 * Short ways  take_lone() and give_lone() serve single frames that neither
 *             split nor merge a block.
 * Invariants  I1 to I5 of buddy.h; buddy_check.c tests them.
 * Locking     None here: the caller owns the span.
 * Trade-offs  A take of order 0 out of a large block sets a finder bit for
 *             each order in between, and the give clears them again. Dirty
 *             frames are not counted: an exact count at bounded cost would
 *             need a counter for each node of the tree. The words for
 *             [base, start) are allocated and never used.
 */
#include "buddy/buddy.h"

#include "buddy/buddy_priv.h"
#include "lib/align.h"
#include "lib/attr.h"

/* -- Frames and blocks ---------------------------------------------------- */

static bool is_block(const struct xmem_buddy *b, unsigned long mfn,
		     unsigned int order)
{
	return order <= b->max_order && xmem_is_aligned(mfn, 1UL << order) &&
	       xmem_buddy_in_span(b, mfn, 1UL << order);
}

/* The order of the largest block that starts at @idx and has at most @nr
 * frames. */
static unsigned int order_at(const struct xmem_buddy *b, unsigned long idx,
			     unsigned long nr)
{
	unsigned int order = xmem_block_order(idx, nr);

	return order < b->max_order ? order : b->max_order;
}

/* One block, or several neighbours of the largest order in one group: those
 * have no buddies, so one mask may hold many. */
struct xmem_buddy_place xmem_buddy_place_at(const struct xmem_buddy *b,
					    unsigned long idx,
					    unsigned long *nr)
{
	unsigned int order = order_at(b, idx, *nr);
	struct xmem_buddy_place s = xmem_buddy_place_of(idx, order);
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

/* Group @w of @level has its first block of @order: say so above it. */
static void add_to_finders(struct xmem_buddy *b, unsigned int level,
			   unsigned long w, unsigned int order)
{
	while (level < b->top) {
		uint64_t bit = xmem_bit(xmem_bit_of(w));
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

/* Group @w of @level has lost its last block of @order: say so above it. */
static void remove_from_finders(struct xmem_buddy *b, unsigned int level,
				unsigned long w, unsigned int order)
{
	while (level < b->top) {
		uint64_t bit = xmem_bit(xmem_bit_of(w));
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

/* The group has got its first block of @order (@add), or lost its last. */
static void change_finders(struct xmem_buddy *b, unsigned int level,
			   unsigned long w, unsigned int order, bool add)
{
	if (add) {
		add_to_finders(b, level, w, order);
	} else {
		remove_from_finders(b, level, w, order);
	}
}

/*
 * Update the finders after block @s has become free (@freed) or used. @others:
 * the free word of its group without @s.
 *
 * Order by order: if the buddy is free, adding our block replaces both by one
 * of the next order; removing it leaves the buddy alone. The first order whose
 * buddy is not free is the one whose block we add or remove. A finder changes
 * only if the group has no other block of that order. If block and buddies
 * fill the group, the block belongs to the level above:
 * update_nodes_above() comes to it.
 */
static void update_finders(struct xmem_buddy *b,
			   const struct xmem_buddy_place *s, uint64_t others,
			   bool freed)
{
	unsigned int order = s->level * XMEM_WORD_SHIFT + s->i;
	unsigned int bit = s->bit;
	unsigned int i = s->i;

	for (unsigned int k = 0; k < i; k++) {
		others = xmem_buddy_pairs(others, k);
	}
	while (order < b->max_order) {
		uint64_t buddy = xmem_bit(bit ^ (1U << i));
		uint64_t pairs = xmem_buddy_pairs(others, i);
		uint64_t lone = xmem_buddy_lone(others, pairs, i);

		if ((others & buddy) == 0) {
			others = lone;
			break;
		}
		if (lone == buddy) {
			change_finders(b, s->level, s->word, order, !freed);
		}
		others = pairs;
		bit &= ~(1U << i);
		i++;
		order++;
		if (i == XMEM_WORD_SHIFT) {
			return;
		}
	}
	if (others == 0) {
		change_finders(b, s->level, s->word, order, freed);
	}
}

/* -- States --------------------------------------------------------------- */

/* Make the groups below s.valid_level, down to that of @s, valid: fill them
 * with the @state of the uniform node above. Their finders are empty, as the
 * blocks are still those of the levels above. */
static XMEM_NOINLINE void fill_down(struct xmem_buddy *b,
				    struct xmem_buddy_place s,
				    unsigned int state)
{
	unsigned int shift = (s.valid_level - s.level) * XMEM_WORD_SHIFT;

	while (s.valid_level > s.level) {
		unsigned int nr;
		uint64_t *at;

		s.valid_level--;
		shift -= XMEM_WORD_SHIFT;
		nr = b->words[s.valid_level];
		at = xmem_buddy_words(b, s.valid_level, s.word >> shift);
		at[0] = (state & XMEM_BUDDY_FREE) != 0 ? XMEM_WORD_FULL : 0;
		at[1] = (state & XMEM_BUDDY_DIRT) != 0 ? XMEM_WORD_FULL : 0;
		for (unsigned int i = 2; i < nr; i++) {
			at[i] = 0;
		}
	}
}

/* The states in the group of @s have changed: update the nodes above it. */
static XMEM_NOINLINE void update_nodes_above(struct xmem_buddy *b,
					     struct xmem_buddy_place s)
{
	while (s.level < b->top) {
		unsigned int state = xmem_buddy_state(
			xmem_buddy_load(b, s.level, s.word), XMEM_WORD_FULL);
		struct xmem_buddy_group old, new;

		s.level++;
		s.i = 0;
		s.bit = xmem_bit_of(s.word);
		s.mask = xmem_bit(s.bit);
		s.word >>= XMEM_WORD_SHIFT;
		state = xmem_buddy_node_state(b, s.level, state);
		old = xmem_buddy_load(b, s.level, s.word);
		if (xmem_buddy_state(old, s.mask) == state) {
			return;
		}
		new = xmem_buddy_set_nodes(old, s.mask, state);
		xmem_buddy_store(b, s.level, s.word, new);
		if (new.free != old.free) {
			update_finders(b, &s, old.free & ~s.mask,
				       new.free > old.free);
		}
	}
}

XMEM_NOINLINE void xmem_buddy_set_state(struct xmem_buddy *b,
					const struct xmem_buddy_place *s,
					unsigned int from, unsigned int to)
{
	uint64_t *at = xmem_buddy_words(b, s->level, s->word);
	uint64_t used;

	if (s->valid_level > s->level) {
		fill_down(b, *s, from);
	}
	used = at[0] & ~s->mask;
	at[0] = to == XMEM_BUDDY_USED ? used : used | s->mask;
	at[1] = to == XMEM_BUDDY_DIRTY ? at[1] | s->mask : at[1] & ~s->mask;
	if (s->level > 0) {
		at[2] &= ~s->mask;
	}
	if (((from ^ to) & XMEM_BUDDY_FREE) != 0) {
		update_finders(b, s, used, to != XMEM_BUDDY_USED);
	}
	if (used == 0 || (used | s->mask) == XMEM_WORD_FULL) {
		update_nodes_above(b, *s);
	}
}

int xmem_buddy_check_range(const struct xmem_buddy *b, unsigned long mfn,
			   unsigned long nr, bool free)
{
	unsigned long idx = mfn - b->base;

	if (!xmem_buddy_in_span(b, mfn, nr)) {
		return -XMEM_EINVAL;
	}
	while (nr > 0) {
		unsigned long len = nr;
		struct xmem_buddy_place s = xmem_buddy_place_at(b, idx, &len);
		unsigned int state = xmem_buddy_probe(b, &s);

		if (state == XMEM_BUDDY_PARTLY ||
		    (state != XMEM_BUDDY_USED) != free) {
			return -XMEM_EBUSY;
		}
		idx += len;
		nr -= len;
	}
	return 0;
}

bool xmem_buddy_set_run(struct xmem_buddy *b, unsigned long idx,
			unsigned long nr, unsigned int to)
{
	unsigned int seen = 0;

	while (nr > 0) {
		unsigned long len = nr;
		struct xmem_buddy_place s = xmem_buddy_place_at(b, idx, &len);
		unsigned int from = xmem_buddy_probe(b, &s);

		xmem_buddy_set_state(b, &s, from, to);
		seen |= from;
		idx += len;
		nr -= len;
	}
	return (seen & (XMEM_BUDDY_DIRT | XMEM_BUDDY_MIXED)) != 0;
}

/* -- Take ----------------------------------------------------------------- */

/*
 * The short way of a take: the highest frame that is a block by itself.
 * Nothing is split, so only the finders of order 0 may change. The caller
 * knows that there is such a frame. Return: the frame; XMEM_NO_MFN if it is
 * not in the range of @req.
 */
static inline unsigned long take_lone(struct xmem_buddy *b,
				      const struct xmem_buddy_request *req,
				      bool *dirty)
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
	if (mfn < req->lo || mfn >= req->hi) {
		return XMEM_NO_MFN;
	}
	*dirty = (at[1] & mask) != 0;
	at[0] &= ~mask;
	at[1] &= ~mask;
	if (lone == mask) {
		remove_from_finders(b, 0, w, 0);
	}
	if (at[0] == 0) {
		update_nodes_above(b, (struct xmem_buddy_place){.word = w});
	}
	return mfn;
}

/* The general way of a take: may cut the block out of a larger one. */
static XMEM_NOINLINE unsigned long take_any(
	struct xmem_buddy *b, const struct xmem_buddy_request *req, bool *dirty)
{
	struct xmem_buddy_search want = {.nr = 1UL << req->order,
					 .order = req->order,
					 .align = req->order,
					 .prefer = req->prefer};
	struct xmem_buddy_place s;
	unsigned long at;
	unsigned int state;

	if (!xmem_buddy_clip(b, &want, req)) {
		return XMEM_NO_MFN;
	}
	at = xmem_buddy_find(b, &want);
	if (at == XMEM_BUDDY_NONE) {
		return XMEM_NO_MFN;
	}
	s = xmem_buddy_place_of(at, req->order);
	state = xmem_buddy_probe_from(b, &s, want.order / XMEM_WORD_SHIFT);
	xmem_buddy_set_state(b, &s, state, XMEM_BUDDY_USED);
	*dirty = state != XMEM_BUDDY_CLEAN;
	return b->base + at;
}

unsigned long xmem_buddy_take(struct xmem_buddy *b,
			      const struct xmem_buddy_request *req, bool *dirty)
{
	unsigned long mfn = XMEM_NO_MFN;
	bool was_dirty = false;

	if (req->order == 0 && req->prefer == XMEM_BUDDY_HIGH &&
	    (b->orders & 1) != 0) {
		mfn = take_lone(b, req, &was_dirty);
	}
	if (mfn == XMEM_NO_MFN) {
		mfn = take_any(b, req, &was_dirty);
	}
	if (mfn == XMEM_NO_MFN) {
		return XMEM_NO_MFN;
	}
	b->nr_free -= 1UL << req->order;
	if (dirty != NULL) {
		*dirty = was_dirty;
	}
	return mfn;
}

/* -- Give ----------------------------------------------------------------- */

/*
 * The short way of a give: frame @idx and its buddy are used, so the frame
 * becomes a block by itself and only the finders of order 0 may change.
 * Return: false, with nothing changed, if one of the two is free, or its
 * group is not valid.
 */
static inline bool give_lone(struct xmem_buddy *b, unsigned long idx,
			     bool dirty)
{
	unsigned int shift = b->top * XMEM_WORD_SHIFT;
	unsigned int bit = xmem_bit_of(idx);
	uint64_t *at;
	uint64_t old;

	for (unsigned int level = b->top; level > 0; level--) {
		unsigned long node = idx >> shift;

		at = xmem_buddy_words(b, level, node >> XMEM_WORD_SHIFT);
		if ((at[2] >> xmem_bit_of(node) & 1) == 0) {
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
		add_to_finders(b, 0, idx >> XMEM_WORD_SHIFT, 0);
	}
	return true;
}

/* The general way of a give: may merge the block with buddies. */
static XMEM_NOINLINE int give_any(struct xmem_buddy *b, unsigned long idx,
				  unsigned int order, bool dirty)
{
	struct xmem_buddy_place s = xmem_buddy_place_of(idx, order);

	if (xmem_buddy_probe(b, &s) != XMEM_BUDDY_USED) {
		return -XMEM_EBUSY;
	}
	xmem_buddy_set_state(b, &s, XMEM_BUDDY_USED,
			     dirty ? XMEM_BUDDY_DIRTY : XMEM_BUDDY_CLEAN);
	return 0;
}

int xmem_buddy_give(struct xmem_buddy *b, unsigned long mfn, unsigned int order,
		    bool dirty)
{
	int rc = 0;

	if (!is_block(b, mfn, order)) {
		return -XMEM_EINVAL;
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
	int rc = xmem_buddy_check_range(b, mfn, nr, false);

	if (rc == 0) {
		xmem_buddy_set_run(b, mfn - b->base, nr,
				   dirty ? XMEM_BUDDY_DIRTY : XMEM_BUDDY_CLEAN);
		b->nr_free += nr;
	}
	return rc;
}

int xmem_buddy_mark(struct xmem_buddy *b, unsigned long mfn, unsigned int order,
		    bool dirty)
{
	int rc = -XMEM_EINVAL;

	if (is_block(b, mfn, order)) {
		struct xmem_buddy_place s =
			xmem_buddy_place_of(mfn - b->base, order);
		unsigned int state = xmem_buddy_probe(b, &s);

		rc = -XMEM_EBUSY;
		if ((state & XMEM_BUDDY_FREE) != 0) {
			xmem_buddy_set_state(b, &s, state,
					     dirty ? XMEM_BUDDY_DIRTY
						   : XMEM_BUDDY_CLEAN);
			rc = 0;
		}
	}
	return rc;
}
