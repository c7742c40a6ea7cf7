/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy.c - power-of-two blocks of frames in one span: the page engine
 *
 * Model       The header: a lazy map of states, and an index that finds
 *             blocks. As I2 makes blocks a function of the free frames, no
 *             block is ever split or merged by hand: an operation puts new
 *             states into one word of the map, and the blocks in the word
 *             before and after say which index bits change.
 * Operations  put() is the only writer. It comes down to the word, filling
 *             groups under uniform nodes on its way, changes the word, and
 *             lifts the word's common state into the node above as long as
 *             that changes anything. A block of any order is one mask in one
 *             word, so all costs are bounded by the levels and orders. A run
 *             of frames is a row of such masks, at most two a level and one
 *             per top group.
 *             take looks for the lowest order with a block in the range: the
 *             range is a range of index bits, so a zone costs nothing.
 * Invariants  I1..I5 of the header; buddy_check.c tests them.
 * Locking     none here: the caller owns the span.
 * Trade-offs  A take of order 0 out of a large block writes an index bit for
 *             every order passed, and a give that merges back clears them.
 *             No count of dirty frames is kept: exact counts at bounded cost
 *             would need a counter per node.
 *             The words of [base, start) are metadata that is never used.
 */
#include "page/buddy.h"

#include "lib/align.h"
#include "lib/mem.h"
#include "page/buddy_map.h"

_Static_assert(MAX_ORDER < 32, "`orders` has a bit for every order");

/* -- Geometry ------------------------------------------------------------ */

/* The largest block that can occur in [@start, @end). */
static unsigned int max_order_of(unsigned long start, unsigned long end,
				 unsigned int limit_order)
{
	unsigned int order = xmem_log2(end - start);

	order = order < limit_order ? order : limit_order;
	return order < MAX_ORDER ? order : MAX_ORDER;
}

/* Groups of @level in a map of @nr frames. */
static unsigned long groups_of(unsigned long nr, unsigned int level)
{
	do {
		nr = xmem_words_for(nr);
	} while (level-- > 0);
	return nr;
}

/* Bytes of @level of a map of @nr frames. */
static unsigned long level_bytes(unsigned long nr, unsigned int level)
{
	return groups_of(nr, level) * xmem_buddy_group_words(level) *
	       sizeof(uint64_t);
}

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

/* The largest spot that begins at @idx and holds at most *@nr frames; *@nr
 * becomes the number it holds. */
static struct xmem_buddy_spot spot_of_run(const struct xmem_buddy *b,
					  unsigned long idx, unsigned long *nr)
{
	unsigned int shift = 0;
	unsigned int level = 0;

	while (level < b->top &&
	       xmem_is_aligned(idx, 1UL << (shift + XMEM_WORD_SHIFT)) &&
	       *nr >> (shift + XMEM_WORD_SHIFT) != 0) {
		shift += XMEM_WORD_SHIFT;
		level++;
	}
	unsigned long node = idx >> shift;
	unsigned long room = XMEM_WORD_BITS - xmem_buddy_bit(node);
	unsigned long nodes = *nr >> shift < room ? *nr >> shift : room;

	*nr = nodes << shift;
	return (struct xmem_buddy_spot){
		.word = node >> XMEM_WORD_SHIFT,
		.mask = xmem_bits_run(xmem_buddy_bit(node),
				      (unsigned int)nodes),
		.level = level,
	};
}

/* -- Index --------------------------------------------------------------- */

/* Group @w has, or has no more, a free block of @order. */
static void index_put(struct xmem_buddy *b, unsigned int order, unsigned long w,
		      bool has)
{
	struct xmem_bitmap_tree *index = &b->index[order];

	if (has) {
		xmem_bitmap_tree_set(index, w);
		b->orders |= 1U << order;
		return;
	}
	if (!xmem_bitmap_tree_clear(index, w)) {
		b->orders &= ~(1U << order);
	}
}

