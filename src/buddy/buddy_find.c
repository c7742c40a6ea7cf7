/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_find.c - search for the frames of a request, look up states
 *
 * Nothing here changes the tree.
 *
 * Model       The finder words of an order are a tree that leads from the top
 *             group to each group with a block of that order or more, of the
 *             same tier. In the last group, folding its free word (pairs of
 *             buddies) shows where the block is. A search can be limited to
 *             any range of frames, so zones need no lists.
 * Policy      The lowest tier first, so that superpages stay whole while
 *             there is anything else. Inside a tier by address: what is used
 *             gathers at one end of the span, and whole superpages at the
 *             other. In each group broken nodes go before whole ones.
 * Cost        A search never turns back but for nodes that an end of the range
 *             cuts: at most two on each level, for each tier.
 * Locking     None here: the caller owns the span.
 */
#include "buddy/buddy.h"

#include "buddy/buddy_priv.h"
#include "lib/align.h"
#include "lib/attr.h"

const uint64_t xmem_buddy_lower[6] = {
	0x5555555555555555ULL, 0x1111111111111111ULL, 0x0101010101010101ULL,
	0x0001000100010001ULL, 0x0000000100000001ULL, 0x0000000000000001ULL,
};

/* -- States ---------------------------------------------------------------- */

unsigned int xmem_buddy_common(uint64_t free, uint64_t note, uint64_t mixed,
			       uint64_t mask)
{
	unsigned int state;

	free &= mask;
	note &= mask;
	mixed &= mask;
	state = free != 0 ? XMEM_BUDDY_FREE : 0;
	if (free != mask && (free | (mixed & ~note)) != 0) {
		return XMEM_BUDDY_PARTLY;
	}
	if ((note | mixed) == 0) {
		return state;
	}
	if (note == mask && mixed == 0) {
		return state | XMEM_BUDDY_NOTE;
	}
	return state != 0 ? XMEM_BUDDY_VARIED : XMEM_BUDDY_MINGLED;
}

unsigned int xmem_buddy_probe_from(const struct xmem_buddy *b,
				   struct xmem_buddy_place *s,
				   unsigned int from)
{
	unsigned int bottom = s->level;
	unsigned int shift = (from - bottom) * XMEM_WORD_SHIFT;
	unsigned long word = s->word;

	for (unsigned int level = from; level > bottom; level--) {
		const uint64_t *at = xmem_buddy_words(b, level, word >> shift);
		unsigned int bit;

		shift -= XMEM_WORD_SHIFT;
		bit = xmem_bit_of(word >> shift);
		if ((at[XMEM_BUDDY_MIXTURES] >> bit & 1) == 0) {
			s->valid_level = level;
			return (unsigned int)((at[0] >> bit & 1) |
					      (at[1] >> bit & 1) << 1);
		}
	}
	s->valid_level = bottom;
	return xmem_buddy_state(xmem_buddy_load(b, bottom, word), s->mask);
}

/* -- Search in a range ----------------------------------------------------- */

/* struct search - a request, with frames relative to base. */
struct search {
	unsigned long nr; /* frames that are wanted */
	unsigned long lo; /* inside [lo, hi) */
	unsigned long hi;
	unsigned int order; /* out of a block of that order or more */
	unsigned int align; /* aligned to 2^align frames */
	enum xmem_buddy_end prefer;
};

/* The nodes of group @w of @level with frames of @want's range. The range
 * reaches into the group. */
static inline uint64_t nodes_in_range(const struct search *want,
				      unsigned int level, unsigned long w)
{
	unsigned int shift = level * XMEM_WORD_SHIFT;
	unsigned long low = w << XMEM_WORD_SHIFT;
	unsigned long from = want->lo >> shift;
	unsigned long last = ((want->hi - 1) >> shift) - low;

	from = from > low ? from - low : 0;
	last = last < XMEM_WORD_BITS ? last : XMEM_WORD_BITS - 1;
	return xmem_bits_from((unsigned int)from) &
	       xmem_bits_upto((unsigned int)last);
}

