/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlsf_take.c - two-level segregated fit: find a block and cut it
 *
 * Model       A caller wants a number of units, perhaps with an alignment.
 *             There are three candidates: the head of the list of its own
 *             class, the head of the next higher class that has a block (two
 *             map words tell which), and the loose block. The one of the
 *             smallest class wins.
 * Operations  O(1), no loop. Three ways, fastest first: the loose block has
 *             exactly the size; it is larger and no list has a better block;
 *             everything else.
 * Errors      The block, its links and the header behind it are verified
 *             before the first write. Damage is reported and nothing changes.
 * Locking     none here: the caller owns the struct and all regions.
 * Trade-offs  In a class of several sizes (from 64 units up) only the head is
 *             tried. With an alignment, a block behind the head of its own
 *             class is found only in a class large enough for the worst gap.
 * See         docs/design.md
 */
#include "tlsf/tlsf.h"

#include "lib/assert.h"
#include "lib/attr.h"
#include "tlsf/tlsf_list.h"
#include "tlsf/tlsf_priv.h"

/* --- search ------------------------------------------------------------ */

/* The first class at or above @class with a block, or TLSF_NO_CLASS. */
static inline unsigned int next_class(const struct xmem_tlsf *t,
				      unsigned int class)
{
	unsigned int w = class / 64;
	uint64_t bits = t->map[w] & xmem_bits_from(class % 64);

	if (bits == 0) {
		bits = w < 63 ? t->top & xmem_bits_from(w + 1) : 0;
		if (bits == 0) {
			return TLSF_NO_CLASS;
		}
		w = xmem_ffs64(bits);
		bits = t->map[w];
	}
	return w * 64 + xmem_ffs64(bits);
}

/*
 * Units to leave free at the start of @b so that the payload is aligned: none,
 * or enough for a block.
 */
static unsigned long gap_before(const struct xmem_tlsf_block *b,
				unsigned long align)
{
	uintptr_t payload = (uintptr_t)payload_of(b);
	unsigned long gap = (unsigned long)(-payload & (align - 1));

	if (gap == XMEM_TLSF_ALIGN) {
		gap += align;
	}
	return gap >> TLSF_UNIT_SHIFT;
}

/* Is there a head of @class, and does it have room for @units at @align? */
static bool head_fits(const struct xmem_tlsf *t, unsigned int class,
		      unsigned long units, unsigned long align)
{
	const struct xmem_tlsf_block *b = t->head[class];

	return b != NULL &&
	       word_units(open_header(t, b)) >= units + gap_before(b, align);
}

/* Is the loose block, which is large enough, in no larger class than
 * @class? */
static inline bool prefer_loose(const struct xmem_tlsf *t, unsigned int class)
{
	return class_of(t->loose_units) <= class;
}

/*
 * Find a free block for @units, or NULL. It may be damaged: the caller
 * verifies it. Below TLSF_EXACT_UNITS every block of the own class fits.
 */
static struct xmem_tlsf_block *find_plain(const struct xmem_tlsf *t,
					  unsigned long units)
{
	unsigned int class = class_of(units);

	if (units >= TLSF_EXACT_UNITS) {
		if (head_fits(t, class, units, XMEM_TLSF_ALIGN)) {
			return t->head[class];
		}
		class ++;
	}
	class = next_class(t, class);
	if (t->loose_units >= units && prefer_loose(t, class)) {
		return t->loose;
	}
	return class == TLSF_NO_CLASS ? NULL : t->head[class];
}

/* The same for @units at @align above 16. */
static struct xmem_tlsf_block *find_aligned(const struct xmem_tlsf *t,
					    unsigned long units,
					    unsigned long align)
{
	unsigned long most = units + (align >> TLSF_UNIT_SHIFT) + 1;
	unsigned int class = class_of(units);

	if (head_fits(t, class, units, align)) {
		return t->head[class];
	}
	class = TLSF_NO_CLASS;
	if (most <= max_units(t->max_region)) {
		class = class_of(most);
		if (!head_fits(t, class, units, align)) {
			class = next_class(t, class + 1);
		}
	}
	if (t->loose != NULL && prefer_loose(t, class) &&
	    t->loose_units >= units + gap_before(t->loose, align)) {
		return t->loose;
	}
	return class == TLSF_NO_CLASS ? NULL : t->head[class];
}

/* --- take -------------------------------------------------------------- */

/*
 * Cut @units out of the free block @b of header @word, @gap units behind its
 * start. The caller has verified everything.
 */
static inline void *carve(struct xmem_tlsf *t, struct xmem_tlsf_block *b,
			  unsigned long units, unsigned long gap, uint64_t word)
{
	unsigned long rest = word_units(word) - gap - units;
	unsigned int flags = (unsigned int)word & TLSF_FIRST;
	struct xmem_tlsf_block *next;

	remove_free(t, b, word_units(word));
	if (gap != 0) {
		put_free(t, b, gap, flags);
		b = block_after(b, gap);
		flags = TLSF_PREV_FREE;
	}
	if (rest >= TLSF_MIN_UNITS) {
		put_free(t, block_after(b, units), rest, 0);
	} else {
		units += rest;
		next = block_after(b, units);
		word = open_header(t, next);
		seal_header(t, next, word_units(word),
			    (unsigned int)word & TLSF_FIRST);
	}
	seal_header(t, b, units, flags);
	t->used += units;
	return payload_of(b);
}

