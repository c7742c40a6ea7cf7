/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_find.c - search for free blocks, look up frames, count them
 *
 * Nothing here changes the tree.
 *
 * Model       The finder words of an order are a tree (lib/tree_walk.h) that
 *             leads from the top group to each group with a block of that
 *             order. In that group, folding its free word (pairs of buddies)
 *             shows where the block is. A search can be limited to any range
 *             of frames, so zones need no lists.
 * Operations  The search looks at three blocks of each order at most, since
 *             only a block that crosses an end of the range may be too small.
 *             Each costs at most 3 * levels words. The counts walk over the
 *             valid groups.
 * Locking     None here: the caller owns the span.
 * Trade-offs  A smaller block anywhere in the range is preferred to a larger
 *             one nearer to the preferred end.
 */
#include "buddy/buddy.h"

#include "buddy/buddy_priv.h"
#include "lib/align.h"
#include "lib/attr.h"
#include "lib/tree_walk.h"

/* View word @offset of each group, from level @bottom to @top, as a tree. */
static inline struct xmem_tree_view words_at(const struct xmem_buddy *b,
					     unsigned int offset,
					     unsigned int bottom,
					     unsigned int top)
{
	return (struct xmem_tree_view){
		.level = b->map,
		.stride = b->words,
		.offset = offset,
		.bottom = bottom,
		.top = top,
	};
}

/* The lowest level at which the group on the way to @s is valid: the way down
 * ends at the first uniform node. The group of level @from is valid. */
static unsigned int lowest_valid_level(const struct xmem_buddy *b,
				       struct xmem_buddy_place s,
				       unsigned int from)
{
	struct xmem_tree_view mixtures =
		words_at(b, XMEM_BUDDY_MIXTURES, s.level + 1, from);

	return xmem_tree_reach(mixtures, s.word) - 1;
}

unsigned int xmem_buddy_probe_from(const struct xmem_buddy *b,
				   struct xmem_buddy_place *s,
				   unsigned int from)
{
	unsigned long word = s->word;
	uint64_t mask = s->mask;

	s->valid_level = lowest_valid_level(b, *s, from);
	if (s->valid_level > s->level) {
		word >>= (s->valid_level - s->level - 1) * XMEM_WORD_SHIFT;
		mask = xmem_bit(xmem_bit_of(word));
		word >>= XMEM_WORD_SHIFT;
	}
	return xmem_buddy_state(xmem_buddy_load(b, s->valid_level, word), mask);
}

/* The first nodes of the blocks of @order in group @w of their level. */
static inline uint64_t blocks_in(const struct xmem_buddy *b, unsigned int order,
				 unsigned long w)
{
	unsigned int level = order / XMEM_WORD_SHIFT;

	return xmem_buddy_blocks(xmem_buddy_words(b, level, w)[0],
				 order - level * XMEM_WORD_SHIFT,
				 order == b->max_order);
}

/* The first group >= @w of its level that has a block of @order, for
 * XMEM_TREE_LOWEST, or the last one <= @w, for XMEM_TREE_HIGHEST; or
 * XMEM_BUDDY_NONE. The span has such a block. The walk is inline code, so
 * both directions share this one copy. */
static unsigned long nearest_group(const struct xmem_buddy *b,
				   unsigned int order, unsigned long w,
				   enum xmem_tree_end end)
{
	unsigned int bottom = order / XMEM_WORD_SHIFT + 1;
	struct xmem_tree_view finders =
		words_at(b, XMEM_BUDDY_FINDERS + order, bottom, b->top);
	unsigned long last =
		(b->end - b->base - 1) >> (bottom * XMEM_WORD_SHIFT);

	if (end == XMEM_TREE_HIGHEST && w >= last) {
		return xmem_tree_under(finders, b->top + 1, 0,
				       XMEM_TREE_HIGHEST);
	}
	return w <= last ? xmem_tree_seek(finders, w, end) : XMEM_BUDDY_NONE;
}

/* The first node >= @node where a block of @order starts, for XMEM_TREE_LOWEST,
 * or the last one <= @node, for XMEM_TREE_HIGHEST; or XMEM_BUDDY_NONE. Inline,
 * so that @end is a constant. */
static XMEM_ALWAYS_INLINE unsigned long nearest_head(const struct xmem_buddy *b,
						     unsigned int order,
						     unsigned long node,
						     enum xmem_tree_end end)
{
	bool low = end == XMEM_TREE_LOWEST;
	unsigned long own = node >> XMEM_WORD_SHIFT;
	unsigned long w = nearest_group(b, order, own, end);
	uint64_t heads;

	if (w == own) {
		heads = blocks_in(b, order, w) &
			(low ? xmem_bits_from(xmem_bit_of(node))
			     : xmem_bits_upto(xmem_bit_of(node)));
		if (heads != 0) {
			return (w << XMEM_WORD_SHIFT) +
			       xmem_tree_pick(heads, end);
		}
		if (!low && own == 0) {
			return XMEM_BUDDY_NONE;
		}
		w = nearest_group(b, order, low ? own + 1 : own - 1, end);
	}
	if (w == XMEM_BUDDY_NONE) {
		return w;
	}
	return (w << XMEM_WORD_SHIFT) +
	       xmem_tree_pick(blocks_in(b, order, w), end);
}

/* Where in the free block [@head, @head + @len) the frames of @want can lie,
 * nearest to the preferred end; or XMEM_BUDDY_NONE. */
static inline unsigned long place_in_block(const struct xmem_buddy_search *want,
					   unsigned long head,
					   unsigned long len)
{
	unsigned long lo = head > want->lo ? head : want->lo;
	unsigned long hi = head + len < want->hi ? head + len : want->hi;

	lo = xmem_align_up(lo, 1UL << want->align);
	if (hi < lo || hi - lo < want->nr) {
		return XMEM_BUDDY_NONE;
	}
	return want->prefer == XMEM_BUDDY_LOW
		       ? lo
		       : xmem_align_down(hi - want->nr, 1UL << want->align);
}