static inline unsigned int pick(const struct search *want, uint64_t word)
{
	return want->prefer == XMEM_BUDDY_LOW ? xmem_ffs64(word)
					      : xmem_fls64(word);
}

/* Where in the free block [@head, @head + @len) the frames of @want can lie,
 * nearest to the preferred end; or XMEM_BUDDY_NONE. */
static inline unsigned long place_in_block(const struct search *want,
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

/* The first frame for @want in one of the free blocks that begin at the nodes
 * @heads of group @w and have @order; or XMEM_BUDDY_NONE. Only those that an
 * end of the range cuts may have no room. */
static unsigned long find_in_blocks(const struct search *want,
				    unsigned int order, unsigned long w,
				    uint64_t heads)
{
	unsigned int level = order / XMEM_WORD_SHIFT;
	unsigned long at = XMEM_BUDDY_NONE;

	while (heads != 0 && at == XMEM_BUDDY_NONE) {
		unsigned int bit = pick(want, heads);
		unsigned long head = (w << XMEM_WORD_SHIFT) + bit;

		at = place_in_block(want, head << (level * XMEM_WORD_SHIFT),
				    1UL << order);
		heads ^= xmem_bit(bit);
	}
	return at;
}

/* The first frame for @want in the smallest block of group @w of @level itself
 * that is of the order of @want or more, and of its tier; or XMEM_BUDDY_NONE.
 */
static unsigned long find_in_group(const struct xmem_buddy *b,
				   const struct search *want,
				   unsigned int level, unsigned long w)
{
	unsigned int first = level * XMEM_WORD_SHIFT;
	unsigned int order = want->order;
	unsigned int end = xmem_buddy_next_tier(order);
	uint64_t sets = xmem_buddy_words(b, level, w)[0];
	uint64_t in_range = nodes_in_range(want, level, w);
	unsigned long at = XMEM_BUDDY_NONE;

	end = end <= b->max_order ? end : b->max_order + 1;
	end = end < first + XMEM_WORD_SHIFT ? end : first + XMEM_WORD_SHIFT;
	order = order > first ? order : first;
	sets = xmem_buddy_sets(sets, order - first);
	while (sets != 0 && order < end && at == XMEM_BUDDY_NONE) {
		unsigned int i = order - first;
		uint64_t pairs = xmem_buddy_pairs(sets, i);
		uint64_t heads = order < b->max_order
					 ? xmem_buddy_lone(sets, pairs, i)
					 : sets;
		/* The blocks that begin at or below a node of the range. */
		uint64_t cut = in_range & -in_range;

		cut = xmem_bit(xmem_ffs64(cut) & ~((1U << i) - 1));
		at = find_in_blocks(want, order, w, heads & (in_range | cut));
		sets = pairs;
		order++;
	}
	return at;
}

/* The nodes of group @w of @level that are partly free and lead to what @want
 * describes. */
static inline uint64_t leading_nodes(const struct xmem_buddy *b,
				     const struct search *want,
				     unsigned int level, unsigned long w)
{
	if (level <= want->order / XMEM_WORD_SHIFT) {
		return 0;
	}
	return xmem_buddy_finders(b, level, w)[want->order] &
	       ~xmem_buddy_words(b, level, w)[0] &
	       nodes_in_range(want, level, w);
}

/* Where a take of @req finds @nr frames, out of a free block of @order or more
 * that is of its tier. */
static XMEM_COLD XMEM_NOINLINE struct xmem_buddy_found find_in_range(
	const struct xmem_buddy *b, const struct xmem_buddy_request *req,
	unsigned int order, unsigned long nr)
{
	unsigned long lo = req->lo > b->start ? req->lo : b->start;
	unsigned long hi = req->hi < b->end ? req->hi : b->end;
	struct search want = {.nr = nr,
			      .lo = lo - b->base,
			      .hi = hi - b->base,
			      .order = order,
			      .align = req->order,
			      .prefer = req->prefer};
	struct xmem_buddy_found found = {XMEM_BUDDY_NONE, b->top};
	uint64_t left[XMEM_BUDDY_LEVELS];
	unsigned long w = 0;

	if (lo >= hi) {
		return found;
	}
	left[found.level] = leading_nodes(b, &want, found.level, w);
	for (;;) {
		while (left[found.level] != 0) {
			unsigned int bit = pick(&want, left[found.level]);

			left[found.level] ^= xmem_bit(bit);
			w = (w << XMEM_WORD_SHIFT) + bit;
			found.level--;
			left[found.level] =
				leading_nodes(b, &want, found.level, w);
		}
		found.at = find_in_group(b, &want, found.level, w);
		if (found.at != XMEM_BUDDY_NONE || found.level == b->top) {
			return found;
		}
		found.level++;
		w >>= XMEM_WORD_SHIFT;
	}
}

/* -- Search ---------------------------------------------------------------- */

/* The free block of @order or more, of its tier, from whose end a take with no
 * range takes if the highest frames are preferred; b->orders says that there is
 * one. Return: the frame after it, and its level. */
static inline struct xmem_buddy_found find_highest(const struct xmem_buddy *b,
						   unsigned int order)
{
	unsigned int bottom = order / XMEM_WORD_SHIFT;
	unsigned int level = b->top;
	const uint64_t *at = b->map[level];
	unsigned long w = 0;
	unsigned int i = 0;
	uint64_t sets, heads;

	while (level > bottom) {
		uint64_t lead = at[XMEM_BUDDY_FINDERS + order] & ~at[0];

		if (lead == 0) {
			break;
		}
		w = (w << XMEM_WORD_SHIFT) + xmem_fls64(lead);
		level--;
		at = xmem_buddy_words(b, level, w);
	}
	sets = at[0];
	if (level == bottom) {
		i = order - bottom * XMEM_WORD_SHIFT;
		sets = xmem_buddy_sets(sets, i);
	}
	order = level * XMEM_WORD_SHIFT + i;
	for (;;) {
		uint64_t pairs = xmem_buddy_pairs(sets, i);

		heads = order < b->max_order ? xmem_buddy_lone(sets, pairs, i)
					     : sets;
		if (heads != 0 || i == XMEM_WORD_SHIFT - 1) {
			break;
		}
		sets = pairs;
		order++;
		i++;
	}
	w = (w << XMEM_WORD_SHIFT) + xmem_fls64(heads);
	return (struct xmem_buddy_found){
		(w << (level * XMEM_WORD_SHIFT)) + (1UL << order), level};
}

/*
 * Most ranges leave nothing out that matters: if what is found with no range
 * lies in it, it is the answer, since a range changes the choice only by
 * leaving out what would have been chosen.
 */
struct xmem_buddy_found xmem_buddy_find(const struct xmem_buddy *b,
					const struct xmem_buddy_request *req,
					unsigned int order, unsigned long nr)
{
	struct xmem_buddy_found found;

	for (; order <= b->max_order; order = xmem_buddy_next_tier(order)) {
		if ((b->orders >> order & 1) == 0) {
			continue;
		}
		if (req->prefer == XMEM_BUDDY_HIGH) {
			unsigned long mfn;

			found = find_highest(b, order);
			found.at = xmem_align_down(found.at - nr,
						   1UL << req->order);
			mfn = b->base + found.at;
			if (mfn >= req->lo && mfn < req->hi &&
			    req->hi - mfn >= nr) {
				return found;
			}
		}
		found = find_in_range(b, req, order, nr);
		if (found.at != XMEM_BUDDY_NONE) {
			return found;
		}
	}
	return (struct xmem_buddy_found){XMEM_BUDDY_NONE, 0};
}