/*
 * Is the free block @b of header @word sound and at least @units large, and is
 * all that cutting @units out of it will touch sound, too?
 */
static bool can_carve(const struct xmem_tlsf *t,
		      const struct xmem_tlsf_block *b, unsigned long units,
		      uint64_t word)
{
	unsigned long have = word_units(word);
	uint64_t next;

	if (!word_is_good(word) || have < units ||
	    (word & (TLSF_FREE | TLSF_PREV_FREE)) != TLSF_FREE ||
	    !can_remove(t, b, have)) {
		return false;
	}
	if (have - units >= TLSF_MIN_UNITS) {
		return true;
	}
	next = open_header(t, block_after(b, have));
	return word_is_good(next) &&
	       (next & (TLSF_FREE | TLSF_PREV_FREE)) == TLSF_PREV_FREE;
}

/* Cut @units at @align out of @b; if it is damaged, report it. */
static inline void *take_from(struct xmem_tlsf *t, struct xmem_tlsf_block *b,
			      unsigned long units, unsigned long align,
			      void **damaged)
{
	unsigned long gap = gap_before(b, align);
	uint64_t word = open_header(t, b);

	if (can_carve(t, b, units + gap, word)) {
		return carve(t, b, units, gap, word);
	}
	if (damaged != NULL) {
		*damaged = payload_of(b);
	}
	return NULL;
}

static XMEM_NOINLINE void *take_plain(struct xmem_tlsf *t, unsigned long units,
				      void **damaged)
{
	struct xmem_tlsf_block *b = find_plain(t, units);

	return b == NULL ? NULL
			 : take_from(t, b, units, XMEM_TLSF_ALIGN, damaged);
}

static XMEM_NOINLINE void *take_aligned(struct xmem_tlsf *t,
					unsigned long units,
					unsigned long align, void **damaged)
{
	struct xmem_tlsf_block *b = find_aligned(t, units, align);

	return b == NULL ? NULL : take_from(t, b, units, align, damaged);
}

/* Is the loose block, which is large enough, in no larger class than any block
 * on a list that fits? @units is less than TLSF_EXACT_UNITS. */
static inline bool loose_is_best(const struct xmem_tlsf *t, unsigned long units)
{
	uint64_t listed = t->map[0] >> units;

	if (t->loose_units >= TLSF_EXACT_UNITS) {
		return listed == 0 &&
		       (t->top <= 1 ||
			prefer_loose(t, next_class(t, TLSF_EXACT_UNITS)));
	}
	return (listed &
		~xmem_bits_from((unsigned int)(t->loose_units - units))) == 0;
}

/*
 * By far the most frequent take: the loose block is larger than needed and no
 * list has a better one. Its start is handed out, the rest stays loose.
 */
static inline void *split_loose(struct xmem_tlsf *t, unsigned long units,
				uint64_t word)
{
	struct xmem_tlsf_block *b = t->loose;
	struct xmem_tlsf_block *rest = block_after(b, units);
	unsigned long rest_units = t->loose_units - units;
	uint64_t rest_seal = seal_of(t, rest, rest_units, TLSF_FREE);
	uint64_t seal = seal_of(t, b, units, (unsigned int)word & TLSF_FIRST);

	t->loose = rest;
	t->loose_units = rest_units;
	t->used += units;
	*size_before(block_after(rest, rest_units)) = rest_units ^ t->cookie;
	rest->seal = rest_seal;
	b->seal = seal;
	return payload_of(b);
}

/* The loose block has exactly the size: hand out all of it if it is sound. */
static XMEM_NOINLINE void *take_loose(struct xmem_tlsf *t, unsigned long units,
				      void **damaged)
{
	struct xmem_tlsf_block *b = t->loose;
	struct xmem_tlsf_block *next = block_after(b, units);
	uint64_t word = open_header(t, b);
	uint64_t next_word = open_header(t, next);

	if (word >> TLSF_SIZE_BIT != units ||
	    (next_word & ~TLSF_SIZE_MASK) != TLSF_PREV_FREE) {
		return take_plain(t, units, damaged);
	}
	t->loose = NULL;
	t->loose_units = 0;
	t->used += units;
	seal_header(t, next, word_units(next_word), 0);
	seal_header(t, b, units, (unsigned int)word & TLSF_FIRST);
	return payload_of(b);
}

void *xmem_tlsf_take(struct xmem_tlsf *t, unsigned long size,
		     unsigned long align, void **damaged)
{
	unsigned long units;
	uint64_t word;

	if (size - 1 >= t->max_payload) {
		return NULL;
	}
	units = units_for(size);
	if (align > XMEM_TLSF_ALIGN) {
		return align > t->max_region
			       ? NULL
			       : take_aligned(t, units, align, damaged);
	}
	if (t->loose_units == units) {
		return take_loose(t, units, damaged);
	}
	if (units < TLSF_EXACT_UNITS &&
	    t->loose_units >= units + TLSF_MIN_UNITS &&
	    loose_is_best(t, units)) {
		word = open_header(t, t->loose);
		if (word >> TLSF_SIZE_BIT == t->loose_units) {
			return split_loose(t, units, word);
		}
	}
	return take_plain(t, units, damaged);
}