/*
 * The first frame for @want in a free block of exactly @order, or
 * XMEM_BUDDY_NONE. Only the two blocks that cross lo or hi may be too small,
 * so the loop ends in the third round at the latest.
 */
static unsigned long find_in_order(const struct xmem_buddy *b,
				   const struct xmem_buddy_search *want,
				   unsigned int order)
{
	unsigned int shift = order - order % XMEM_WORD_SHIFT;
	unsigned long mask = ~((1UL << order) - 1);
	unsigned long first = (want->lo & mask) >> shift;
	unsigned long last = ((want->hi - 1) & mask) >> shift;

	while (first <= last) {
		bool low = want->prefer == XMEM_BUDDY_LOW;
		unsigned long head =
			low ? nearest_head(b, order, first, XMEM_TREE_LOWEST)
			    : nearest_head(b, order, last, XMEM_TREE_HIGHEST);
		unsigned long at;

		if (head == XMEM_BUDDY_NONE || head < first || head > last) {
			return XMEM_BUDDY_NONE;
		}
		at = place_in_block(want, head << shift, 1UL << order);
		if (at != XMEM_BUDDY_NONE) {
			return at;
		}
		if (!low && head == 0) {
			return XMEM_BUDDY_NONE;
		}
		first = low ? head + 1 : first;
		last = low ? last : head - 1;
	}
	return XMEM_BUDDY_NONE;
}

unsigned long xmem_buddy_find(const struct xmem_buddy *b,
			      struct xmem_buddy_search *want)
{
	unsigned int orders = b->orders & (~0U << want->order);

	while (orders != 0) {
		unsigned int order = xmem_ffs64(orders);
		unsigned long at = find_in_order(b, want, order);

		if (at != XMEM_BUDDY_NONE) {
			want->order = order;
			return at;
		}
		orders &= orders - 1;
	}
	return XMEM_BUDDY_NONE;
}

bool xmem_buddy_is_free(const struct xmem_buddy *b, unsigned long mfn,
			bool *dirty)
{
	unsigned int state = XMEM_BUDDY_USED;

	if (mfn >= b->start && mfn < b->end) {
		struct xmem_buddy_place s =
			xmem_buddy_place_of(mfn - b->base, 0);

		state = xmem_buddy_probe(b, &s);
	}
	if (state == XMEM_BUDDY_USED) {
		return false;
	}
	if (dirty != NULL) {
		*dirty = state == XMEM_BUDDY_DIRTY;
	}
	return true;
}

unsigned int xmem_buddy_block_of(const struct xmem_buddy *b, unsigned long mfn,
				 unsigned long *head)
{
	unsigned int order = b->max_order;

	if (!xmem_buddy_is_free(b, mfn, NULL)) {
		return MAX_ORDER + 1;
	}
	/* Try each order from the largest: is the block around @mfn free? */
	for (;;) {
		unsigned long at = xmem_align_down(mfn - b->base, 1UL << order);
		struct xmem_buddy_place s = xmem_buddy_place_of(at, order);

		if ((xmem_buddy_probe(b, &s) & XMEM_BUDDY_FREE) != 0) {
			*head = b->base + at;
			return order;
		}
		order--;
	}
}

unsigned long xmem_buddy_count(const struct xmem_buddy *b, unsigned int order)
{
	unsigned long nr = 0;
	unsigned long w = 0;

	if (order > b->max_order || (b->orders >> order & 1) == 0) {
		return 0;
	}
	while ((w = nearest_group(b, order, w, XMEM_TREE_LOWEST)) !=
	       XMEM_BUDDY_NONE) {
		nr += xmem_popcount64(blocks_in(b, order, w));
		w++;
	}
	return nr;
}

/* The number of frames of [@lo, @hi), relative to base, that are free, or, if
 * @dirty, dirty. One step for each uniform node or word of frames. */
static unsigned long count_frames(const struct xmem_buddy *b, unsigned long lo,
				  unsigned long hi, bool dirty)
{
	unsigned int wanted = dirty ? XMEM_BUDDY_DIRT : XMEM_BUDDY_FREE;
	unsigned long nr = 0;

	while (lo < hi) {
		struct xmem_buddy_place s = xmem_buddy_place_of(lo, 0);
		unsigned int state = xmem_buddy_probe(b, &s);
		unsigned int level = s.valid_level > 0 ? s.valid_level : 1;
		unsigned long size = 1UL << (level * XMEM_WORD_SHIFT);
		unsigned long next = xmem_align_down(lo, size) + size;

		next = next < hi ? next : hi;
		if (s.valid_level > 0) {
			nr += (state & wanted) != 0 ? next - lo : 0;
		} else {
			struct xmem_buddy_group g =
				xmem_buddy_load(b, 0, s.word);
			uint64_t run = xmem_bits_run(xmem_bit_of(lo),
						     (unsigned int)(next - lo));

			nr += xmem_popcount64((dirty ? g.dirty : g.free) & run);
		}
		lo = next;
	}
	return nr;
}

unsigned long xmem_buddy_count_free(const struct xmem_buddy *b,
				    unsigned long lo, unsigned long hi)
{
	lo = lo > b->start ? lo : b->start;
	hi = hi < b->end ? hi : b->end;
	return lo < hi ? count_frames(b, lo - b->base, hi - b->base, false) : 0;
}

unsigned long xmem_buddy_count_dirty(const struct xmem_buddy *b)
{
	return count_frames(b, b->start - b->base, b->end - b->base, true);
}