/*
 * The free word of group @w of @level went from @old to @new. Folds both,
 * order by order, until they agree: from there on nothing differs. In a word
 * below the top that is wholly free or without meaning no block is left
 * over, as its blocks belong to the level above.
 */
static void reindex(struct xmem_buddy *b, unsigned int level, unsigned long w,
		    uint64_t old, uint64_t new)
{
	unsigned int order = level * XMEM_WORD_SHIFT;

	for (unsigned int i = 0; i < XMEM_WORD_SHIFT && old != new; i++) {
		bool largest = order == b->max_order;
		uint64_t old_pairs = largest ? 0 : xmem_buddy_pairs(old, i);
		uint64_t new_pairs = largest ? 0 : xmem_buddy_pairs(new, i);
		bool had = xmem_buddy_lone(old, old_pairs, i) != 0;
		bool has = xmem_buddy_lone(new, new_pairs, i) != 0;

		if (had != has) {
			index_put(b, order, w, has);
		}
		old = old_pairs;
		new = new_pairs;
		order++;
	}
}

/* -- Map ----------------------------------------------------------------- */

/* Give the groups below s.live, down to @s, the @state of the uniform node
 * above them. */
static void fill_down(struct xmem_buddy *b, struct xmem_buddy_spot s,
		      unsigned int state)
{
	struct xmem_buddy_group none = {0, 0, 0};
	struct xmem_buddy_group g =
		xmem_buddy_with(none, XMEM_WORD_FULL, state);
	unsigned int shift = (s.live - s.level) * XMEM_WORD_SHIFT;

	while (s.live > s.level) {
		s.live--;
		shift -= XMEM_WORD_SHIFT;
		xmem_buddy_store(b, s.live, s.word >> shift, g);
	}
}

/* Group @w of @level has changed: the nodes above it follow. */
static void lift(struct xmem_buddy *b, unsigned int level, unsigned long w)
{
	while (level < b->top) {
		unsigned int state = xmem_buddy_state(
			xmem_buddy_load(b, level, w), XMEM_WORD_FULL);
		uint64_t bit = xmem_bit(xmem_buddy_bit(w));
		struct xmem_buddy_group old;

		level++;
		w >>= XMEM_WORD_SHIFT;
		old = xmem_buddy_load(b, level, w);
		if (xmem_buddy_state(old, bit) == state) {
			return;
		}
		struct xmem_buddy_group new = xmem_buddy_with(old, bit, state);

		xmem_buddy_store(b, level, w, new);
		reindex(b, level, w, old.free, new.free);
	}
}

static bool is_partly(uint64_t free)
{
	return free != 0 && free != XMEM_WORD_FULL;
}

/* The frames of @s, whose state is known to be @from, go to state @to: used,
 * clean or dirty. */
static void put(struct xmem_buddy *b, struct xmem_buddy_spot s,
		unsigned int from, unsigned int to)
{
	uint64_t *group = b->map[s.level] + 2 * s.word;
	uint64_t old, new;

	if (s.live > s.level) {
		fill_down(b, s, from);
	}
	old = group[0];
	new = to == XMEM_BUDDY_USED ? old & ~s.mask : old | s.mask;
	group[0] = new;
	group[1] =
		to == XMEM_BUDDY_DIRTY ? group[1] | s.mask : group[1] & ~s.mask;
	if (s.level > 0) {
		b->mixed[s.level][s.word] &= ~s.mask;
	}
	reindex(b, s.level, s.word, old, new);
	if (!is_partly(old) || !is_partly(new)) {
		lift(b, s.level, s.word);
	}
}

/* Are all frames of [@idx, @idx + @nr) free, or, if not @free, all used? */
static bool all_are(const struct xmem_buddy *b, unsigned long idx,
		    unsigned long nr, bool free)
{
	while (nr > 0) {
		unsigned long len = nr;
		struct xmem_buddy_spot s = spot_of_run(b, idx, &len);
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
		struct xmem_buddy_spot s = spot_of_run(b, idx, &len);
		unsigned int from = xmem_buddy_probe(b, &s);

		put(b, s, from, to);
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

unsigned long xmem_buddy_bytes(unsigned long start, unsigned long end,
			       unsigned int limit_order)
{
	unsigned int max_order = max_order_of(start, end, limit_order);
	unsigned long nr = end - xmem_align_down(start, 1UL << max_order);
	unsigned long bytes = 0;

	for (unsigned int l = 0; l <= max_order / XMEM_WORD_SHIFT; l++) {
		bytes += level_bytes(nr, l);
	}
	for (unsigned int order = 0; order <= max_order; order++) {
		bytes += xmem_bitmap_tree_bytes(
			groups_of(nr, order / XMEM_WORD_SHIFT));
	}
	return bytes;
}

void xmem_buddy_init(struct xmem_buddy *b, unsigned long start,
		     unsigned long end, unsigned int limit_order, void *mem)
{
	unsigned char *next = mem;
	unsigned long nr;

	memset(b, 0, sizeof(*b));
	b->max_order = max_order_of(start, end, limit_order);
	b->top = b->max_order / XMEM_WORD_SHIFT;
	b->base = xmem_align_down(start, 1UL << b->max_order);
	b->start = start;
	b->end = end;
	nr = end - b->base;
	for (unsigned int level = 0; level <= b->top; level++) {
		b->map[level] = (void *)next;
		if (level > 0) {
			b->mixed[level] =
				b->map[level] + 2 * groups_of(nr, level);
		}
		next += level_bytes(nr, level);
	}
	memset(b->map[b->top], 0, level_bytes(nr, b->top));
	for (unsigned int order = 0; order <= b->max_order; order++) {
		unsigned long words = groups_of(nr, order / XMEM_WORD_SHIFT);

		xmem_bitmap_tree_init(&b->index[order], words, next);
		next += xmem_bitmap_tree_bytes(words);
	}
}

unsigned long xmem_buddy_take(struct xmem_buddy *b, unsigned int order,
			      unsigned long lo, unsigned long hi,
			      enum xmem_buddy_end from_end, bool *dirty)
{
	struct xmem_buddy_request r = {
		.order = order, .align = order, .from_end = from_end};
	unsigned long at;

	if (!set_range(b, &r, lo, hi)) {
		return XMEM_NO_MFN;
	}
	r.nr = 1UL << order;
	at = xmem_buddy_find(b, &r);
	if (at == XMEM_NO_BIT) {
		return XMEM_NO_MFN;
	}
	struct xmem_buddy_spot s = xmem_buddy_spot_of(at, order);
	unsigned int state =
		xmem_buddy_probe_from(b, &s, r.order / XMEM_WORD_SHIFT);

	put(b, s, state, XMEM_BUDDY_USED);
	b->nr_free -= r.nr;
	if (dirty != NULL) {
		*dirty = state != XMEM_BUDDY_CLEAN;
	}
	return b->base + at;
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
	if (at == XMEM_NO_BIT) {
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

int xmem_buddy_give(struct xmem_buddy *b, unsigned long mfn, unsigned int order,
		    bool dirty)
{
	if (!is_block(b, mfn, order)) {
		return -EINVAL;
	}
	struct xmem_buddy_spot s = xmem_buddy_spot_of(mfn - b->base, order);
	unsigned int state = xmem_buddy_probe(b, &s);

	if (state != XMEM_BUDDY_USED) {
		return -EBUSY;
	}
	put(b, s, state, dirty ? XMEM_BUDDY_DIRTY : XMEM_BUDDY_CLEAN);
	b->nr_free += 1UL << order;
	return 0;
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
	put(b, s, state, dirty ? XMEM_BUDDY_DIRTY : XMEM_BUDDY_CLEAN);
	return 0;
}
